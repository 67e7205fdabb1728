-- Messages from people, and our numbers.

-- name: inbound
SELECT id, connector, channel, sender, recipient, text, at, data, reference
FROM inbound WHERE id > :after ORDER BY id LIMIT :limit

-- name: inbound_unfiled
SELECT id, connector, channel, sender, recipient, text, at, data, reference
FROM inbound WHERE filed = 0 AND id > :after ORDER BY id LIMIT :limit

-- name: reopen_inbound
UPDATE inbound SET filed = 0 WHERE id IN (
    SELECT id FROM inbound WHERE filed = 2 AND channel = :channel AND recipient IN (:plain, :plus, :zeros)
        AND id >= :since LIMIT :limit
) RETURNING id

-- name: received_of
SELECT body FROM received WHERE account = :account AND id > :after ORDER BY id LIMIT :limit

-- name: received_by
SELECT r.body FROM json_each(:ids) j CROSS JOIN received r ON r.id = j.value WHERE r.account = :account ORDER BY r.id

-- name: received_since
SELECT body FROM received WHERE id >= :since ORDER BY id

-- name: add_number
INSERT INTO numbers (id, account, channel, number, keyword, url, format, created_at, fresh)
VALUES (:id, :account, :channel, :number, :keyword, :url, :format, :created_at, 1)

-- name: drop_number
DELETE FROM numbers WHERE id = :id RETURNING id

-- name: settle_number
UPDATE numbers SET fresh = 0 WHERE id = :id

-- name: numbers
SELECT n.id, n.account, n.channel, n.number, n.keyword, n.url, n.format, n.created_at, n.fresh, a.name, a.notify_url
FROM numbers n JOIN accounts a ON a.id = n.account ORDER BY n.id
