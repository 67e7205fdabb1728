-- Webhooks of accounts' applications. What members' events add to pushes is written by hot.sql.

-- name: lock_webhooks
-- Whoever sets one of an account does so alone; where one writer does everything there is nothing to lock.
SELECT id FROM accounts WHERE id = :account

-- name: webhook
SELECT body FROM webhooks WHERE account = :account AND application = :application

-- name: webhook_numbers
SELECT number FROM webhooks WHERE account = :account

-- name: add_webhook
INSERT INTO webhooks (account, application, number, body) VALUES (:account, :application, :number, :body)

-- name: drop_webhook
DELETE FROM webhooks WHERE account = :account AND application = :application RETURNING number

-- name: subscribe
INSERT INTO subscriptions (account, event, number, url, format, request)
VALUES (:account, :event, :number, :url, :format, :request)

-- name: unsubscribe
DELETE FROM subscriptions WHERE account = :account AND number / 2 = :number
