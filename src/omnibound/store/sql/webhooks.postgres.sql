-- Where PostgreSQL needs other words.

-- name: lock_webhooks
SELECT id FROM accounts WHERE id = :account FOR NO KEY UPDATE
