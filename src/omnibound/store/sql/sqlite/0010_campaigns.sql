-- Campaigns, their people, and who is not to be called any more. A member has the id of its delivery.

CREATE TABLE campaigns (
    account INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE TABLE members (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL, campaign TEXT NOT NULL, phone TEXT NOT NULL,
    priority INTEGER NOT NULL, not_before INTEGER NOT NULL, closed INTEGER NOT NULL, reason INTEGER NOT NULL,
    detail TEXT NOT NULL, exhausted INTEGER NOT NULL, tries INTEGER NOT NULL, created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL, body BLOB
);
CREATE INDEX members_campaign ON members (account, campaign, id);
CREATE TABLE suppressions (
    account INTEGER NOT NULL, channel TEXT NOT NULL, key TEXT NOT NULL, reason INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (account, channel, key)
) WITHOUT ROWID;
