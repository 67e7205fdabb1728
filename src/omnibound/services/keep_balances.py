"""What accounts may send: kept, and known to a node with its portions of their purses. Money is in millionths."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from msgspec.structs import replace

from omnibound.domain.balance import MONEY, Allowance, Spent, day_of, portion
from omnibound.domain.countries import is_country
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import SECOND
from omnibound.domain.price import MILLION
from omnibound.ports import AccountStore, BalanceStore, Purse

DRY_FOR: Final = SECOND
"""How long a purse that had too little is not asked again."""

MOST_MONEY: Final = 10**9


class Standing(NamedTuple):
    """How an account stands: what it may, its money, and what it may still send today."""

    name: str
    currency: str
    allowance: Allowance
    money: Purse
    today: Purse


class Balances:
    """Changes and tells what accounts may send."""

    def __init__(self, store: BalanceStore, accounts: AccountStore, clock: Callable[[], int]) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock

    async def change(
        self, name: str, countries: str | None = None, daily_cap: int | None = None, *, prepaid: bool | None = None
    ) -> Standing:
        """Change what is given. `countries`: codes between commas; empty: all. Raises NotFound, Invalid."""
        before = (await self.one(name)).allowance
        after = replace(
            before,
            countries=before.countries if countries is None else read_countries(countries),
            daily_cap=before.daily_cap if daily_cap is None else _cap(daily_cap),
            prepaid=before.prepaid if prepaid is None else prepaid,
        )
        await self._store.allow(after)
        return await self.one(name)

    async def add(self, name: str, amount: int) -> Standing:
        """Pay in, or below 0 take out; from the first time on the account is prepaid. Raises NotFound, Invalid."""
        standing = await self.one(name)
        await self._store.add_money(standing.allowance.account, amount)
        if not standing.allowance.prepaid and amount > 0:
            await self._store.allow(replace(standing.allowance, prepaid=True))
        return await self.one(name)

    async def one(self, name: str) -> Standing:
        """How the account of this name stands. Raises NotFound."""
        account = next((each for each in await self._accounts.all() if each.name == name), None)
        if account is None:
            raise NotFound(f"no account is named {name}", "account")
        known = {allowance.account: allowance for allowance in await self._store.allowances()}
        allowance = known.get(account.id) or Allowance(account=account.id)
        money = await self._store.purse(account.id, MONEY, 0)
        today = await self._store.purse(account.id, day_of(self._clock()), allowance.daily_cap)
        return Standing(name, account.currency, allowance, money, today)


def read_countries(text: str) -> tuple[str, ...]:
    """Countries between commas or spaces, in the order of their codes. Raises Invalid for one that there is not."""
    codes = sorted({code.upper() for code in text.replace(",", " ").split()})
    unknown = [code for code in codes if not is_country(code)]
    if unknown:
        raise Invalid(f"there is no country {unknown[0]} with numbers of its own", "countries")
    return tuple(codes)


def read_money(text: str) -> int:
    """An amount in millionths. Raises Invalid."""
    try:
        amount = Decimal(text) * MILLION
    except InvalidOperation as error:
        raise Invalid("must be a number such as 12.50", "add") from error
    if not amount.is_finite() or abs(amount) > MOST_MONEY * MILLION or amount != amount.to_integral_value():
        raise Invalid("must be an amount with at most 6 decimals", "add")
    return int(amount)


def _cap(number: int) -> int:
    if not 0 <= number < 1 << 62:
        raise Invalid("must be 0 (no end) or the messages of a day", "daily_cap")
    return number


class _Held:
    """A node's portion of a purse, as memory has it: a step ahead of the store."""

    def __init__(self) -> None:
        self.amount = 0
        self.dry_until = 0
        self.lock = asyncio.Lock()


class Portions:
    """A node's portions. What is taken here must be said in the commit that it is for, or given back."""

    def __init__(self, store: BalanceStore, node: int, clock: Callable[[], int]) -> None:
        self._store = store
        self._node = node
        self._clock = clock
        self._allowances: dict[int, Allowance] = {}
        self._held: dict[tuple[int, int], _Held] = {}
        self._day = 0

    async def refresh(self) -> None:
        """Know what accounts may by now; purses of days that are over are dropped."""
        self._allowances = {each.account: each for each in await self._store.allowances() if each.bounds}
        today = day_of(self._clock())
        if self._day and today != self._day:
            self._held = {key: held for key, held in self._held.items() if key[1] in (MONEY, today)}
            await self._store.forget(today - 1)
        self._day = today

    def allowance(self, account: int) -> Allowance | None:
        """What bounds an account; None: nothing does."""
        return self._allowances.get(account)

    @property
    def prepaid(self) -> bool:
        """Whether any account is."""
        return any(allowance.prepaid for allowance in self._allowances.values())

    async def take(self, account: int, day: int, limit: int, need: int) -> int:
        """Take so much, or as much as there is. `limit`: what a day's purse holds. How much."""
        held = self._held.setdefault((account, day), _Held())
        if held.amount < need:
            await self._fill(held, account, day, limit, need)
        taken = min(held.amount, need)
        held.amount -= taken
        return taken

    async def _fill(self, held: _Held, account: int, day: int, limit: int, need: int) -> None:
        async with held.lock:
            short = need - held.amount
            if short <= 0 or self._clock() < held.dry_until:
                return
            got = await self._store.take(account, day, self._node, limit, lambda left: portion(left, short))
            held.amount += got
            if got < short:
                held.dry_until = self._clock() + DRY_FOR

    def spent(self, account: int, day: int, amount: int) -> Spent:
        """What a commit has to say of what was taken."""
        return Spent(account, day, self._node, amount)

    def give_back(self, spent: Iterable[Spent]) -> None:
        """It was not committed, and will not be."""
        for each in spent:
            self._held.setdefault((each.account, each.day), _Held()).amount += each.amount

    async def look_again(self, spent: Sequence[Spent]) -> None:
        """The store has less than memory: somebody took the portions for those of a node that is gone."""
        for each in spent:
            held = self._held.setdefault((each.account, each.day), _Held())
            async with held.lock:
                held.amount = await self._store.portion(each.account, each.day, self._node)

    async def close(self) -> None:
        """Nothing more is sent here: give back what is left."""
        self._held = {}
        await self._store.return_portions(self._node)

    async def sweep(self, alive: Callable[[], Awaitable[Collection[int]]]) -> None:
        """Give back what nodes had that are gone. Who is alive is asked last: who has just come is."""
        holders = [node for node in await self._store.holders() if node != self._node]
        known = await alive() if holders else ()
        for node in holders:
            if node not in known:
                await self._store.return_portions(node)
