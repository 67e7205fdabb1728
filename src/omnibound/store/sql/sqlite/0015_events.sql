-- Events a row a delivery and commit: `body` is a list of them in MessagePack, `said` has a bit for each thing said.
-- The rows there are become lists of one: 0x9b begins an array of eleven, 0xd3 a number of 64 bits, 0xdb a text.

CREATE TABLE lines (
    delivery INTEGER NOT NULL, n INTEGER NOT NULL, said INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (delivery, n)
) WITHOUT ROWID;
INSERT INTO lines SELECT delivery, n, 1 << said, unhex(
    printf('919bd3%016xd3%016xd3%016xd3%016xd3%016xd3%016xd3%016x', delivery, attempt, step, at, said, status, reason)
    || printf('db%08x', octet_length(detail)) || hex(detail) || printf('db%08x', octet_length(connector)) || hex(connector)
    || printf('d3%016xd3%016x', part, note)
) FROM events;
DROP TABLE events;
ALTER TABLE lines RENAME TO events;
