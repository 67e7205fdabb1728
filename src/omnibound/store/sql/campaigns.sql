-- Campaigns and their members. What calls change in members is written by hot.sql.

-- name: add_campaign
INSERT INTO campaigns (account, id, guid, body) VALUES (:account, :id, :guid, :body)

-- name: put_campaign
UPDATE campaigns SET body = :body, guid = :guid WHERE account = :account AND id = :id

-- name: lock_campaign
-- Whoever changes it next waits.
UPDATE campaigns SET body = body WHERE account = :account AND id = :id RETURNING body

-- name: campaign
SELECT body FROM campaigns WHERE account = :account AND id = :id

-- name: campaign_by_guid
SELECT body FROM campaigns WHERE account = :account AND guid = :guid AND guid <> ''

-- name: campaigns
SELECT body FROM campaigns WHERE account = :account AND id > :after ORDER BY id LIMIT :limit

-- name: members_after
SELECT id, account, campaign, phone, external, stand, due_at, not_before, detail, created_at, changed_at, body
FROM members WHERE account = :account AND campaign = :campaign AND id > :after ORDER BY id LIMIT :limit

-- name: members_at
SELECT id, account, campaign, phone, external, stand, due_at, not_before, detail, created_at, changed_at, body
FROM members WHERE account = :account AND campaign = :campaign ORDER BY id LIMIT :limit OFFSET :offset

-- name: members_of
SELECT m.id, m.account, m.campaign, m.phone, m.external, m.stand, m.due_at, m.not_before, m.detail, m.created_at,
    m.changed_at, m.body
FROM json_each(:ids) j CROSS JOIN members m ON m.id = j.value

-- name: count_members
SELECT stand, n FROM tallies WHERE account = :account AND campaign = :campaign AND n <> 0

-- name: open_members_after
SELECT id, account, campaign, phone, external, stand, due_at, not_before, detail, created_at, changed_at, body
FROM members WHERE account = :account AND campaign = :campaign AND id > :after AND stand & 32 = 0 ORDER BY id LIMIT :limit

-- name: member_ids
SELECT id FROM members WHERE account = :account AND campaign = :campaign ORDER BY id LIMIT :limit

-- name: erase_pushes
DELETE FROM pushes WHERE account = :account AND delivery IN (SELECT value FROM json_each(:ids))

-- name: erase_calls
DELETE FROM calls WHERE delivery IN (SELECT value FROM json_each(:ids))

-- name: erase_events
DELETE FROM events WHERE delivery IN (SELECT value FROM json_each(:ids))

-- name: erase_outcomes
DELETE FROM outcomes WHERE delivery IN (SELECT value FROM json_each(:ids))

-- name: erase_deliveries
DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each(:ids))

-- name: erase_members
DELETE FROM members WHERE id IN (SELECT value FROM json_each(:ids))

-- name: erase_messages
DELETE FROM messages WHERE id IN (
    SELECT id FROM messages WHERE account = :account AND bulk = :bulk AND bulk <> '' ORDER BY id LIMIT :limit
) RETURNING id

-- name: erase_records
-- Calls are kept for longer than those who were called.
DELETE FROM calls WHERE (delivery, attempt) IN (
    SELECT delivery, attempt FROM calls WHERE account = :account AND campaign = :campaign AND campaign <> '' LIMIT :limit
) RETURNING delivery

-- name: erase_tallies
DELETE FROM tallies WHERE account = :account AND campaign = :campaign

-- name: erase_traits
DELETE FROM traits WHERE account = :account AND campaign = :campaign

-- name: erase_stop
DELETE FROM stops WHERE account = :account AND bulk = :bulk AND bulk <> ''

-- name: erase_campaign
DELETE FROM campaigns WHERE account = :account AND id = :campaign

-- name: suppress
INSERT INTO suppressions (account, channel, key, reason, at) VALUES (:account, :channel, :key, :reason, :at)
ON CONFLICT (account, channel, key) DO NOTHING

-- name: unsuppress
DELETE FROM suppressions WHERE account = :account AND channel = :channel AND key = :key RETURNING key

-- name: suppression
SELECT reason, at FROM suppressions WHERE account = :account AND channel = :channel AND key = :key

-- name: suppressions
SELECT key, reason, at FROM suppressions
WHERE account = :account AND channel = :channel AND key > :after ORDER BY key LIMIT :limit

-- name: suppressed
SELECT s.key, s.reason FROM json_each(:keys) j
CROSS JOIN suppressions s ON s.account = :account AND s.channel = :channel AND s.key = j.value
