-- name: clock
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint

-- name: bury
-- Who is in the middle of a commit is not waited for: it holds its own row, and is looked at again.
DELETE FROM nodes WHERE incarnation IN (
    SELECT incarnation FROM nodes WHERE incarnation = :incarnation AND lease_until < :lapsed_before
    FOR UPDATE SKIP LOCKED
) RETURNING incarnation

-- name: disown_some
UPDATE live l SET owner = 0, version = l.version + 1 FROM unnest(:id::bigint[], :owner::bigint[]) AS u (id, owner)
WHERE l.id = u.id AND l.shard = (u.id & 255)::integer AND l.owner = u.owner
