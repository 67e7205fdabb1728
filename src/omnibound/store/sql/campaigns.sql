-- Campaigns and their members. What calls change in members is written by hot.sql.

-- name: add_campaign
INSERT INTO campaigns (account, id, body) VALUES (:account, :id, :body)

-- name: put_campaign
UPDATE campaigns SET body = :body WHERE account = :account AND id = :id

-- name: lock_campaign
-- Whoever changes it next waits.
UPDATE campaigns SET body = body WHERE account = :account AND id = :id RETURNING body

-- name: campaign
SELECT body FROM campaigns WHERE account = :account AND id = :id

-- name: campaigns
SELECT body FROM campaigns WHERE account = :account AND id > :after ORDER BY id LIMIT :limit

-- name: members_after
SELECT id, account, campaign, phone, priority, not_before, closed, reason, detail, exhausted, tries, created_at,
    changed_at, body
FROM members WHERE account = :account AND campaign = :campaign AND id > :after ORDER BY id LIMIT :limit

-- name: members_at
SELECT id, account, campaign, phone, priority, not_before, closed, reason, detail, exhausted, tries, created_at,
    changed_at, body
FROM members WHERE account = :account AND campaign = :campaign ORDER BY id LIMIT :limit OFFSET :offset

-- name: members_of
SELECT m.id, m.account, m.campaign, m.phone, m.priority, m.not_before, m.closed, m.reason, m.detail, m.exhausted,
    m.tries, m.created_at, m.changed_at, m.body
FROM json_each(:ids) j CROSS JOIN members m ON m.id = j.value

-- name: count_members
SELECT closed, reason, count(*) FROM members WHERE account = :account AND campaign = :campaign GROUP BY closed, reason

-- name: suppress
INSERT INTO suppressions (account, channel, key, reason, at) VALUES (:account, :channel, :key, :reason, :at)
ON CONFLICT (account, channel, key) DO NOTHING

-- name: unsuppress
DELETE FROM suppressions WHERE account = :account AND channel = :channel AND key = :key RETURNING key

-- name: suppressed
SELECT s.key, s.reason FROM json_each(:keys) j
CROSS JOIN suppressions s ON s.account = :account AND s.channel = :channel AND s.key = j.value
