-- Reads of many keys at once, in the words of SQLite; `:ids` and `:keys` are JSON arrays.

-- name: load
SELECT l.id, l.message, l.account, l.cls, l.stage, l.step, l.round, l.attempt, l.tries, l.due_at, l.step_until,
    l.retry_until, l.sent_at, l.connector, l.parts, l.done, l.struck, l.ambiguous, l.more, l.version,
    l.channel, l.owner,
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

-- name: waiting_channels
-- The channels for which something unowned waits, due or not, by skipping along live_claim, and over the lanes in it.
WITH RECURSIVE channels (channel) AS (
    SELECT coalesce(
        (SELECT min(channel) FROM live WHERE owner = 0 AND stage = 0 AND channel < 'dial:'),
        (SELECT min(channel) FROM live WHERE owner = 0 AND stage = 0 AND channel >= 'dial;')
    )
    UNION ALL
    SELECT coalesce(
        (SELECT min(channel) FROM live WHERE owner = 0 AND stage = 0 AND channel > channels.channel
            AND channel < 'dial:'),
        (SELECT min(channel) FROM live WHERE owner = 0 AND stage = 0
            AND channel > CASE WHEN channels.channel < 'dial:~' THEN 'dial:~' ELSE channels.channel END)
    ) FROM channels WHERE channels.channel IS NOT NULL
)
SELECT channel FROM channels WHERE channel IS NOT NULL

-- name: claimable
-- Every (account, round, shard; this database has one shard) of a channel's class in which something is due, by skipping along live_claim, not scanning it.
WITH RECURSIVE accounts (account) AS (
    SELECT min(account) FROM live WHERE owner = 0 AND stage = 0 AND channel = :channel AND cls = :cls
    UNION ALL
    SELECT (SELECT min(account) FROM live WHERE owner = 0 AND stage = 0 AND channel = :channel AND cls = :cls
        AND account > accounts.account)
    FROM accounts WHERE accounts.account IS NOT NULL
), rounds (account, round) AS (
    SELECT account, (SELECT min(round) FROM live WHERE owner = 0 AND stage = 0 AND channel = :channel AND cls = :cls
        AND account = accounts.account) FROM accounts WHERE accounts.account IS NOT NULL
    UNION ALL
    SELECT account, (SELECT min(round) FROM live WHERE owner = 0 AND stage = 0 AND channel = :channel AND cls = :cls
        AND account = rounds.account AND round > rounds.round) FROM rounds WHERE rounds.round IS NOT NULL
)
SELECT account, round, 0 FROM rounds WHERE round IS NOT NULL AND EXISTS (
    SELECT 1 FROM live WHERE owner = 0 AND stage = 0 AND channel = :channel AND cls = :cls AND account = rounds.account
        AND round = rounds.round AND due_at <= :now
) ORDER BY account, round

-- name: claim
UPDATE live SET owner = :owner, version = version + 1 WHERE id IN (
    SELECT id FROM live INDEXED BY live_claim WHERE owner = 0 AND stage = 0 AND channel = :channel AND cls = :cls
        AND account = :account AND round = :round AND due_at <= :now ORDER BY due_at, id LIMIT :limit
) RETURNING id

-- name: lanes
-- The lanes in which somebody waits, due or not, by skipping along live_claim: one bound each way, or it is walked.
WITH RECURSIVE channels (channel) AS (
    SELECT min(channel) FROM live WHERE owner = 0 AND stage = 0 AND channel >= :first AND channel < :end
    UNION ALL
    SELECT (SELECT min(channel) FROM live WHERE owner = 0 AND stage = 0 AND channel > channels.channel
        AND channel < :end) FROM channels WHERE channels.channel IS NOT NULL
)
SELECT channel FROM channels WHERE channel IS NOT NULL

-- name: claim_lane
UPDATE live SET owner = :owner, version = version + 1 WHERE id IN (
    SELECT id FROM live INDEXED BY live_lanes WHERE owner = 0 AND stage = 0 AND channel >= 'dial:' AND channel < 'dial;'
        AND channel = :lane AND due_at <= :now ORDER BY due_at, id LIMIT :limit
) RETURNING id, due_at

-- name: lane_due
SELECT min(due_at) FROM live
WHERE owner = 0 AND stage = 0 AND channel >= 'dial:' AND channel < 'dial;' AND channel = :lane

-- name: give_away
UPDATE live SET owner = 0, channel = :channel, version = version + 1 WHERE id = :id AND owner = :owner AND stage = 0

-- name: disown
UPDATE live SET owner = 0, version = version + 1 WHERE owner = :owner

-- name: disown_all
UPDATE live SET owner = 0, version = version + 1 WHERE owner <> 0

-- name: waiting_reports
SELECT delivery, attempt FROM reports WHERE account = :account ORDER BY delivery, attempt LIMIT :limit

-- name: waiting_reports_by
-- A reader walks past those of other channels: an index for this filter would cost every report two writes.
SELECT delivery, attempt FROM reports WHERE account = :account AND channel = :channel
ORDER BY delivery, attempt LIMIT :limit

-- name: waiting_reports_of
-- In the order of the messages, so that the walk ends at the limit: their deliveries may lie between each other's.
SELECT r.delivery, r.attempt FROM messages m
CROSS JOIN reports r ON r.account = :account AND r.delivery >= m.id AND r.delivery <= m.last_delivery
CROSS JOIN deliveries d ON d.id = r.delivery AND d.message = m.id
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> '' ORDER BY m.id, r.delivery, r.attempt LIMIT :limit

-- name: waiting_reports_of_by
SELECT r.delivery, r.attempt FROM messages m
CROSS JOIN reports r ON r.account = :account AND r.channel = :channel
    AND r.delivery >= m.id AND r.delivery <= m.last_delivery
CROSS JOIN deliveries d ON d.id = r.delivery AND d.message = m.id
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> '' ORDER BY m.id, r.delivery, r.attempt LIMIT :limit

-- name: waiting_report
SELECT r.delivery, r.attempt FROM reports r
WHERE r.account = :account AND r.delivery = :delivery AND (:channel = '' OR r.channel = :channel) AND (
    :bulk = '' OR EXISTS (
        SELECT 1 FROM deliveries d CROSS JOIN messages m ON m.id = d.message WHERE d.id = :delivery AND m.bulk = :bulk
    )
) ORDER BY r.delivery, r.attempt LIMIT :limit

-- name: take_reports
-- Those of the keys that nobody took since they were found; at most :limit.
DELETE FROM reports WHERE (account, delivery, attempt) IN (
    SELECT r.account, r.delivery, r.attempt FROM json_each(:keys) j CROSS JOIN reports r
    ON r.account = :account AND r.delivery = j.value ->> 0 AND r.attempt = j.value ->> 1
    ORDER BY j.key LIMIT :limit
) RETURNING delivery, attempt

-- name: take_first_reports
-- The oldest of an account: where nothing is filtered there is nothing to search for.
DELETE FROM reports WHERE (account, delivery, attempt) IN (
    SELECT account, delivery, attempt FROM reports WHERE account = :account ORDER BY delivery, attempt LIMIT :limit
) RETURNING delivery, attempt

-- name: add_handout
-- Numbered by the instant, above all before: retention may have emptied the table, and a cursor must not find old ground.
INSERT INTO handouts (id, account, at, body)
VALUES (max(:at, (SELECT coalesce(max(id), 0) + 1 FROM handouts)), :account, :at, :body)
ON CONFLICT DO NOTHING RETURNING id

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
