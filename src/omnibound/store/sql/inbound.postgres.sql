-- Where PostgreSQL's words differ.

-- name: received_by
SELECT body FROM received WHERE id = ANY(:ids::bigint[]) AND account = :account ORDER BY id
