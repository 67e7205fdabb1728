-- What of members.sql reads in other words here; the pairs are two arrays.

-- name: stands
SELECT t.stand, t.traits, t.n, x.body FROM tallies t
JOIN traits x ON x.account = t.account AND x.campaign = t.campaign AND x.key = t.traits
WHERE t.account = :account AND t.campaign = :campaign AND t.n <> 0

-- name: page
SELECT id FROM members
WHERE account = :account AND campaign = :campaign AND stand & 4 = 0 ORDER BY id LIMIT :limit OFFSET :offset

-- name: among
-- IS TRUE: the pairs are hashed once, not joined.
SELECT id FROM members
WHERE account = :account AND campaign = :campaign AND due_at >= :due_from AND due_at <= :due_to
    AND changed_at >= :changed_from AND changed_at <= :changed_to
    AND ((stand, traits) IN (SELECT * FROM unnest(:stands::bigint[], :traits::bigint[]))) IS TRUE
ORDER BY id LIMIT :limit OFFSET :offset

-- name: merged
SELECT m.id FROM unnest(:stands::bigint[], :traits::bigint[]) j (stand, traits) CROSS JOIN LATERAL (
    SELECT k.id FROM members k
    WHERE k.account = :account AND k.campaign = :campaign AND k.stand = j.stand AND k.traits = j.traits
    ORDER BY k.id LIMIT :most
) m ORDER BY m.id LIMIT :limit OFFSET :offset

-- name: changed_ids
SELECT id FROM members
WHERE account = :account AND campaign = :campaign AND changed_at >= :changed_from AND changed_at <= :changed_to
ORDER BY changed_at LIMIT :limit

-- name: by_external
-- Key by key along members_external, which the order and OFFSET hold the planner to: of a table that was empty when it was
-- last looked at it believes that a campaign has one person, and would read all of them.
SELECT m.id, m.external FROM unnest(:keys::text[]) j (key) CROSS JOIN LATERAL (
    SELECT o.id, o.external FROM members o
    WHERE o.account = :account AND o.campaign = :campaign AND o.folded = j.key AND o.external <> ''
    ORDER BY o.account, o.campaign, o.folded, o.external OFFSET 0
) m

-- name: lock_texts
SELECT pg_advisory_xact_lock(hashtextextended(:campaign::text, :account::bigint))

-- name: small_texts
SELECT account, campaign, name, first, n, length(body) FROM member_texts
WHERE until = 0 AND length(body) < 8192 AND (account, campaign, name, first, n) > (:account, :campaign, :name, :first, :n)
ORDER BY account, campaign, name, first, n LIMIT :limit

-- name: take_texts
UPDATE member_texts SET until = :until
WHERE account = :account AND campaign = :campaign AND name = :name
    AND (first, n) IN (SELECT * FROM unnest(:firsts::bigint[], :numbers::bigint[])) AND until = 0
RETURNING body

-- name: add_text
INSERT INTO member_texts (account, campaign, name, first, n, last, body, shard)
VALUES (:account::bigint, :campaign, :name, :first, :n, :last, :body, (:account::bigint & 255)::integer)

-- name: drop_taken
DELETE FROM member_texts WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM member_texts WHERE until > 0 AND until <= :now LIMIT :limit
)) RETURNING n

-- name: erase_texts
DELETE FROM member_texts WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM member_texts WHERE account = :account AND campaign = :campaign ORDER BY name, first, n LIMIT :limit
)) RETURNING n

-- name: changed_after
SELECT id, account, campaign, phone, external, stand, due_at, not_before, detail, created_at, changed_at, body
FROM members WHERE account = :account AND campaign = :campaign AND (changed_at, id) > (:changed_at, :id)
ORDER BY changed_at, id LIMIT :limit
