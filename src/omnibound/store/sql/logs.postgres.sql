-- The words of PostgreSQL; `:ids` is an array of numbers, `:ranges` JSON pairs.

-- name: drop_touched
DELETE FROM touched WHERE id = ANY(:ids::bigint[]) RETURNING id

-- name: standings
SELECT d.id, d.message, d.account, d.phone, d.addresses, d.ref, l.stage, l.step, l.sent_at, l.parts,
    o.status, o.reason, o.detail, o.step, o.sent_at, o.parts, o.done_at
FROM deliveries d LEFT JOIN live l ON l.id = d.id
LEFT JOIN outcomes o ON o.delivery = d.id AND o.final = 1
WHERE d.id = ANY(:ids::bigint[]) AND (:account::bigint IS NULL OR d.account = :account)

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
