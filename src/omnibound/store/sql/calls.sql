-- Calls that are over, in the order of their ends; those that ended in one moment, in that of their attempts. They are
-- written by hot.sql. Each question has its index; what else is asked for is looked at call by call.

-- name: call
SELECT body FROM calls WHERE delivery = :delivery AND attempt = :attempt

-- name: calls_of_deliveries
SELECT c.body FROM json_each(:ids) j CROSS JOIN calls c ON c.delivery = j.value ORDER BY c.delivery, c.attempt

-- name: calls_today
SELECT c.number, c.reason, c.ended_at FROM json_each(:numbers) j
CROSS JOIN calls c ON c.account = :account AND c.number = j.value AND c.number <> '' AND c.ended_at >= :since

-- name: reasons_of_campaign
SELECT reason, count(*) FROM calls
WHERE account = :account AND campaign = :campaign AND campaign <> '' AND ended_at >= :since AND ended_at < :until
GROUP BY reason

-- name: reasons_of_agents
SELECT c.reason, count(*) FROM json_each(:agents) j
CROSS JOIN calls c ON c.account = :account AND c.campaign = :campaign AND c.agent = j.value AND c.agent <> ''
    AND c.ended_at >= :since AND c.ended_at < :until
GROUP BY c.reason

-- name: calls_of_all
SELECT body FROM calls
WHERE (ended_at, delivery, attempt) > (:ended_at, :delivery, :attempt) AND ended_at < :until
    AND (:campaign = '' OR campaign = :campaign) AND (:number = '' OR number = :number)
    AND (:connector = '' OR connector = :connector) AND (:reason = 0 OR reason = :reason)
ORDER BY ended_at, delivery, attempt LIMIT :limit

-- name: calls_of_account
SELECT body FROM calls
WHERE account = :account AND (ended_at, delivery, attempt) > (:ended_at, :delivery, :attempt) AND ended_at < :until
    AND (:connector = '' OR connector = :connector) AND (:reason = 0 OR reason = :reason)
ORDER BY ended_at, delivery, attempt LIMIT :limit

-- name: calls_of_campaign
SELECT body FROM calls
WHERE account = :account AND campaign = :campaign AND campaign <> ''
    AND (ended_at, delivery, attempt) > (:ended_at, :delivery, :attempt) AND ended_at < :until
    AND (:number = '' OR number = :number)
    AND (:connector = '' OR connector = :connector) AND (:reason = 0 OR reason = :reason)
ORDER BY ended_at, delivery, attempt LIMIT :limit

-- name: calls_of_number
SELECT body FROM calls
WHERE account = :account AND number = :number AND number <> ''
    AND (ended_at, delivery, attempt) > (:ended_at, :delivery, :attempt) AND ended_at < :until
    AND (:connector = '' OR connector = :connector) AND (:reason = 0 OR reason = :reason)
ORDER BY ended_at, delivery, attempt LIMIT :limit
