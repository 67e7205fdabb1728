-- Members of campaigns as they are searched, counted and read by change. `:pairs` are (stand, traits).

-- name: stands
SELECT t.stand, t.traits, t.n, x.body FROM tallies t
CROSS JOIN traits x ON x.account = t.account AND x.campaign = t.campaign AND x.key = t.traits
WHERE t.account = :account AND t.campaign = :campaign AND t.n <> 0

-- name: page
-- Of all but those that are gone.
SELECT id FROM members INDEXED BY members_campaign
WHERE account = :account AND campaign = :campaign AND stand & 4 = 0 ORDER BY id LIMIT :limit OFFSET :offset

-- name: among
-- Of those that stand as wanted: a walk through all.
SELECT id FROM members INDEXED BY members_campaign
WHERE account = :account AND campaign = :campaign AND due_at >= :due_from AND due_at <= :due_to
    AND changed_at >= :changed_from AND changed_at <= :changed_to
    AND (stand, traits) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:pairs))
ORDER BY id LIMIT :limit OFFSET :offset

-- name: merged
-- The first of each pair, and of these the first.
SELECT m.id FROM json_each(:pairs) j CROSS JOIN members m ON m.id IN (
    SELECT k.id FROM members k INDEXED BY members_stands
    WHERE k.account = :account AND k.campaign = :campaign AND k.stand = j.value ->> 0 AND k.traits = j.value ->> 1
    ORDER BY k.id LIMIT :most
) ORDER BY m.id LIMIT :limit OFFSET :offset

-- name: changed_ids
SELECT id FROM members INDEXED BY members_changed
WHERE account = :account AND campaign = :campaign AND changed_at >= :changed_from AND changed_at <= :changed_to
LIMIT :limit

-- name: by_external
SELECT m.id, m.external FROM json_each(:keys) j CROSS JOIN members m
    ON m.account = :account AND m.campaign = :campaign AND m.folded = j.value AND m.external <> ''

-- name: columns
-- The columns of a campaign's members from a name on, by skipping along the key.
WITH RECURSIVE names (name) AS (
    SELECT min(name) FROM member_texts WHERE account = :account AND campaign = :campaign AND name >= :since
    UNION ALL
    SELECT (SELECT min(name) FROM member_texts WHERE account = :account AND campaign = :campaign
        AND name > names.name) FROM names WHERE names.name IS NOT NULL
)
SELECT name FROM names WHERE name IS NOT NULL

-- name: text_rows
SELECT first, n, body FROM member_texts
WHERE account = :account AND campaign = :campaign AND name = :name AND (first, n) > (:first, :n)
ORDER BY first, n LIMIT :limit

-- name: texts_between
SELECT name, first, n, body FROM member_texts
WHERE account = :account AND campaign = :campaign AND first <= :last AND last >= :first

-- name: lock_texts
-- One transaction after the other, here always.
SELECT 1 FROM campaigns WHERE account = :account AND id = :campaign

-- name: small_texts
-- Rows of which several could be one, behind a place.
SELECT account, campaign, name, first, n, length(body) FROM member_texts INDEXED BY member_texts_small
WHERE until = 0 AND length(body) < 8192 AND (account, campaign, name, first, n) > (:account, :campaign, :name, :first, :n)
ORDER BY account, campaign, name, first, n LIMIT :limit

-- name: take_texts
UPDATE member_texts SET until = :until
WHERE account = :account AND campaign = :campaign AND name = :name
    AND (first, n) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:keys)) AND until = 0
RETURNING body

-- name: add_text
INSERT INTO member_texts (account, campaign, name, first, n, last, body)
VALUES (:account, :campaign, :name, :first, :n, :last, :body)

-- name: drop_taken
DELETE FROM member_texts WHERE (account, campaign, name, first, n) IN (
    SELECT account, campaign, name, first, n FROM member_texts INDEXED BY member_texts_taken
    WHERE until > 0 AND until <= :now LIMIT :limit
) RETURNING n

-- name: put_text
UPDATE member_texts SET body = :body
WHERE account = :account AND campaign = :campaign AND name = :name AND first = :first AND n = :n

-- name: drop_text
DELETE FROM member_texts
WHERE account = :account AND campaign = :campaign AND name = :name AND first = :first AND n = :n

-- name: erase_texts
DELETE FROM member_texts WHERE (account, campaign, name, first, n) IN (
    SELECT account, campaign, name, first, n FROM member_texts WHERE account = :account AND campaign = :campaign
    ORDER BY name, first, n LIMIT :limit
) RETURNING n

-- name: erase_externals
DELETE FROM externals WHERE account = :account AND campaign = :campaign

-- name: top_external
SELECT top FROM externals WHERE account = :account AND campaign = :campaign

-- name: changed_after
SELECT id, account, campaign, phone, external, stand, due_at, not_before, detail, created_at, changed_at, body
FROM members INDEXED BY members_changed
WHERE account = :account AND campaign = :campaign AND (changed_at, id) > (:changed_at, :id)
ORDER BY changed_at, id LIMIT :limit
