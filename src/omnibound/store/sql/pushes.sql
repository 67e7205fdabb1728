-- What is pushed. The addresses are found by skipping along pushes_due, never by scanning it.

-- name: push_urls
WITH RECURSIVE urls (url, n) AS (
    SELECT min(url), 1 FROM pushes WHERE over = 0 AND url > :after
    UNION ALL
    SELECT (SELECT min(url) FROM pushes WHERE over = 0 AND url > urls.url), n + 1
    FROM urls WHERE urls.url IS NOT NULL AND n < :limit
)
SELECT url, (SELECT min(due_at) FROM pushes WHERE over = 0 AND url = urls.url) FROM urls WHERE url IS NOT NULL

-- name: pushes_due
SELECT account, delivery, attempt, url, format, due_at, until, tries, over, why, topic, request, number
FROM pushes INDEXED BY pushes_due
WHERE over = 0 AND url = :url AND due_at <= :now ORDER BY due_at LIMIT :limit

-- name: drop_push
DELETE FROM pushes
WHERE account = :account AND delivery = :delivery AND attempt = :attempt AND topic = :topic AND number = :number

-- name: miss_push
UPDATE pushes SET due_at = :due_at, tries = :tries, over = :over, why = :why
WHERE account = :account AND delivery = :delivery AND attempt = :attempt AND topic = :topic AND number = :number

-- name: pushes_of
SELECT account, delivery, attempt, url, format, due_at, until, tries, over, why, topic, request, number
FROM pushes WHERE account = :account AND (delivery, attempt, topic, number) > (:delivery, :attempt, :topic, :number)
    AND (CAST(:over AS INTEGER) IS NULL OR over = :over)
ORDER BY delivery, attempt, topic, number LIMIT :limit

-- name: renew_pushes
-- What was renewed already, and missed again meanwhile, is told by its end.
UPDATE pushes SET due_at = :now, until = :until, tries = 0, over = 0
WHERE (account, delivery, attempt, topic, number) IN (
    SELECT account, delivery, attempt, topic, number FROM pushes INDEXED BY pushes_tried
    WHERE account = :account AND tries > 0 AND until < :until LIMIT :limit
) RETURNING delivery

-- name: forget_pushes
DELETE FROM pushes WHERE (account, delivery, attempt, topic, number) IN (
    SELECT account, delivery, attempt, topic, number FROM pushes INDEXED BY pushes_over
    WHERE over = 1 AND until < :before LIMIT :limit
) RETURNING delivery

-- name: ended_between
SELECT o.account, o.delivery, o.attempt, o.final, o.seen_at, d.message
FROM outcomes o CROSS JOIN deliveries d ON d.id = o.delivery
WHERE (o.delivery, o.attempt) > (:delivery, :attempt) AND o.delivery < :last ORDER BY o.delivery, o.attempt LIMIT :limit

-- name: push_counts
-- No more are counted than :limit each: whoever looks must not hold up a reader, however much waits.
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM pushes WHERE over = 0 LIMIT :limit) AS waiting),
    (SELECT count(*) FROM (SELECT 1 FROM pushes WHERE over = 1 LIMIT :limit) AS given_up)
