-- Price lists (body: the rates of domain.price.PriceList), what accounts may send, and their money. A purse is an account's
-- money (day 0: added to and taken from) or its number of a day; portions of it are held by nodes (domain/balance.py).

CREATE TABLE price_lists (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, since INTEGER NOT NULL, rates INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE allowances (
    account INTEGER PRIMARY KEY, countries TEXT NOT NULL, daily_cap INTEGER NOT NULL, prepaid INTEGER NOT NULL
);
CREATE TABLE purses (
    account INTEGER NOT NULL, day INTEGER NOT NULL, added INTEGER NOT NULL, taken INTEGER NOT NULL,
    PRIMARY KEY (account, day)
) WITHOUT ROWID;
CREATE TABLE portions (
    account INTEGER NOT NULL, day INTEGER NOT NULL, node INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (account, day, node)
) WITHOUT ROWID;
CREATE INDEX portions_node ON portions (node);
