-- What of campaigns.sql reads in other words here.

-- name: members_of
SELECT id, account, campaign, phone, priority, not_before, closed, reason, detail, exhausted, tries, created_at,
    changed_at, body
FROM members WHERE id = ANY(:ids::bigint[])

-- name: suppressed
SELECT key, reason FROM suppressions
WHERE account = :account AND channel = :channel AND key = ANY(:keys::text[])
