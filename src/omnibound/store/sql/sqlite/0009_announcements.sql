-- Recordings that calls play. What is heard is in files named after the stem.

CREATE TABLE announcements (
    account INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, length_ms INTEGER NOT NULL,
    octets INTEGER NOT NULL, stem TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (account, id)
) WITHOUT ROWID;
