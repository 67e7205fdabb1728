-- What of calls.sql reads in other words here.

-- name: calls_of_deliveries
SELECT body FROM calls WHERE delivery = ANY(:ids::bigint[]) ORDER BY delivery, attempt

-- name: reasons_of_agents
SELECT reason, count(*) FROM calls
WHERE account = :account AND campaign = :campaign AND agent = ANY(:agents::text[]) AND agent <> ''
    AND ended_at >= :since AND ended_at < :until
GROUP BY reason

-- name: calls_today
SELECT number, reason, ended_at FROM calls
WHERE account = :account AND number = ANY(:numbers::text[]) AND number <> '' AND ended_at >= :since
