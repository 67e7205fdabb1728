-- What clients want done with the rest of a bulk, or of one delivery (bulk is empty): a row each, however many it is for.
CREATE TABLE stops (
    account INTEGER NOT NULL, bulk TEXT NOT NULL, delivery INTEGER NOT NULL, paused INTEGER NOT NULL,
    cancelled INTEGER NOT NULL, send_at INTEGER NOT NULL, up_to INTEGER NOT NULL, open INTEGER NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (account, bulk, delivery)
) WITHOUT ROWID;
