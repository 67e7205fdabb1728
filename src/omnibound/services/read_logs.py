"""The log: how an account's newest deliveries stand. Reading it takes nothing."""

from collections.abc import Callable, Iterator, Sequence
from heapq import nlargest
from typing import NamedTuple

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.flow import DAY
from omnibound.domain.logs import LogFilter, LogRow, Shelf, Standing, instant_of, row_of
from omnibound.domain.message import Message
from omnibound.domain.price import FREE, Price, in_units
from omnibound.ports import DeliveryStore, LogStore
from omnibound.services.keep_scenarios import Limit, Throttle
from omnibound.services.message_ids import MessageIds
from omnibound.services.price_deliveries import Tell, Told, all_free, number_of
from omnibound.services.refs import LOOKUP_DAYS, day_of, ref_hash

KEPT = 2 * DAY
"""How far back the log goes."""

FEW, MANY = 16, 4_096
"""How many rows of each range are looked at in one stroke, at first and at most."""

SLICE = 1_000
"""How many of those that are not filed are looked at in one stroke."""

ALL_TOUCHES = (1 << 63) - 1, 1_000_000


class Hit(NamedTuple):
    """A delivery that is wanted."""

    at: int
    delivery: int
    standing: Standing
    message: Message


class Logs:
    """Finds deliveries by an index that lags behind; those that it may be wrong about are looked at one by one."""

    def __init__(
        self,
        logs: LogStore,
        deliveries: DeliveryStore,
        ids: MessageIds,
        clock: Callable[[], int],
        limit: Limit | None = None,
        tell_prices: Tell = all_free,
    ) -> None:
        self._store = logs
        self._deliveries = deliveries
        self._ids = ids
        self._clock = clock
        self._throttle = Throttle(limit, clock)
        self._tell_prices = tell_prices

    async def read(self, account: Account, wish: LogFilter) -> list[LogRow]:
        """Up to `wish.limit` rows of the last 48 hours, the newest first. Raises Throttled."""
        self._throttle.check(account.id)
        wish = replace(wish, since=max(wish.since, self._clock() - KEPT))
        found = await (self._named if wish.message_ids else self._searched)(account, wish)
        once = {hit.delivery: hit for hit in found}.values()
        newest = nlargest(wish.limit, once, key=_order)
        texts = self._ids.texts([hit.delivery for hit in newest])
        prices = await self._tell_prices(account, [_asked(hit) for hit in newest])
        return [
            _priced(row_of(hit.standing, hit.message, hit.standing.delivery.ref or text, account), price)
            for hit, text, price in zip(newest, texts, prices, strict=True)
        ]

    async def _named(self, account: Account, wish: LogFilter) -> list[Hit]:
        ids = {text: self._ids.id(text) for text in wish.message_ids}
        today = day_of(self._clock())
        days = range(today - LOOKUP_DAYS, today + 1)
        hashes = [ref_hash(text) for text, id_ in ids.items() if id_ is None]
        made = await self._store.by_refs(account.id, days, hashes) if hashes else []
        return await self._wanted(account, wish, [*filter(None, ids.values()), *made])

    async def _searched(self, account: Account, wish: LogFilter) -> list[Hit]:
        if wish.network:
            return []
        # First, so that what moves in the index meanwhile is known here already: a touch is not filed while young.
        touched = {id_ for touch in await self._store.touches(*ALL_TOUCHES) for id_ in touch.deliveries}
        shelves = await self._store.shelves(account.id)
        ranges = _ranges(wish, shelves)
        settled: list[Hit] = []
        for day in _days(wish.since, min(wish.until, self._clock() + DAY)):
            if ranges and len(settled) < wish.limit:
                settled += await self._of_day(account, wish, day, ranges, touched, wish.limit - len(settled))
        return settled + await self._unfiled(account, wish, sorted(touched, reverse=True))

    async def _unfiled(self, account: Account, wish: LogFilter, ids: list[int]) -> list[Hit]:
        """In slices: after a flood there are many, and others wait for the loop."""
        hits: list[Hit] = []
        for part in _parts(ids, SLICE):
            hits = nlargest(wish.limit, hits + await self._wanted(account, wish, part), key=_order)
        return hits

    async def _of_day(
        self, account: Account, wish: LogFilter, day: int, ranges: list[tuple[int, int]], but: set[int], limit: int
    ) -> list[Hit]:
        """At least `limit` of a day, or all there are: the newest."""
        hits: list[Hit] = []
        until, most = wish.until, max(FEW, min(limit, 4 * limit // len(ranges)))
        while len(hits) < limit:
            walked = await self._store.walk(day, ranges, wish.since, until, most)
            settled = [delivery for _, delivery in walked.found if delivery not in but]
            for part in _parts(settled, limit):
                hits += await self._wanted(account, wish, part)
                if len(hits) >= limit:
                    break
            if walked.down_to is None:
                break
            until, most = walked.down_to - 1, min(2 * most, MANY)
        return hits

    async def _wanted(self, account: Account, wish: LogFilter, ids: Sequence[int]) -> list[Hit]:
        if not ids:
            return []
        standings = await self._store.standings(ids, account.id)
        messages = await self._deliveries.messages([each.delivery.message for each in standings])
        pairs = [(each, messages[each.delivery.message]) for each in standings if each.delivery.message in messages]
        return [
            Hit(instant_of(standing, message), standing.delivery.id, standing, message)
            for standing, message in pairs
            if wish.passes(standing, message)
        ]


def _asked(hit: Hit) -> Told:
    standing = hit.standing
    channel = hit.message.flow.steps[standing.step].channel
    number, parts = number_of(channel, standing.delivery.to), standing.parts or 1
    return Told(hit.delivery, channel, number, parts, hit.message.created_at, sent=bool(standing.sent_at))


def _priced(row: LogRow, price: Price) -> LogRow:
    if price is FREE:
        return row
    return replace(row, price=in_units(price.each), currency=price.currency or row.currency, mcc_mnc=price.network)


def _order(hit: Hit) -> tuple[int, int]:
    return hit.at, hit.delivery


def _ranges(wish: LogFilter, shelves: dict[int, Shelf]) -> list[tuple[int, int]]:
    shown = [number for number, shelf in shelves.items() if wish.shows(shelf)]
    return [(subject, number) for subject in wish.subjects() for number in shown]


def _days(since: int, until: int) -> range:
    """The newest first."""
    return range(until // DAY, since // DAY - 1, -1)


def _parts(ids: list[int], size: int) -> Iterator[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
