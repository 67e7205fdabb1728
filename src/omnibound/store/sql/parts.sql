-- What campaigns are made of and share, by kind.

-- name: add_part
INSERT INTO parts (account, kind, id, body) VALUES (:account, :kind, :id, :body)

-- name: put_part
UPDATE parts SET body = :body WHERE account = :account AND kind = :kind AND id = :id RETURNING id

-- name: part
SELECT body FROM parts WHERE account = :account AND kind = :kind AND id = :id

-- name: parts
SELECT body FROM parts WHERE account = :account AND kind = :kind AND id > :after ORDER BY id LIMIT :limit

-- name: remove_part
DELETE FROM parts WHERE account = :account AND kind = :kind AND id = :id RETURNING id
