"""What accounts may send, and their purses, stored.

Portions are always locked before purses: so does the hot path, and nobody waits for somebody who waits for them.
"""

from collections.abc import Callable

from omnibound.domain.balance import Allowance
from omnibound.domain.errors import Invalid
from omnibound.ports.prices import Purse
from omnibound.store.database import Database, Transaction
from omnibound.store.queries import queries

_SQL = queries("prices")


class StoredBalances:
    """See `ports.BalanceStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def allowances(self) -> list[Allowance]:
        return [
            Allowance(account=account, countries=tuple(countries.split()), daily_cap=cap, prepaid=bool(prepaid))
            for account, countries, cap, prepaid in await self._db.rows(_SQL["allowances"])
        ]

    async def allow(self, allowance: Allowance) -> None:
        values = {"account": allowance.account, "countries": " ".join(allowance.countries)}
        values |= {"daily_cap": allowance.daily_cap, "prepaid": int(allowance.prepaid)}
        await self._db.write((_SQL["put_allowance"], values))

    async def take(self, account: int, day: int, node: int, limit: int, rule: Callable[[int], int]) -> int:
        key = {"account": account, "day": day}

        async def task(tx: Transaction) -> int:
            await tx.rows(_SQL["put_portion"], **key, node=node, amount=0)
            await tx.rows(_SQL["open_purse"], **key)
            ((added, taken),) = await tx.rows(_SQL["take"], **key, amount=0)
            amount = rule(added + limit - taken)
            if amount > 0:
                await tx.rows(_SQL["take"], **key, amount=amount)
                await tx.rows(_SQL["put_portion"], **key, node=node, amount=amount)
            return amount

        return await self._db.transact(task)

    async def portion(self, account: int, day: int, node: int) -> int:
        rows = await self._db.rows(_SQL["own_portion"], account=account, day=day, node=node)
        return rows[0][0] if rows else 0

    async def add_money(self, account: int, amount: int) -> None:
        key = {"account": account, "day": 0}

        async def task(tx: Transaction) -> None:
            await tx.rows(_SQL["open_purse"], **key)
            ((added, taken),) = await tx.rows(_SQL["take"], **key, amount=0)
            if added - taken + amount < 0:
                raise Invalid("so much is not left, or held by a server that runs", "add")
            await tx.rows(_SQL["add_money"], account=account, amount=amount)

        await self._db.transact(task)

    async def purse(self, account: int, day: int, limit: int) -> Purse:
        key = {"account": account, "day": day}
        rows = await self._db.rows(_SQL["purse"], **key)
        added, taken = rows[0] if rows else (0, 0)
        portions = await self._db.rows(_SQL["portions"], **key)
        return Purse(added + limit - taken, sum(amount for *_, amount in portions))

    async def return_portions(self, node: int) -> int:
        async def task(tx: Transaction) -> int:
            portions = await tx.rows(_SQL["lock_portions"], node=node)
            for account, day, amount in sorted(portions):
                await tx.rows(_SQL["give_back"], account=account, day=day, amount=amount)
            return len(portions)

        return await self._db.transact(task)

    async def holders(self) -> list[int]:
        return [node for (node,) in await self._db.rows(_SQL["holders"])]

    async def forget(self, before: int) -> None:
        await self._db.write((_SQL["old_portions"], {"day": before}), (_SQL["old_purses"], {"day": before}))
