-- The words of PostgreSQL; `:ids` is an array of numbers, `:ranges` JSON pairs.

-- name: drop_touched
DELETE FROM touched WHERE id = ANY(:ids::bigint[]) RETURNING id

-- name: standings
SELECT d.id, d.message, d.account, d.phone, d.addresses, d.ref, l.stage, l.step, l.sent_at, l.parts,
    o.status, o.reason, o.detail, o.step, o.sent_at, o.parts, o.done_at
FROM unnest(:ids::bigint[]) j (id) JOIN deliveries d ON d.id = j.id AND d.shard = (j.id & 255)::integer
LEFT JOIN live l ON l.id = d.id AND l.shard = d.shard
LEFT JOIN outcomes o ON o.delivery = d.id AND o.shard = d.shard AND o.final = 1
WHERE :account::bigint IS NULL OR d.account = :account

-- name: newest_by_refs
SELECT max(delivery) FROM refs
WHERE account = :account AND day = ANY(:days::integer[]) AND hash = ANY(:hashes::bigint[]) GROUP BY hash

-- name: walk
SELECT j.key, s.at, s.delivery FROM json_array_elements(:ranges::json) WITH ORDINALITY j (value, key)
CROSS JOIN LATERAL (
    SELECT k.at, k.delivery FROM search k
    WHERE k.day = :day AND k.subject = (j.value ->> 0)::bigint AND k.shelf = (j.value ->> 1)::bigint
        AND k.at >= :since AND k.at <= :until
    ORDER BY k.at DESC FETCH FIRST (:most::bigint + 1) ROWS WITH TIES
) s

-- name: open_entries
SELECT delivery, shelf, at FROM search_open WHERE delivery = ANY(:ids::bigint[])

-- name: drop_entry
DELETE FROM search s USING unnest(:day::integer[], :subject::bigint[], :shelf::bigint[], :at::bigint[], :delivery::bigint[])
    AS u (day, subject, shelf, at, delivery)
WHERE s.day = u.day AND s.subject = u.subject AND s.shelf = u.shelf AND s.at = u.at AND s.delivery = u.delivery

-- name: add_entry
INSERT INTO search (day, subject, shelf, at, delivery)
SELECT day, subject, shelf, at, delivery
FROM unnest(:day::integer[], :subject::bigint[], :shelf::bigint[], :at::bigint[], :delivery::bigint[])
    AS u (day, subject, shelf, at, delivery)
ON CONFLICT (day, subject, shelf, at, delivery) DO NOTHING

-- name: put_open
INSERT INTO search_open (delivery, shelf, at)
SELECT delivery, shelf, at FROM unnest(:delivery::bigint[], :shelf::bigint[], :at::bigint[]) AS u (delivery, shelf, at)
ON CONFLICT (delivery) DO UPDATE SET shelf = excluded.shelf, at = excluded.at

-- name: drop_open
DELETE FROM search_open o USING unnest(:delivery::bigint[]) AS u (delivery) WHERE o.delivery = u.delivery
