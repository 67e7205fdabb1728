-- A chain of joins whose order SQLite has to be told.

-- name: bulk_sent
SELECT m.id FROM messages m
JOIN outcomes o ON o.delivery > m.id AND o.delivery <= m.last_delivery
JOIN deliveries d ON d.id = o.delivery AND d.message = m.id
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> '' AND m.id > :after AND o.sent_at > 0 LIMIT 1

-- name: bulk_begun
-- Whether anything but these was ever said of it.
SELECT m.id FROM messages m
JOIN events e ON e.delivery > m.id AND e.delivery <= m.last_delivery
JOIN deliveries d ON d.id = e.delivery AND d.message = m.id
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> ''
    AND e.said & :begun <> 0 LIMIT 1
