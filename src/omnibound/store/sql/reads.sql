-- Reads and rare writes, shared by all engines.

-- name: setting
SELECT value FROM settings WHERE name = :name

-- name: put_setting
INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING

-- name: add_account
INSERT INTO accounts (id, name, username, password, notify_url, currency, enabled, created_at, voice_codes)
VALUES (:id, :name, :username, :password, :notify_url, :currency, 1, :created_at, :voice_codes)

-- name: put_account
UPDATE accounts SET notify_url = :notify_url, currency = :currency, enabled = :enabled, voice_codes = :voice_codes
WHERE id = :id

-- name: add_key
INSERT INTO api_keys (hash, account, hint, enabled, created_at, id, name, networks, scopes, valid_from, valid_to)
VALUES (:hash, :account, :hint, :enabled, :created_at, :id, :name, :networks, :scopes, :valid_from, :valid_to)

-- name: put_key
UPDATE api_keys SET name = :name, enabled = :enabled, networks = :networks, scopes = :scopes,
    valid_from = :valid_from, valid_to = :valid_to
WHERE id = :id AND account = :account

-- name: keys
SELECT id, account, name, enabled, created_at, scopes, networks, valid_from, valid_to
FROM api_keys WHERE account = :account ORDER BY created_at, id

-- name: add_session
INSERT INTO sessions (hash, kind, account, until) VALUES (:hash, :kind, :account, :until)

-- name: account_by_session
SELECT a.id, a.name, a.username, a.notify_url, a.currency, a.enabled, a.voice_codes
FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.hash = :hash AND s.kind = :kind AND s.until > :now

-- name: renew_session
UPDATE sessions SET until = :until WHERE hash = :hash

-- name: end_session
DELETE FROM sessions WHERE hash = :hash

-- name: forget_sessions
DELETE FROM sessions WHERE until <= :now

-- name: account_by_username
SELECT id, name, username, notify_url, currency, enabled, voice_codes, password FROM accounts
WHERE username = :username

-- name: account_by_key
SELECT a.id, a.name, a.username, a.notify_url, a.currency, a.enabled, a.voice_codes,
    k.scopes, k.networks, k.valid_from, k.valid_to
FROM api_keys k JOIN accounts a ON a.id = k.account WHERE k.hash = :hash AND k.enabled = 1

-- name: accounts
SELECT id, name, username, notify_url, currency, enabled, voice_codes FROM accounts ORDER BY id

-- name: lock_account
-- Whoever takes reports of an account takes them alone; where one writer does everything there is nothing to lock.
SELECT id FROM accounts WHERE id = :account

-- name: add_scenario
INSERT INTO scenarios (key, account, name, steps, is_default, created_at)
VALUES (:key, :account, :name, :steps, :is_default, :created_at)

-- name: first_scenario
SELECT count(*) FROM scenarios WHERE account = :account

-- name: undefault
UPDATE scenarios SET is_default = 0 WHERE account = :account AND is_default = 1

-- name: put_scenario
UPDATE scenarios SET name = :name, steps = :steps, is_default = CASE WHEN CAST(:is_default AS INTEGER) = 1 THEN 1 ELSE is_default END
WHERE key = :key AND account = :account

-- name: scenario
SELECT key, account, name, steps, is_default, created_at FROM scenarios WHERE key = :key AND account = :account

-- name: default_scenario
SELECT key, account, name, steps, is_default, created_at FROM scenarios WHERE account = :account AND is_default = 1

-- name: scenarios
SELECT key, account, name, steps, is_default, created_at FROM scenarios
WHERE account = :account AND (CAST(:is_default AS INTEGER) IS NULL OR is_default = CAST(:is_default AS INTEGER))
ORDER BY created_at, key LIMIT :limit OFFSET :offset

-- name: message
SELECT body FROM messages WHERE id = :id

-- name: delivery
SELECT id, message, account, phone, addresses, ref FROM deliveries WHERE id = :id AND account = :account

-- name: known_delivery
SELECT id, message, account, phone, addresses, ref FROM deliveries WHERE id = :id

-- name: live_one
SELECT id, message, account, cls, stage, step, round, attempt, tries, due_at, step_until, retry_until, sent_at,
    connector, parts, done, struck, ambiguous, more, version, channel, owner
FROM live WHERE id = :id

-- name: timeline
SELECT body FROM events WHERE delivery = :id ORDER BY n

-- name: outcomes_of
SELECT delivery, account, attempt, status, reason, detail, step, round, connector, parts, sent_at, done_at, ambiguous,
    exhausted, final, late, late_at, twice, seen_at
FROM outcomes WHERE delivery = :id ORDER BY attempt

-- name: delivery_by_ref
WITH RECURSIVE days (day) AS (
    SELECT max(day) FROM refs WHERE account = :account
    UNION ALL
    SELECT (SELECT max(day) FROM refs WHERE account = :account AND day < days.day) FROM days WHERE days.day >= :day
)
SELECT r.delivery FROM days, refs r WHERE r.account = :account AND r.day = days.day AND r.hash = :hash AND days.day >= :day ORDER BY days.day DESC LIMIT 1

-- name: waiting_reports
SELECT count(*) FROM (SELECT 1 FROM reports WHERE account = :account LIMIT 10001) AS found

-- name: handouts
SELECT id, at, body FROM handouts WHERE account = :account AND id > :after ORDER BY id LIMIT :limit

-- name: unsettled
SELECT id, node, connector, at, body FROM handovers

-- name: unsettled_of
SELECT id, node, connector, at, body FROM handovers WHERE node = :node

-- name: claims_left
SELECT count(*) FROM (SELECT 1 FROM live WHERE owner = 0 AND stage = 0 LIMIT 10001) AS found

-- name: count_live
SELECT stage, count(*) FROM live GROUP BY stage

-- name: backlog
SELECT count(*) FROM live

-- name: unmatched
SELECT id, body FROM unmatched WHERE id > :after ORDER BY id LIMIT :limit

-- name: add_device
INSERT INTO devices (account, application, registration, phone, token, platform, is_primary, created_at)
VALUES (:account, :application, :registration, :phone, :token, :platform, :is_primary, :created_at)
ON CONFLICT (account, application, registration) DO UPDATE SET phone = excluded.phone, token = excluded.token,
    platform = excluded.platform, is_primary = excluded.is_primary

-- name: unprimary
UPDATE devices SET is_primary = 0 WHERE account = :account AND application = :application AND phone = :phone

-- name: devices
SELECT application, registration, phone, token, platform, is_primary, created_at FROM devices
WHERE account = :account AND application = :application AND phone = :phone ORDER BY created_at

-- name: drop_device
DELETE FROM devices WHERE account = :account AND application = :application AND registration = :registration
RETURNING registration

-- name: drop_token
DELETE FROM devices WHERE token = :token
