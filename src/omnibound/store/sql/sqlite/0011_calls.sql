-- Calls that are over: what only a spoken attempt has. They go with their deliveries.

CREATE TABLE calls (
    delivery INTEGER NOT NULL, attempt INTEGER NOT NULL, account INTEGER NOT NULL, campaign TEXT NOT NULL,
    connector TEXT NOT NULL, number TEXT NOT NULL, reason INTEGER NOT NULL, ended_at INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (delivery, attempt)
) WITHOUT ROWID;
CREATE INDEX calls_ended ON calls (ended_at, delivery, attempt);
CREATE INDEX calls_account ON calls (account, ended_at, delivery, attempt);
CREATE INDEX calls_campaign ON calls (account, campaign, ended_at, delivery, attempt) WHERE campaign <> '';
CREATE INDEX calls_number ON calls (account, number, ended_at, delivery, attempt) WHERE number <> '';
