-- Bulks and single deliveries that are held back, cancelled or moved. Of each read there are two: bulk_ and one_.
-- A message's deliveries are found by the range of their ids, in which others' may lie as well.

-- name: stop
SELECT account, bulk, delivery, paused, cancelled, send_at, up_to, open, at FROM stops
WHERE account = :account AND bulk = :bulk AND delivery = :delivery

-- name: stops
-- A client's wishes are few; those that are done with are the smaller part of them.
SELECT account, bulk, delivery, paused, cancelled, send_at, up_to, open, at FROM stops
WHERE open = 1 OR paused = 1 OR send_at > 0

-- name: put_stop
INSERT INTO stops (account, bulk, delivery, paused, cancelled, send_at, up_to, open, at)
VALUES (:account, :bulk, :delivery, :paused, :cancelled, :send_at, :up_to, :open, :at)
ON CONFLICT (account, bulk, delivery) DO UPDATE SET paused = excluded.paused, cancelled = excluded.cancelled,
    send_at = excluded.send_at, up_to = excluded.up_to, open = excluded.open, at = excluded.at

-- name: drop_stop
DELETE FROM stops WHERE account = :account AND bulk = :bulk AND delivery = :delivery

-- name: forget_stops
DELETE FROM stops WHERE cancelled = 1 AND open = 0 AND at < :before

-- name: bulk_spans
SELECT id, id, last_delivery FROM messages
WHERE account = :account AND bulk = :bulk AND bulk <> '' AND id > :after ORDER BY id LIMIT :limit

-- name: one_spans
SELECT message, id - 1, id FROM deliveries
WHERE id = :delivery AND account = :account AND message > :after LIMIT :limit

-- name: bulk_newest
SELECT max(id) FROM messages WHERE account = :account AND bulk = :bulk AND bulk <> ''

-- name: one_newest
SELECT message FROM deliveries WHERE id = :delivery AND account = :account

-- name: bulk_unfinished
SELECT m.id FROM messages m
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> '' AND m.id > :after AND EXISTS (
    SELECT 1 FROM live l WHERE l.id > m.id AND l.id <= m.last_delivery AND l.message = m.id
) LIMIT 1

-- name: one_unfinished
SELECT message FROM live WHERE id = :delivery AND account = :account AND message > :after

-- name: bulk_sent
SELECT m.id FROM messages m
CROSS JOIN outcomes o ON o.delivery > m.id AND o.delivery <= m.last_delivery
CROSS JOIN deliveries d ON d.id = o.delivery AND d.message = m.id
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> '' AND m.id > :after AND o.sent_at > 0 LIMIT 1

-- name: one_sent
SELECT delivery FROM outcomes WHERE delivery = :delivery AND account = :account AND sent_at > 0 LIMIT 1

-- name: bulk_begun
-- Whether anything but these was ever said of it.
SELECT m.id FROM messages m
CROSS JOIN events e ON e.delivery > m.id AND e.delivery <= m.last_delivery
CROSS JOIN deliveries d ON d.id = e.delivery AND d.message = m.id
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> ''
    AND e.said & :begun <> 0 LIMIT 1

-- name: one_begun
SELECT e.delivery FROM events e
WHERE e.delivery = :delivery AND e.said & :begun <> 0 LIMIT 1

-- name: unfinished_of
SELECT id, stage, owner, due_at, step_until, step, struck FROM live
WHERE id > :after AND id <= :last AND message = :message ORDER BY id LIMIT :limit

-- name: set_due
UPDATE live SET due_at = :due_at, step_until = :step_until, version = version + 1
WHERE id = :id AND owner = 0 AND stage = 0 AND due_at = :was

-- name: put_away
UPDATE live SET owner = 0, due_at = due_at + :parked, version = version + 1
WHERE id = :id AND owner = :owner AND stage = 0 AND due_at < :parked

-- name: message_of_bulk
SELECT id, body FROM messages WHERE account = :account AND bulk = :bulk AND bulk <> '' ORDER BY id LIMIT 2

-- name: put_message
UPDATE messages SET body = :body WHERE id = :id
