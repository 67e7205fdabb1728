-- Where PostgreSQL needs other words.

-- name: full_messages
SELECT m.id, EXISTS (SELECT 1 FROM live l WHERE l.id > m.id AND l.id <= m.last_delivery AND l.message = m.id)
FROM messages m WHERE m.bare = 0 AND m.id > :after AND m.id < :last ORDER BY m.id LIMIT :limit

-- name: full_members
SELECT id, changed_at, body FROM members
WHERE stand & 32 <> 0 AND bare = 0 AND id > :after AND id < :last ORDER BY id LIMIT :limit
