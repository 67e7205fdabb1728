-- What of calls.sql reads in other words here.

-- name: calls_of_deliveries
SELECT body FROM calls WHERE delivery = ANY(:ids::bigint[]) ORDER BY delivery, attempt
