-- Lists of people, shared by all engines.

-- name: add_list
INSERT INTO people_lists (account, key, name, size, created_at) VALUES (:account, :key, :name, 0, :created_at)

-- name: list
SELECT key, name, size, created_at FROM people_lists WHERE account = :account AND key = :key

-- name: lists
SELECT key, name, size, created_at FROM people_lists WHERE account = :account
ORDER BY created_at, key LIMIT :limit OFFSET :offset

-- name: count_lists
SELECT count(*) FROM people_lists WHERE account = :account

-- name: grow
UPDATE people_lists SET size = size + :count WHERE account = :account AND key = :key
RETURNING key, name, size, created_at

-- name: add_person
INSERT INTO people (account, list, n, profile) VALUES (:account, :list, :n, :profile)

-- name: people
SELECT n, profile FROM people WHERE account = :account AND list = :list AND n > :after ORDER BY n LIMIT :limit
