-- Nodes that share a database: their leases, what only some of them may do, and how often settings were changed.

DROP TABLE nodes;
CREATE TABLE nodes (
    incarnation INTEGER PRIMARY KEY, slot INTEGER NOT NULL UNIQUE, key TEXT NOT NULL, host TEXT NOT NULL,
    version TEXT NOT NULL, started_at INTEGER NOT NULL, lease_until INTEGER NOT NULL
);
CREATE TABLE slots (name TEXT PRIMARY KEY, owner INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE revisions (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
