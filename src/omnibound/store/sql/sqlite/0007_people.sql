-- Lists of people. `size` is the number of the last one in a list: whoever adds people locks the row of the list.

CREATE TABLE people_lists (
    account INTEGER NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY (account, key)
) WITHOUT ROWID;
CREATE TABLE people (
    account INTEGER NOT NULL, list TEXT NOT NULL, n INTEGER NOT NULL, profile BLOB NOT NULL,
    PRIMARY KEY (account, list, n)
) WITHOUT ROWID;
