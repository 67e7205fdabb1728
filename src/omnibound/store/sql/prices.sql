-- Price lists, what accounts may send, and their purses.

-- name: price_heads
SELECT id, name, since, rates FROM price_lists ORDER BY since, id

-- name: price_body
SELECT id, name, since, body FROM price_lists WHERE id = :id

-- name: add_price_list
INSERT INTO price_lists (id, name, since, rates, body) VALUES (:id, :name, :since, :rates, :body)

-- name: drop_price_list
DELETE FROM price_lists WHERE id = :id

-- name: allowances
SELECT account, countries, daily_cap, prepaid FROM allowances ORDER BY account

-- name: put_allowance
INSERT INTO allowances (account, countries, daily_cap, prepaid)
VALUES (:account, :countries, :daily_cap, :prepaid)
ON CONFLICT (account) DO UPDATE SET countries = excluded.countries, daily_cap = excluded.daily_cap,
    prepaid = excluded.prepaid

-- name: open_purse
INSERT INTO purses (account, day, added, taken) VALUES (:account, :day, 0, 0) ON CONFLICT (account, day) DO NOTHING

-- name: take
-- Whoever is here first has it: another node waits for the row, and then sees what is left.
UPDATE purses SET taken = taken + :amount WHERE account = :account AND day = :day RETURNING added, taken

-- name: put_portion
INSERT INTO portions AS p (account, day, node, amount) VALUES (:account, :day, :node, :amount)
ON CONFLICT (account, day, node) DO UPDATE SET amount = p.amount + excluded.amount

-- name: add_money
UPDATE purses SET added = added + :amount WHERE account = :account AND day = 0

-- name: purse
SELECT added, taken FROM purses WHERE account = :account AND day = :day

-- name: portions
SELECT account, day, node, amount FROM portions WHERE account = :account AND day = :day

-- name: own_portion
SELECT amount FROM portions WHERE account = :account AND day = :day AND node = :node

-- name: holders
SELECT DISTINCT node FROM portions ORDER BY node

-- name: lock_portions
-- In one order everywhere, and before the purses, as the hot path has it.
DELETE FROM portions WHERE node = :node RETURNING account, day, amount

-- name: give_back
UPDATE purses SET taken = taken - :amount WHERE account = :account AND day = :day

-- name: old_purses
DELETE FROM purses WHERE day > 0 AND day < :day

-- name: old_portions
DELETE FROM portions WHERE day > 0 AND day < :day
