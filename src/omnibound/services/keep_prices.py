"""The operator's price lists: read from tables, kept, and known by their numbers."""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Final, NamedTuple

from msgspec import Struct

from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY
from omnibound.domain.ids import Mint
from omnibound.domain.number import MAX_DIGITS, number_key
from omnibound.domain.price import MILLION, Epochs, ListHead, PriceList, Rate, Rates
from omnibound.ports import PriceStore
from omnibound.wire.tables import NoTable, Record, Table

COLUMNS: Final = (
    "prefix", "mcc", "mnc", "channel", "price", "currency", "connector", "account", "increment",
)  # fmt: skip
USUAL: Final = "default"
"""The name of a list that is given none."""

MOST_RATES: Final = 500_000
MOST_AMOUNT: Final = 10_000 * MILLION
KEPT_EPOCHS: Final = 8
ENDS_WITHIN: Final = 3 * DAY
"""Whatever is sent has ended by then."""


class Rejected(NamedTuple):
    """A row that is no rate: the line on which it begins, the column, and why."""

    line: int
    column: str
    why: str


class Read(Struct, frozen=True, kw_only=True):
    """A table that was read."""

    rates: tuple[Rate, ...]
    rejected: tuple[Rejected, ...]


class _Wrong(ValueError):
    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column


def read_rates(octets: bytes) -> Read:
    """The rates of a table, and the rows that are none. Raises Invalid for what is no table of prices."""
    table = Table()
    try:
        head, *records = [*table.feed(octets), *table.end()] or [Record(1, [])]
    except NoTable as error:
        raise Invalid(str(error), "table") from error
    names = [name.strip().casefold() for name in head.values]
    _check_head(names)
    if len(records) > MOST_RATES:
        raise Invalid(f"has more than {MOST_RATES} rows", "table")
    rates: dict[tuple[str, ...], tuple[int, Rate]] = {}
    rejected: list[Rejected] = []
    for record in records:
        try:
            rate = _rate(_cells(names, record))
            key = rate.connector, rate.account, rate.channel, rate.prefix, *(() if rate.prefix else (rate.network,))
            if key in rates:
                raise _Wrong("prefix", f"line {rates[key][0]} says what this costs")
            rates[key] = record.line, rate
        except _Wrong as wrong:
            rejected.append(Rejected(record.line, wrong.column, str(wrong)))
    return Read(rates=tuple(rate for _, rate in rates.values()), rejected=tuple(rejected))


def _check_head(names: list[str]) -> None:
    unknown = sorted(set(names) - set(COLUMNS))
    if unknown:
        raise Invalid(f"has a column {unknown[0]!r}; there are {', '.join(COLUMNS)}", "table")
    if len(set(names)) < len(names):
        raise Invalid("has a column twice", "table")
    if not {"prefix", "mcc", "price"} & set(names):
        raise Invalid("needs columns as prefix, mcc, mnc and price", "table")


def _cells(names: list[str], record: Record) -> dict[str, str]:
    if record.wrong:
        raise _Wrong("", record.wrong)
    if len(record.values) != len(names):
        raise _Wrong("", f"has {len(record.values)} values, the head has {len(names)}")
    return {name: value.strip() for name, value in zip(names, record.values, strict=True)}


def _rate(cells: Mapping[str, str]) -> Rate:
    prefix = number_key(cells.get("prefix", ""))
    if prefix and not (prefix.isascii() and prefix.isdecimal() and len(prefix) <= MAX_DIGITS):
        raise _Wrong("prefix", "must be the first digits of international numbers")
    mcc, mnc = _code(cells, "mcc", (3,)), _code(cells, "mnc", (2, 3))
    if mnc and not mcc:
        raise _Wrong("mcc", "an mnc stands beside its mcc")
    connector, account = cells.get("connector", ""), cells.get("account", "")
    if connector and account:
        raise _Wrong("connector", "a row is what a connector's carrier takes, or what an account pays")
    amount = _amount(cells.get("price", ""))
    if amount is None and not (prefix and mcc):
        raise _Wrong("price", "a row without a price tells whose network a prefix is")
    first, following = _increment(cells.get("increment", ""))
    return Rate(
        prefix=prefix, mcc=mcc, mnc=mnc, channel=cells.get("channel", "").upper() or "SMS", amount=amount,
        currency=_currency(cells.get("currency", ""), amount), connector=connector, account=account,
        first=first, next=following,
    )  # fmt: skip


def _code(cells: Mapping[str, str], column: str, lengths: tuple[int, ...]) -> str:
    code = cells.get(column, "")
    if code and not (code.isascii() and code.isdecimal() and len(code) in lengths):
        raise _Wrong(column, f"must have {' or '.join(map(str, lengths))} digits")
    return code


def _amount(text: str) -> int | None:
    if not text:
        return None
    try:
        amount = Decimal(text) * MILLION
    except InvalidOperation as error:
        raise _Wrong("price", "must be a number such as 0.0075") from error
    if not amount.is_finite() or not 0 <= amount <= MOST_AMOUNT or amount != amount.to_integral_value():
        raise _Wrong("price", "must be from 0 to 10000, with at most 6 decimals")
    return int(amount)


def _currency(text: str, amount: int | None) -> str:
    if amount is None:
        return ""
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise _Wrong("currency", "must be a currency such as EUR")
    return text.upper()


def _increment(text: str) -> tuple[int, int]:
    if not text:
        return 60, 60
    first, is_, following = text.partition("/")
    if not (is_ and first.isascii() and first.isdecimal() and following.isascii() and following.isdecimal()):
        raise _Wrong("increment", "must be the seconds charged at first and then, such as 60/1")
    numbers = int(first[:6]), int(following[:6])
    if not 0 < numbers[1] <= 3_600 or numbers[0] > 3_600:
        raise _Wrong("increment", "must be from 1 to 3600 seconds")
    return numbers


class Prices:
    """Price lists, kept and known. `keep` (microseconds): how long one is kept that another has followed."""

    def __init__(self, store: PriceStore, mint: Mint, clock: Callable[[], int], keep: int = 60 * DAY) -> None:
        self._store = store
        self._mint = mint
        self._clock = clock
        self._keep = keep
        self._epochs = Epochs()
        self._known: dict[tuple[int, ...], Rates] = {}
        self._current = Rates()
        self._lately: dict[int, Rates] = {}

    # --- keeping ------------------------------------------------------------------------------------------------------

    async def put(self, name: str, since: int, read: Read) -> ListHead:
        """A list holds under its name from an instant on, at the earliest from now. Raises Invalid."""
        if not read.rates:
            raise Invalid("has no rates", "table")
        now = self._clock()
        if since and since < now:
            raise Invalid("what was sent already keeps its price: name an instant to come", "since")
        (id_,) = self._mint.take(1, now)
        made = PriceList(id=id_, name=name or USUAL, since=since or now, rates=read.rates)
        await self._store.add(made)
        await self._drop_old(now)
        return ListHead(made.id, made.name, made.since, len(made.rates))

    async def drop(self, name: str) -> ListHead:
        """Nothing has a price by the list of this name from now on. Raises Invalid when there is none."""
        heads = [head for head in await self._store.heads() if head.name == name]
        if not heads:
            raise Invalid(f"there is no price list {name}", "name")
        now = self._clock()
        for head in heads:
            if head.since > now:
                await self._store.drop(head.id)
        (id_,) = self._mint.take(1, now)
        await self._store.add(PriceList(id=id_, name=name, since=now, rates=()))
        return ListHead(id_, name, now, 0)

    async def heads(self) -> list[ListHead]:
        """All lists that are kept, the oldest first."""
        return await self._store.heads()

    async def _drop_old(self, now: int) -> None:
        """Lists that were followed by another one so long ago that nobody asks for them."""
        next_: dict[str, int] = {}
        for head in reversed(await self._store.heads()):
            if next_.get(head.name, now) < now - self._keep:
                await self._store.drop(head.id)
            next_[head.name] = head.since

    # --- knowing ------------------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Know what the store has by now, of the last days too. What is new is put in order beside the loop."""
        heads = tuple(await self._store.heads())
        if set(heads) != set(self._epochs.heads):
            self._epochs = Epochs(heads)
        now = self._clock()
        first, last = self._epochs.number(now - ENDS_WITHIN), self._epochs.number(now)
        lately = {epoch: await self._of(epoch) for epoch in range(first, last + 1)}
        self._lately, self._current = lately, lately[last]

    @property
    def empty(self) -> bool:
        """Whether nothing has ever had a price."""
        return not self._epochs.heads

    @property
    def current(self) -> Rates:
        """The rates of now, as `refresh` has seen them last."""
        return self._current

    def known(self, instant: int) -> Rates:
        """The rates of an instant of the last days; of an earlier one those of now."""
        return self._lately.get(self._epochs.number(instant), self._current)

    async def at(self, instant: int) -> Rates:
        """The rates of an instant."""
        return await self._of(self._epochs.number(instant))

    def epoch(self, instant: int) -> int:
        """Instants with one number have the same rates."""
        return self._epochs.number(instant)

    def cost(self, connector: str, channel: str, number: str) -> int | None:
        """What a connector takes now for a part or minute, in millionths."""
        rate = self._current.cost(connector, channel, number)
        return None if rate is None else rate.amount

    async def _of(self, epoch: int) -> Rates:
        ids = tuple(self._epochs.lists(epoch))
        known = self._known.get(ids)
        if known is None:
            lists = [found for id_ in ids if (found := await self._store.one(id_)) is not None]
            known = await asyncio.to_thread(partial(Rates, [rate for each in lists for rate in each.rates]))
            if len(self._known) >= KEPT_EPOCHS:
                self._known.pop(next(iter(self._known)))
            self._known[ids] = known
        return known
