-- Reads of many keys at once, in the words of SQLite; `:ids` and `:keys` are JSON arrays.

-- name: load
SELECT l.id, l.message, l.account, l.cls, l.stage, l.step, l.round, l.attempt, l.tries, l.due_at, l.step_until,
    l.retry_until, l.sent_at, l.connector, l.parts, l.done, l.struck, l.ambiguous, l.more, l.version, l.owner,
    d.phone, d.addresses, d.ref
FROM json_each(:ids) j CROSS JOIN live l ON l.id = j.value JOIN deliveries d ON d.id = l.id

-- name: messages
SELECT body FROM messages WHERE id IN (SELECT value FROM json_each(:ids))

-- name: find_inflight
SELECT i.carrier, i.provider_id, i.delivery, i.attempt, i.part, i.connector, i.until
FROM json_each(:keys) j CROSS JOIN inflight i ON i.provider_id = j.value AND i.carrier = :carrier

-- name: final_outcomes
SELECT delivery, account, attempt, status, reason, detail, step, round, connector, parts, sent_at, done_at, ambiguous,
    exhausted, final, late, late_at, twice, seen_at
FROM outcomes WHERE final = 1 AND delivery IN (SELECT value FROM json_each(:ids))

-- name: due_timers
SELECT id FROM live WHERE stage = 1 AND due_at <= :now ORDER BY due_at LIMIT :limit

-- name: due_unsent
SELECT id FROM live WHERE owner = 0 AND stage = 0 AND step_until <= :now ORDER BY step_until LIMIT :limit

-- name: refs_taken
SELECT hash FROM refs WHERE account = :account AND day = :day AND hash IN (SELECT value FROM json_each(:hashes))

-- name: claimable
-- Every (account, round) of a class in which something is due: found by skipping along live_claim, never by scanning it.
WITH RECURSIVE accounts (account) AS (
    SELECT min(account) FROM live WHERE owner = 0 AND stage = 0 AND cls = :cls
    UNION ALL
    SELECT (SELECT min(account) FROM live WHERE owner = 0 AND stage = 0 AND cls = :cls AND account > accounts.account)
    FROM accounts WHERE accounts.account IS NOT NULL
), rounds (account, round) AS (
    SELECT account, (SELECT min(round) FROM live WHERE owner = 0 AND stage = 0 AND cls = :cls
        AND account = accounts.account) FROM accounts WHERE accounts.account IS NOT NULL
    UNION ALL
    SELECT account, (SELECT min(round) FROM live WHERE owner = 0 AND stage = 0 AND cls = :cls
        AND account = rounds.account AND round > rounds.round) FROM rounds WHERE rounds.round IS NOT NULL
)
SELECT account, round FROM rounds WHERE round IS NOT NULL AND EXISTS (
    SELECT 1 FROM live WHERE owner = 0 AND stage = 0 AND cls = :cls AND account = rounds.account
        AND round = rounds.round AND due_at <= :now
) ORDER BY account, round

-- name: claim
UPDATE live SET owner = :owner, version = version + 1 WHERE id IN (
    SELECT id FROM live INDEXED BY live_claim WHERE owner = 0 AND stage = 0 AND cls = :cls AND account = :account
        AND round = :round AND due_at <= :now ORDER BY due_at, id LIMIT :limit
) RETURNING id

-- name: disown
UPDATE live SET owner = 0, version = version + 1 WHERE owner = :owner

-- name: disown_all
UPDATE live SET owner = 0, version = version + 1 WHERE owner <> 0

-- name: take_reports
DELETE FROM reports WHERE (account, delivery, attempt) IN (
    SELECT account, delivery, attempt FROM reports WHERE account = :account AND (:channel = '' OR channel = :channel)
    ORDER BY delivery, attempt LIMIT :limit
) RETURNING delivery, attempt

-- name: take_reports_of
DELETE FROM reports WHERE (account, delivery, attempt) IN (
    SELECT r.account, r.delivery, r.attempt FROM json_each(:ranges) j
    CROSS JOIN reports r ON r.account = :account AND r.delivery >= j.value ->> 0 AND r.delivery <= j.value ->> 1
    CROSS JOIN deliveries d ON d.id = r.delivery AND d.message = j.value ->> 2
    WHERE :channel = '' OR r.channel = :channel ORDER BY r.delivery, r.attempt LIMIT :limit
) RETURNING delivery, attempt

-- name: take_report
DELETE FROM reports WHERE account = :account AND delivery = :delivery AND (:channel = '' OR channel = :channel)
RETURNING delivery, attempt

-- name: add_handout
-- Numbered by the instant, above all before: retention may have emptied the table, and a cursor must not find old ground.
INSERT INTO handouts (id, account, at, body)
VALUES (max(:at, (SELECT coalesce(max(id), 0) + 1 FROM handouts)), :account, :at, :body)

-- name: bulk_ranges
SELECT id, last_delivery, id FROM messages WHERE account = :account AND bulk = :bulk AND bulk <> ''

-- name: report_rows
SELECT d.id, d.message, d.account, d.phone, d.addresses, d.ref, o.delivery, o.account, o.attempt, o.status, o.reason,
    o.detail, o.step, o.round, o.connector, o.parts, o.sent_at, o.done_at, o.ambiguous, o.exhausted, o.final, o.late,
    o.late_at, o.twice, o.seen_at
FROM json_each(:keys) j CROSS JOIN outcomes o ON o.delivery = j.value ->> 0 AND o.attempt = j.value ->> 1
CROSS JOIN deliveries d ON d.id = o.delivery ORDER BY j.key

-- name: tokens
SELECT address, token FROM (
    SELECT j.value AS address, d.token, d.is_primary, d.created_at FROM json_each(:addresses) j
    CROSS JOIN devices d ON d.account = :account AND d.application = :application AND d.registration = j.value
    UNION
    SELECT j.value, d.token, d.is_primary, d.created_at FROM json_each(:addresses) j
    CROSS JOIN devices d ON d.account = :account AND d.application = :application AND d.phone = j.value
) AS found ORDER BY is_primary DESC, created_at
