-- What is old is found by ranges of ids, never by scanning a table, and goes in chunks of `:limit` rows.
-- Reads that walk decide nothing by WHERE but the range: so that a chunk is a chunk, however many rows must stay.

-- name: old_handouts
-- Numbered by the instant.
DELETE FROM handouts WHERE id IN (SELECT id FROM handouts WHERE id < :before ORDER BY id LIMIT :limit) RETURNING id

-- name: old_unmatched
DELETE FROM unmatched WHERE id IN (SELECT id FROM unmatched WHERE id < :before ORDER BY id LIMIT :limit) RETURNING id

-- name: old_inbound
DELETE FROM inbound WHERE id IN (SELECT id FROM inbound WHERE id < :before ORDER BY id LIMIT :limit) RETURNING id

-- name: old_received
DELETE FROM received WHERE id IN (SELECT id FROM received WHERE id < :before ORDER BY id LIMIT :limit) RETURNING id

-- name: account_with_old_refs
WITH RECURSIVE accounts (account) AS (
    SELECT min(account) FROM refs
    UNION ALL
    SELECT (SELECT min(account) FROM refs WHERE account > accounts.account)
    FROM accounts WHERE accounts.account IS NOT NULL
)
SELECT account FROM accounts
WHERE account IS NOT NULL AND EXISTS (SELECT 1 FROM refs WHERE account = accounts.account AND day < :before) LIMIT 1

-- name: old_refs
DELETE FROM refs WHERE (account, day, hash) IN (
    SELECT account, day, hash FROM refs WHERE account = :account AND day < :before ORDER BY day, hash LIMIT :limit
) RETURNING day

-- name: account_with_reports
SELECT min(account) FROM reports WHERE account > :account

-- name: reports_of_old
-- A delivery may have been accepted long before it ended: its age only says which outcomes are worth a look.
SELECT r.delivery, r.attempt, o.done_at FROM reports r
LEFT JOIN outcomes o ON o.delivery = r.delivery AND o.attempt = r.attempt
WHERE r.account = :account AND r.delivery >= :first AND r.delivery < :last ORDER BY r.delivery, r.attempt LIMIT :limit

-- name: drop_report
DELETE FROM reports WHERE account = :account AND delivery = :delivery AND attempt = :attempt

-- name: flights
SELECT provider_id, carrier, until FROM inflight WHERE (provider_id, carrier) > (:provider_id, :carrier)
ORDER BY provider_id, carrier LIMIT :limit

-- name: drop_flight
DELETE FROM inflight WHERE provider_id = :provider_id AND carrier = :carrier AND until < :before

-- name: full_messages
SELECT m.id, EXISTS (SELECT 1 FROM live l WHERE l.id > m.id AND l.id <= m.last_delivery AND l.message = m.id)
FROM messages m INDEXED BY messages_full WHERE m.bare = 0 AND m.id > :after AND m.id < :last ORDER BY m.id LIMIT :limit

-- name: message_body
SELECT body FROM messages WHERE id = :id

-- name: strip_message
UPDATE messages SET body = :body, bare = 1 WHERE id = :id

-- name: old_deliveries
SELECT d.id, EXISTS (SELECT 1 FROM live l WHERE l.id = d.id),
    (SELECT max(o.done_at) FROM outcomes o WHERE o.delivery = d.id)
FROM deliveries d WHERE d.id > :after AND d.id < :last ORDER BY d.id LIMIT :limit

-- name: drop_events
DELETE FROM events WHERE delivery = :delivery RETURNING n

-- name: old_calls
SELECT c.ended_at, c.delivery, c.attempt, c.campaign <> '', EXISTS (SELECT 1 FROM deliveries d WHERE d.id = c.delivery)
FROM calls c WHERE (c.ended_at, c.delivery, c.attempt) > (:ended_at, :delivery, :attempt) AND c.ended_at < :before
ORDER BY c.ended_at, c.delivery, c.attempt LIMIT :limit

-- name: drop_call
DELETE FROM calls WHERE delivery = :delivery AND attempt = :attempt

-- name: drop_outcomes
DELETE FROM outcomes WHERE delivery = :delivery RETURNING attempt

-- name: drop_delivery
DELETE FROM deliveries WHERE id = :delivery RETURNING id

-- name: old_messages
SELECT m.id, EXISTS (SELECT 1 FROM deliveries d WHERE d.id > m.id AND d.id <= m.last_delivery AND d.message = m.id)
FROM messages m WHERE m.id > :after AND m.id < :last ORDER BY m.id LIMIT :limit

-- name: drop_message
DELETE FROM messages WHERE id = :id

-- name: full_members
SELECT id, changed_at, body FROM members INDEXED BY members_full
WHERE stand & 32 <> 0 AND bare = 0 AND id > :after AND id < :last ORDER BY id LIMIT :limit

-- name: strip_member
UPDATE members SET body = :body, bare = 1 WHERE id = :id

-- name: old_members
SELECT id, account, campaign, stand & 32, changed_at FROM members WHERE id > :after AND id < :last ORDER BY id LIMIT :limit

-- name: drop_member
DELETE FROM members WHERE id = :id

-- name: old_search
DELETE FROM search WHERE (day, subject, shelf, at, delivery) IN (
    SELECT day, subject, shelf, at, delivery FROM search WHERE day < :before
    ORDER BY day, subject, shelf, at, delivery LIMIT :limit
) RETURNING day
