-- What logs are found by. It is filled behind the hot path: `touched` are packed ids of deliveries that a commit has
-- changed, a row goes when they are shelved. Numbers are never used again, though the table is emptied all the time.

CREATE TABLE touched (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);

-- A shelf is where deliveries of an account stand that look alike; reason -1 is an unfinished one.
CREATE TABLE shelves (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL, channel TEXT NOT NULL, sender TEXT NOT NULL,
    reason INTEGER NOT NULL
);
CREATE UNIQUE INDEX shelves_key ON shelves (account, channel, sender, reason);

-- A row a delivery and subject: 0 for all there are, an address, a bulk.
CREATE TABLE search (
    day INTEGER NOT NULL, subject INTEGER NOT NULL, shelf INTEGER NOT NULL, at INTEGER NOT NULL,
    delivery INTEGER NOT NULL, PRIMARY KEY (day, subject, shelf, at, delivery)
) WITHOUT ROWID;

-- Where the unfinished ones are shelved: from there they move.
CREATE TABLE search_open (delivery INTEGER PRIMARY KEY, shelf INTEGER NOT NULL, at INTEGER NOT NULL);
