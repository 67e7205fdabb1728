-- What logs are found by, and how what they tell stands.

-- name: touches
SELECT id, body FROM touched WHERE id <= :last ORDER BY id LIMIT :limit

-- name: newest_touched
SELECT coalesce(max(id), 0) FROM touched

-- name: drop_touched
DELETE FROM touched WHERE id IN (SELECT value FROM json_each(:ids)) RETURNING id

-- name: standings
SELECT d.id, d.message, d.account, d.phone, d.addresses, d.ref, l.stage, l.step, l.sent_at, l.parts,
    o.status, o.reason, o.detail, o.step, o.sent_at, o.parts, o.done_at
FROM json_each(:ids) j CROSS JOIN deliveries d ON d.id = j.value LEFT JOIN live l ON l.id = d.id
LEFT JOIN outcomes o ON o.delivery = d.id AND o.final = 1
WHERE CAST(:account AS INTEGER) IS NULL OR d.account = :account

-- name: newest_by_refs
SELECT max(delivery) FROM refs WHERE account = :account AND day IN (SELECT value FROM json_each(:days))
    AND hash IN (SELECT value FROM json_each(:hashes)) GROUP BY hash

-- name: shelves
SELECT id, channel, sender, reason FROM shelves WHERE account = :account

-- name: add_shelf
INSERT INTO shelves (account, channel, sender, reason) VALUES (:account, :channel, :sender, :reason)
ON CONFLICT (account, channel, sender, reason) DO NOTHING

-- name: shelf
SELECT id FROM shelves WHERE account = :account AND channel = :channel AND sender = :sender AND reason = :reason

-- name: walk
-- The newest of each range, and all of the same instant as the last of them: so what is cut off is cut at an instant.
SELECT j.key, s.at, s.delivery FROM json_each(:ranges) j
CROSS JOIN search s ON s.day = :day AND s.subject = j.value ->> 0 AND s.shelf = j.value ->> 1 AND s.at <= :until
    AND s.at >= coalesce((
        SELECT k.at FROM search k WHERE k.day = :day AND k.subject = j.value ->> 0 AND k.shelf = j.value ->> 1
            AND k.at >= :since AND k.at <= :until ORDER BY k.at DESC, k.delivery DESC LIMIT 1 OFFSET :most
    ), :since)

-- name: open_entries
SELECT delivery, shelf, at FROM search_open WHERE delivery IN (SELECT value FROM json_each(:ids))

-- name: drop_entry
DELETE FROM search WHERE day = :day AND subject = :subject AND shelf = :shelf AND at = :at AND delivery = :delivery

-- name: add_entry
INSERT INTO search (day, subject, shelf, at, delivery) VALUES (:day, :subject, :shelf, :at, :delivery)
ON CONFLICT (day, subject, shelf, at, delivery) DO NOTHING

-- name: put_open
INSERT INTO search_open (delivery, shelf, at) VALUES (:delivery, :shelf, :at)
ON CONFLICT (delivery) DO UPDATE SET shelf = excluded.shelf, at = excluded.at

-- name: drop_open
DELETE FROM search_open WHERE delivery = :delivery
