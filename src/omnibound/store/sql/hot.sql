-- The hot statements: each writes many rows at once. (many) runs once a row; (counted) must change one row each.

-- name! messages (many)
INSERT INTO messages (id, account, bulk, last_delivery, body) VALUES (:id, :account, :bulk, :last_delivery, :body)

-- name! deliveries (many)
INSERT INTO deliveries (id, message, account, phone, addresses, ref)
VALUES (:id, :message, :account, :phone, :addresses, :ref)

-- name! refs (many)
INSERT INTO refs (account, day, hash, delivery) VALUES (:account, :day, :hash, :delivery)

-- name! born (many)
INSERT INTO live (id, message, account, cls, stage, step, round, attempt, tries, due_at, step_until, retry_until,
    sent_at, connector, parts, done, struck, ambiguous, more, version, channel, owner)
VALUES (:id, :message, :account, :cls, :stage, :step, :round, :attempt, :tries, :due_at, :step_until, :retry_until,
    :sent_at, :connector, :parts, :done, :struck, :ambiguous, :more, :version, :channel, :owner)

-- name! events (many)
INSERT INTO events (delivery, n, said, body) VALUES (:delivery, :n, :said, :body)

-- name! outcomes (many)
INSERT OR REPLACE INTO outcomes (delivery, account, attempt, status, reason, detail, step, round, connector, parts, sent_at,
    done_at, ambiguous, exhausted, final, late, late_at, twice, seen_at)
VALUES (:delivery, :account, :attempt, :status, :reason, :detail, :step, :round, :connector, :parts, :sent_at,
    :done_at, :ambiguous, :exhausted, :final, :late, :late_at, :twice, :seen_at)

-- name! reports (many)
INSERT OR REPLACE INTO reports (account, delivery, attempt, channel) VALUES (:account, :delivery, :attempt, :channel)

-- name! pushes (many)
INSERT OR REPLACE INTO pushes (account, delivery, attempt, url, format, due_at, until, tries, over, why, topic,
    request, number)
VALUES (:account, :delivery, :attempt, :url, :format, :due_at, :until, :tries, :over, :why, :topic,
    :request, :number)

-- name! told (many)
-- A push for each webhook that wants to know it; what is there already stays.
INSERT OR IGNORE INTO pushes (account, delivery, attempt, url, format, due_at, until, tries, over, why, topic,
    request, number)
SELECT :account, :delivery, :attempt, url, format, :at, :until, 0, 0, '', :topic, request, number
FROM subscriptions WHERE account = :account AND event = :event

-- name! inflight (many)
INSERT OR REPLACE INTO inflight (carrier, provider_id, delivery, attempt, part, connector, until)
VALUES (:carrier, :provider_id, :delivery, :attempt, :part, :connector, :until)

-- name! unmatched (many)
INSERT INTO unmatched (id, carrier, provider_id, at, body) VALUES (:id, :carrier, :provider_id, :at, :body)

-- name! handovers (many)
INSERT INTO handovers (id, node, connector, at, body) VALUES (:id, :node, :connector, :at, :body)

-- name! inbound (many)
INSERT INTO inbound (id, connector, channel, sender, recipient, text, at, data, reference)
VALUES (:id, :connector, :channel, :sender, :recipient, :text, :at, :data, :reference)

-- name! received (many)
INSERT INTO received (id, account, body) VALUES (:id, :account, :body)

-- name! traits (many)
-- The alias says that it is no plain adding of rows.
INSERT INTO traits AS t (account, campaign, key, body) VALUES (:account, :campaign, :key, :body)
ON CONFLICT (account, campaign, key) DO NOTHING

-- name! members (many)
INSERT INTO members (id, account, campaign, phone, external, folded, stand, traits, due_at, not_before, detail,
    created_at, changed_at, body)
VALUES (:id, :account, :campaign, :phone, :external, :folded, :stand, :traits, :due_at, :not_before, :detail,
    :created_at, :changed_at, :body)

-- name! joined (many)
-- The alias: see traits.
INSERT INTO tallies AS t (account, campaign, stand, traits, n) VALUES (:account, :campaign, :stand, :traits, :n)
ON CONFLICT (account, campaign, stand, traits) DO UPDATE SET n = t.n + excluded.n

-- name! texts (many)
INSERT INTO member_texts (account, campaign, name, first, n, last, body)
VALUES (:account, :campaign, :name, :first, :n, :last, :body)

-- name! tops (many)
-- The alias: see traits.
INSERT INTO externals AS t (account, campaign, top) VALUES (:account, :campaign, :top)
ON CONFLICT (account, campaign) DO UPDATE SET top = max(t.top, excluded.top)

-- name! calls (many)
-- Told again after a death it is the same row.
INSERT OR REPLACE INTO calls (delivery, attempt, account, campaign, connector, number, reason, ended_at, body, agent)
VALUES (:delivery, :attempt, :account, :campaign, :connector, :number, :reason, :ended_at, :body, :agent)

-- name! suppressed (many)
-- Who is suppressed already stays so for the first reason. The alias: see traits.
INSERT INTO suppressions AS s (account, channel, key, reason, at) VALUES (:account, :channel, :key, :reason, :at)
ON CONFLICT (account, channel, key) DO NOTHING

-- name! leaving (many)
-- Members are counted where they stood no more, before they are written; then where they stand.
INSERT INTO tallies AS t (account, campaign, stand, traits, n)
SELECT account, campaign, stand, traits, -1 FROM members WHERE id = :id
ON CONFLICT (account, campaign, stand, traits) DO UPDATE SET n = t.n + excluded.n

-- name! results (many)
UPDATE members SET stand = :bits | (stand & :keep), detail = coalesce(:detail, detail), due_at = :due_at,
    changed_at = :changed_at
WHERE id = :id

-- name! revised (many)
UPDATE members SET phone = :phone, external = :external, folded = :folded, traits = :traits, not_before = :not_before,
    changed_at = max(changed_at, :changed_at), body = :body
WHERE id = :id

-- name! readdressed (many)
UPDATE deliveries SET phone = :phone, addresses = :addresses WHERE id = :id

-- name! arriving (many)
INSERT INTO tallies AS t (account, campaign, stand, traits, n)
SELECT account, campaign, stand, traits, 1 FROM members WHERE id = :id
ON CONFLICT (account, campaign, stand, traits) DO UPDATE SET n = t.n + excluded.n

-- name! moved (counted)
UPDATE live SET stage = :stage, step = :step, round = :round, attempt = :attempt, tries = :tries, due_at = :due_at,
    step_until = :step_until, retry_until = :retry_until, sent_at = :sent_at, connector = :connector, parts = :parts,
    done = :done, struck = :struck, ambiguous = :ambiguous, more = :more, version = :version,
    channel = :channel, owner = :owner
WHERE id = :id AND version = :was

-- name! amended (many)
UPDATE outcomes SET late = :late, late_at = :late_at, twice = :twice, seen_at = :seen_at
WHERE delivery = :delivery AND attempt = :attempt

-- name! ended (counted)
DELETE FROM live WHERE id = :id AND version = :version

-- name! spent (counted)
-- Money and messages of a day that this order uses up: who has not got them has to ask anew.
UPDATE portions SET amount = amount - :amount
WHERE account = :account AND day = :day AND node = :node AND amount >= :amount

-- name! refunds (many)
UPDATE purses SET taken = min(added, max(0, taken - :amount)) WHERE account = :account AND day = 0

-- name! landed (many)
DELETE FROM inflight WHERE carrier = :carrier AND provider_id = :provider_id

-- name! matched (counted)
-- A receipt is heard once: whoever drops its row has the hearing.
DELETE FROM unmatched WHERE id = :id

-- name! filed (counted)
-- A message is filed once: whoever does it first has it.
UPDATE inbound SET filed = :filed WHERE id = :id AND filed = 0

-- name! settled (many)
DELETE FROM handovers WHERE id = :id

-- name! touched (many)
INSERT INTO touched (body) VALUES (:body)
