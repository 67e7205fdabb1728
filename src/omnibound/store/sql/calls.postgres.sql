-- What of calls.sql reads in other words here.

-- name: calls_of_deliveries
SELECT body FROM calls WHERE delivery = ANY(:ids::bigint[]) ORDER BY delivery, attempt

-- name: calls_today
SELECT number, reason, ended_at FROM calls
WHERE account = :account AND number = ANY(:numbers::text[]) AND number <> '' AND ended_at >= :since
