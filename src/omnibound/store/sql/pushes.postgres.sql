-- Where PostgreSQL needs other words.

-- name: pushes_due
SELECT account, delivery, attempt, url, format, due_at, until, tries, over, why, topic, request, number
FROM pushes WHERE over = 0 AND url = :url AND due_at <= :now ORDER BY due_at LIMIT :limit

-- name: renew_pushes
UPDATE pushes SET due_at = :now, until = :until, tries = 0, over = 0
WHERE (account, delivery, attempt, topic, number) IN (
    SELECT account, delivery, attempt, topic, number FROM pushes
    WHERE account = :account AND tries > 0 AND until < :until LIMIT :limit
) RETURNING delivery

-- name: forget_pushes
DELETE FROM pushes WHERE (account, delivery, attempt, topic, number) IN (
    SELECT account, delivery, attempt, topic, number FROM pushes WHERE over = 1 AND until < :before LIMIT :limit
) RETURNING delivery

-- name: ended_between
SELECT o.account, o.delivery, o.attempt, o.final, o.seen_at, d.message
FROM outcomes o JOIN deliveries d ON d.id = o.delivery
WHERE (o.delivery, o.attempt) > (:delivery, :attempt) AND o.delivery < :last ORDER BY o.delivery, o.attempt LIMIT :limit

-- name: drop_push
DELETE FROM pushes p USING unnest(:account::bigint[], :delivery::bigint[], :attempt::integer[], :topic::integer[],
    :number::integer[]) AS u (account, delivery, attempt, topic, number)
WHERE p.account = u.account AND p.delivery = u.delivery AND p.attempt = u.attempt AND p.topic = u.topic
    AND p.number = u.number AND p.shard = (u.account & 255)::integer

-- name: miss_push
UPDATE pushes p SET due_at = u.due_at, tries = u.tries, over = u.over, why = u.why
FROM unnest(:due_at::bigint[], :tries::integer[], :over::integer[], :why::text[], :account::bigint[], :delivery::bigint[],
    :attempt::integer[], :topic::integer[], :number::integer[])
    AS u (due_at, tries, over, why, account, delivery, attempt, topic, number)
WHERE p.account = u.account AND p.delivery = u.delivery AND p.attempt = u.attempt AND p.topic = u.topic
    AND p.number = u.number AND p.shard = (u.account & 255)::integer
