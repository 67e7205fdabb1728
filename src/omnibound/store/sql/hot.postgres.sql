-- The hot statements in the words of PostgreSQL. What only adds rows is written by COPY, made of hot.sql; the upserts
-- here are for the rare group in which a row is there already. What changes or goes takes arrays, a value a row. A live row
that moves is dropped and copied in anew: that is what an update does here anyway, and costs less than arrays of it all.

-- name! outcomes (many)
INSERT INTO outcomes (delivery, account, attempt, status, reason, detail, step, round, connector, parts, sent_at,
    done_at, ambiguous, exhausted, final, late, late_at, twice, seen_at, shard)
VALUES (:delivery, :account, :attempt, :status, :reason, :detail, :step, :round, :connector, :parts, :sent_at,
    :done_at, :ambiguous, :exhausted, :final, :late, :late_at, :twice, :seen_at, :shard)
ON CONFLICT (delivery, attempt, shard) DO UPDATE SET account = excluded.account, status = excluded.status,
    reason = excluded.reason, detail = excluded.detail, step = excluded.step, round = excluded.round,
    connector = excluded.connector, parts = excluded.parts, sent_at = excluded.sent_at, done_at = excluded.done_at,
    ambiguous = excluded.ambiguous, exhausted = excluded.exhausted, final = excluded.final, late = excluded.late,
    late_at = excluded.late_at, twice = excluded.twice, seen_at = excluded.seen_at

-- name! reports (many)
INSERT INTO reports (account, delivery, attempt, channel, shard)
VALUES (:account, :delivery, :attempt, :channel, :shard)
ON CONFLICT (account, delivery, attempt, shard) DO UPDATE SET channel = excluded.channel

-- name! pushes (many)
INSERT INTO pushes (account, delivery, attempt, url, format, due_at, until, tries, over, why, topic,
    request, number, shard)
VALUES (:account, :delivery, :attempt, :url, :format, :due_at, :until, :tries, :over, :why, :topic,
    :request, :number, :shard)
ON CONFLICT (account, delivery, attempt, topic, number, shard) DO UPDATE SET url = excluded.url,
    format = excluded.format, due_at = excluded.due_at, until = excluded.until, tries = excluded.tries,
    over = excluded.over, why = excluded.why, request = excluded.request

-- name! told (many)
INSERT INTO pushes (account, delivery, attempt, url, format, due_at, until, tries, over, why, topic, request, number,
    shard)
SELECT s.account, u.delivery, u.attempt, s.url, s.format, u.at, u.until, 0, 0, '', u.topic, s.request, s.number,
    (s.account & 255)::integer
FROM unnest(:account::bigint[], :delivery::bigint[], :attempt::integer[], :at::bigint[], :until::bigint[],
    :topic::integer[], :event::integer[]) AS u (account, delivery, attempt, at, until, topic, event)
    JOIN subscriptions s ON s.account = u.account AND s.event = u.event
ON CONFLICT (account, delivery, attempt, topic, number, shard) DO NOTHING

-- name! inflight (many)
INSERT INTO inflight (carrier, provider_id, delivery, attempt, part, connector, until, shard)
VALUES (:carrier, :provider_id, :delivery, :attempt, :part, :connector, :until, :shard)
ON CONFLICT (provider_id, carrier, shard) DO UPDATE SET delivery = excluded.delivery, attempt = excluded.attempt,
    part = excluded.part, connector = excluded.connector, until = excluded.until

-- name! calls (many)
INSERT INTO calls (delivery, attempt, account, campaign, connector, number, reason, ended_at, body, agent, shard)
VALUES (:delivery, :attempt, :account, :campaign, :connector, :number, :reason, :ended_at, :body, :agent, :shard)
ON CONFLICT (delivery, attempt, shard) DO UPDATE SET account = excluded.account, campaign = excluded.campaign,
    connector = excluded.connector, number = excluded.number, reason = excluded.reason, ended_at = excluded.ended_at,
    body = excluded.body, agent = excluded.agent

-- name! amended (many)
UPDATE outcomes o SET late = u.late, late_at = u.late_at, twice = u.twice, seen_at = u.seen_at
FROM unnest(:late::smallint[], :late_at::bigint[], :twice::smallint[], :seen_at::bigint[], :delivery::bigint[],
    :attempt::integer[]) AS u (late, late_at, twice, seen_at, delivery, attempt)
WHERE o.delivery = u.delivery AND o.attempt = u.attempt AND o.shard = (u.delivery & 255)::integer

-- name! joined (many)
INSERT INTO tallies AS t (account, campaign, stand, traits, n)
SELECT * FROM unnest(:account::bigint[], :campaign::text[], :stand::bigint[], :traits::bigint[], :n::bigint[])
ON CONFLICT (account, campaign, stand, traits) DO UPDATE SET n = t.n + excluded.n

-- name! tops (many)
INSERT INTO externals AS t (account, campaign, top)
SELECT * FROM unnest(:account::bigint[], :campaign::text[], :top::bigint[])
ON CONFLICT (account, campaign) DO UPDATE SET top = greatest(t.top, excluded.top)

-- name! traits (many)
INSERT INTO traits AS t (account, campaign, key, body)
SELECT * FROM unnest(:account::bigint[], :campaign::text[], :key::bigint[], :body::bytea[])
ON CONFLICT (account, campaign, key) DO NOTHING

-- name! suppressed (many)
INSERT INTO suppressions AS s (account, channel, key, reason, at)
SELECT * FROM unnest(:account::bigint[], :channel::text[], :key::text[], :reason::integer[], :at::bigint[])
ON CONFLICT (account, channel, key) DO NOTHING

-- name! leaving (many)
INSERT INTO tallies AS t (account, campaign, stand, traits, n)
SELECT m.account, m.campaign, m.stand, m.traits, -count(*) FROM unnest(:id::bigint[]) AS u (id)
JOIN members m ON m.id = u.id AND m.shard = (u.id & 255)::integer GROUP BY 1, 2, 3, 4
ON CONFLICT (account, campaign, stand, traits) DO UPDATE SET n = t.n + excluded.n

-- name! arriving (many)
INSERT INTO tallies AS t (account, campaign, stand, traits, n)
SELECT m.account, m.campaign, m.stand, m.traits, count(*) FROM unnest(:id::bigint[]) AS u (id)
JOIN members m ON m.id = u.id AND m.shard = (u.id & 255)::integer GROUP BY 1, 2, 3, 4
ON CONFLICT (account, campaign, stand, traits) DO UPDATE SET n = t.n + excluded.n

-- name! results (many)
UPDATE members m SET stand = u.bits | (m.stand & u.keep), detail = coalesce(u.detail, m.detail), due_at = u.due_at,
    changed_at = u.changed_at
FROM unnest(:bits::bigint[], :keep::bigint[], :detail::text[], :due_at::bigint[], :changed_at::bigint[], :id::bigint[])
    AS u (bits, keep, detail, due_at, changed_at, id)
WHERE m.id = u.id AND m.shard = (u.id & 255)::integer

-- name! revised (many)
UPDATE members m SET phone = u.phone, external = u.external, folded = u.folded, traits = u.traits,
    not_before = u.not_before, changed_at = greatest(m.changed_at, u.changed_at), body = u.body
FROM unnest(:phone::text[], :external::text[], :folded::text[], :traits::bigint[], :not_before::bigint[],
    :changed_at::bigint[], :body::bytea[], :id::bigint[])
    AS u (phone, external, folded, traits, not_before, changed_at, body, id)
WHERE m.id = u.id AND m.shard = (u.id & 255)::integer

-- name! readdressed (many)
UPDATE deliveries d SET phone = u.phone, addresses = u.addresses
FROM unnest(:phone::text[], :addresses::bytea[], :id::bigint[]) AS u (phone, addresses, id)
WHERE d.id = u.id AND d.shard = (u.id & 255)::integer

-- name! ended (counted)
DELETE FROM live l USING unnest(:id::bigint[], :version::integer[]) AS u (id, version)
WHERE l.id = u.id AND l.shard = (u.id & 255)::integer AND l.version = u.version

-- name! spent (counted)
UPDATE portions p SET amount = p.amount - u.amount
FROM unnest(:amount::bigint[], :account::bigint[], :day::bigint[], :node::bigint[]) AS u (amount, account, day, node)
WHERE p.account = u.account AND p.day = u.day AND p.node = u.node AND p.amount >= u.amount

-- name! refunds (many)
UPDATE purses p SET taken = least(p.added, greatest(0, p.taken - u.amount))
FROM unnest(:amount::bigint[], :account::bigint[]) AS u (amount, account) WHERE p.account = u.account AND p.day = 0

-- name! landed (many)
DELETE FROM inflight i USING unnest(:carrier::text[], :provider_id::text[], :shard::integer[])
    AS u (carrier, provider_id, shard)
WHERE i.provider_id = u.provider_id AND i.carrier = u.carrier AND i.shard = u.shard

-- name! matched (counted)
DELETE FROM unmatched m USING unnest(:id::bigint[]) AS u (id) WHERE m.id = u.id AND m.shard = (u.id & 255)::integer

-- name! filed (counted)
UPDATE inbound i SET filed = u.filed FROM unnest(:filed::integer[], :id::bigint[]) AS u (filed, id)
WHERE i.id = u.id AND i.shard = (u.id & 255)::integer AND i.filed = 0

-- name! settled (many)
DELETE FROM handovers h USING unnest(:id::bigint[]) AS u (id) WHERE h.id = u.id AND h.shard = (u.id & 255)::integer
