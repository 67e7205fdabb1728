-- Reads of many keys at once in the words of PostgreSQL: `:ids` is an array, `:keys` an array or JSON pairs. Rows whose id
-- says their shard are asked for by both.

-- name: load
SELECT l.id, l.message, l.account, l.cls, l.stage, l.step, l.round, l.attempt, l.tries, l.due_at, l.step_until,
    l.retry_until, l.sent_at, l.connector, l.parts, l.done, l.struck, l.ambiguous, l.more, l.version,
    l.channel, l.owner,
    d.phone, d.addresses, d.ref
FROM unnest(:ids::bigint[]) WITH ORDINALITY j (id, n)
JOIN live l ON l.id = j.id AND l.shard = (j.id & 255)::integer
JOIN deliveries d ON d.id = l.id AND d.shard = l.shard ORDER BY j.n

-- name: messages
SELECT body FROM messages WHERE id = ANY(:ids::bigint[])

-- name: find_inflight
SELECT carrier, provider_id, delivery, attempt, part, connector, until
FROM inflight WHERE provider_id = ANY(:keys::text[]) AND carrier = :carrier

-- name: final_outcomes
SELECT delivery, account, attempt, status, reason, detail, step, round, connector, parts, sent_at, done_at, ambiguous,
    exhausted, final, late, late_at, twice, seen_at
FROM outcomes WHERE final = 1 AND delivery = ANY(:ids::bigint[])

-- name: refs_taken
SELECT hash FROM refs WHERE account = :account AND day = :day AND hash = ANY(:hashes::bigint[])

-- name: claimable
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
), shards (account, round, shard) AS (
    SELECT account, round, (SELECT min(shard) FROM live WHERE owner = 0 AND stage = 0 AND channel = :channel
        AND cls = :cls AND account = rounds.account AND round = rounds.round) FROM rounds WHERE rounds.round IS NOT NULL
    UNION ALL
    SELECT account, round, (SELECT min(shard) FROM live WHERE owner = 0 AND stage = 0 AND channel = :channel
        AND cls = :cls AND account = shards.account AND round = shards.round AND shard > shards.shard)
    FROM shards WHERE shards.shard IS NOT NULL
), firsts (account, round, shard, due_at) AS (
    SELECT account, round, shard, (SELECT min(due_at) FROM live WHERE owner = 0 AND stage = 0 AND channel = :channel
        AND cls = :cls AND account = shards.account AND round = shards.round AND shard = shards.shard)
    FROM shards WHERE shards.shard IS NOT NULL
)
SELECT account, round, shard FROM firsts WHERE due_at <= :now ORDER BY account, round, due_at, shard

-- name: claim
WITH due AS MATERIALIZED (
    SELECT id FROM live WHERE shard = :shard AND owner = 0 AND stage = 0 AND channel = :channel AND cls = :cls
        AND account = :account AND round = :round AND due_at <= :now ORDER BY due_at, id LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE live l SET owner = :owner, version = l.version + 1 FROM due WHERE l.shard = :shard AND l.id = due.id
RETURNING l.id

-- name: give_away
UPDATE live l SET owner = 0, channel = u.channel, version = l.version + 1
FROM unnest(:channel::text[], :id::bigint[], :owner::bigint[]) AS u (channel, id, owner)
WHERE l.id = u.id AND l.shard = (u.id & 255)::integer AND l.owner = u.owner AND l.stage = 0

-- name: claim_lane
WITH due AS MATERIALIZED (
    SELECT id FROM live WHERE owner = 0 AND stage = 0 AND channel >= 'dial:' AND channel < 'dial;'
        AND channel = :lane AND due_at <= :now ORDER BY due_at, id LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE live l SET owner = :owner, version = l.version + 1 FROM due
WHERE l.shard = (due.id & 255)::integer AND l.id = due.id RETURNING l.id, l.due_at

-- name: waiting_reports_of
SELECT r.delivery, r.attempt FROM messages m
JOIN reports r ON r.account = :account AND r.delivery >= m.id AND r.delivery <= m.last_delivery
JOIN deliveries d ON d.id = r.delivery AND d.message = m.id
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> '' ORDER BY m.id, r.delivery, r.attempt LIMIT :limit

-- name: waiting_reports_of_by
SELECT r.delivery, r.attempt FROM messages m
JOIN reports r ON r.account = :account AND r.channel = :channel AND r.delivery >= m.id AND r.delivery <= m.last_delivery
JOIN deliveries d ON d.id = r.delivery AND d.message = m.id
WHERE m.account = :account AND m.bulk = :bulk AND m.bulk <> '' ORDER BY m.id, r.delivery, r.attempt LIMIT :limit

-- name: waiting_report
SELECT r.delivery, r.attempt FROM reports r
WHERE r.account = :account AND r.delivery = :delivery AND (:channel = '' OR r.channel = :channel) AND (
    :bulk = '' OR EXISTS (
        SELECT 1 FROM deliveries d JOIN messages m ON m.id = d.message WHERE d.id = :delivery AND m.bulk = :bulk
    )
) ORDER BY r.delivery, r.attempt LIMIT :limit

-- name: take_reports
-- By the rows' own places, found and locked: a second walk by key would cost as much as the first.
DELETE FROM reports WHERE shard = (:account::bigint & 255)::integer AND ctid = ANY(ARRAY(
    SELECT r.ctid FROM json_array_elements(:keys::json) WITH ORDINALITY j (value, key)
    JOIN reports r ON r.account = :account AND r.delivery = (j.value ->> 0)::bigint
        AND r.attempt = (j.value ->> 1)::integer AND r.shard = (:account::bigint & 255)::integer
    ORDER BY j.key LIMIT :limit FOR UPDATE OF r SKIP LOCKED
)) RETURNING delivery, attempt

-- name: take_first_reports
DELETE FROM reports WHERE shard = (:account::bigint & 255)::integer AND ctid = ANY(ARRAY(
    SELECT ctid FROM reports WHERE account = :account AND shard = (:account::bigint & 255)::integer
    ORDER BY delivery, attempt LIMIT :limit FOR UPDATE SKIP LOCKED
)) RETURNING delivery, attempt

-- name: add_handout
INSERT INTO handouts (id, account, at, body, shard)
VALUES (greatest(:at::bigint, (SELECT coalesce(max(id), 0) + 1 FROM handouts WHERE account = :account)), :account, :at, :body,
    (:account::bigint & 255)::integer) ON CONFLICT DO NOTHING RETURNING id

-- name: report_rows
SELECT d.id, d.message, d.account, d.phone, d.addresses, d.ref, o.delivery, o.account, o.attempt, o.status, o.reason,
    o.detail, o.step, o.round, o.connector, o.parts, o.sent_at, o.done_at, o.ambiguous, o.exhausted, o.final, o.late,
    o.late_at, o.twice, o.seen_at
FROM unnest(:deliveries::bigint[], :attempts::integer[]) WITH ORDINALITY j (delivery, attempt, n)
JOIN outcomes o ON o.delivery = j.delivery AND o.attempt = j.attempt AND o.shard = (j.delivery & 255)::integer
JOIN deliveries d ON d.id = o.delivery AND d.shard = o.shard ORDER BY j.n

-- name: tokens
SELECT address, token FROM (
    SELECT j.value AS address, d.token, d.is_primary, d.created_at FROM unnest(:addresses::text[]) j (value)
    JOIN devices d ON d.account = :account AND d.application = :application AND d.registration = j.value
    UNION
    SELECT j.value, d.token, d.is_primary, d.created_at FROM unnest(:addresses::text[]) j (value)
    JOIN devices d ON d.account = :account AND d.application = :application AND d.phone = j.value
) AS found ORDER BY is_primary DESC, created_at
