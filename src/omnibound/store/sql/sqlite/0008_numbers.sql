-- Our numbers, what their accounts received (body: domain.received.Received), and what became of inbound messages.

CREATE TABLE numbers (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL, channel TEXT NOT NULL, number TEXT NOT NULL,
    keyword TEXT NOT NULL, url TEXT NOT NULL, format TEXT NOT NULL, created_at INTEGER NOT NULL,
    fresh INTEGER NOT NULL
);
CREATE UNIQUE INDEX numbers_keyword ON numbers (channel, number, keyword);

CREATE TABLE received (id INTEGER PRIMARY KEY, account INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX received_account ON received (account, id);

ALTER TABLE inbound ADD COLUMN filed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX inbound_unfiled ON inbound (id) WHERE filed = 0;
CREATE INDEX inbound_unclaimed ON inbound (channel, recipient, id) WHERE filed = 2;
