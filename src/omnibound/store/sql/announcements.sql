-- Announcements, shared by all engines.

-- name: add_announcement
INSERT INTO announcements (account, id, name, length_ms, octets, stem, created_at)
VALUES (:account, :id, :name, :length_ms, :octets, :stem, :created_at)

-- name: announcement
SELECT account, id, name, length_ms, octets, stem, created_at FROM announcements WHERE account = :account AND id = :id

-- name: announcements
SELECT account, id, name, length_ms, octets, stem, created_at FROM announcements
WHERE account = :account AND id > :after ORDER BY id LIMIT :limit

-- name: drop_announcement
DELETE FROM announcements WHERE account = :account AND id = :id
RETURNING account, id, name, length_ms, octets, stem, created_at

-- name: announcement_stems
SELECT stem FROM announcements
