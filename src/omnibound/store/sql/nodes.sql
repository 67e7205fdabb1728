-- Nodes, slots and revisions. A node is alive while it has a row: its lease says whether others may take the row away.

-- name: clock
-- Microseconds UTC, by the one clock that all nodes share.
SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)

-- name: nodes
SELECT incarnation, slot, key, host, version, started_at, lease_until FROM nodes ORDER BY incarnation

-- name: slots
SELECT name, owner FROM slots

-- name: revisions
SELECT name, number FROM revisions

-- name: taken_slots
SELECT slot FROM nodes

-- name: add_node
INSERT INTO nodes (incarnation, slot, key, host, version, started_at, lease_until)
VALUES (:incarnation, :slot, :key, :host, :version, :started_at, :lease_until)

-- name: renew
UPDATE nodes SET lease_until = :lease_until WHERE incarnation = :incarnation RETURNING incarnation

-- name: remove_node
DELETE FROM nodes WHERE incarnation = :incarnation RETURNING incarnation

-- name: bury
DELETE FROM nodes WHERE incarnation = :incarnation AND lease_until < :lapsed_before RETURNING incarnation

-- name: take_slot
INSERT INTO slots (name, owner, since) VALUES (:name, :owner, :now)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, since = excluded.since
WHERE slots.owner NOT IN (SELECT incarnation FROM nodes) RETURNING name

-- name: give_slot
DELETE FROM slots WHERE name = :name AND owner = :owner

-- name: give_all
DELETE FROM slots WHERE owner = :owner

-- name: touch
INSERT INTO revisions (name, number) VALUES (:name, 1)
ON CONFLICT (name) DO UPDATE SET number = revisions.number + 1

-- name: orphans
SELECT incarnation FROM (
    SELECT DISTINCT owner AS incarnation FROM live WHERE owner <> 0 UNION SELECT node FROM handovers
) AS owners WHERE incarnation NOT IN (SELECT incarnation FROM nodes) ORDER BY incarnation

-- name: owned
SELECT id FROM live WHERE owner = :owner

-- name: disown_some
UPDATE live SET owner = 0, version = version + 1 WHERE id = :id AND owner = :owner
