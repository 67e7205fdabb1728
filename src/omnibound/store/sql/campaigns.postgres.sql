-- What of campaigns.sql reads in other words here.

-- name: members_of
SELECT id, account, campaign, phone, external, stand, due_at, not_before, detail, created_at, changed_at, body
FROM members WHERE id = ANY(:ids::bigint[])

-- name: suppressed
SELECT key, reason FROM suppressions
WHERE account = :account AND channel = :channel AND key = ANY(:keys::text[])

-- name: erase_pushes
DELETE FROM pushes WHERE account = :account AND delivery = ANY(:ids::bigint[])

-- name: erase_calls
DELETE FROM calls WHERE delivery = ANY(:ids::bigint[])

-- name: erase_events
DELETE FROM events WHERE delivery = ANY(:ids::bigint[])

-- name: erase_outcomes
DELETE FROM outcomes WHERE delivery = ANY(:ids::bigint[])

-- name: erase_deliveries
DELETE FROM deliveries WHERE id = ANY(:ids::bigint[])

-- name: erase_members
DELETE FROM members WHERE id = ANY(:ids::bigint[])
