"""What nobody waits for: old rows go in small chunks, and receipts that found nothing look for their attempt again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from msgspec import Struct

from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND
from omnibound.engine.book import Book
from omnibound.engine.indexing import Indexing
from omnibound.engine.receiver import Receiver
from omnibound.engine.sharing import Chores
from omnibound.engine.turn import Turn
from omnibound.ports import Chunk, Clock, Place, Store

SWEEP_CHUNK = 500
RESTS = 4
"""After a chunk of work, rest for so many times what it took: at most a fifth of the writer's time is spent here."""

REST_AT_LEAST_S = 0.005
UNMATCHED_KEPT = 2 * DAY
TEXTS_EVERY = 5 * MINUTE
"""So long people who join one by one are looked for one by one."""
LOGS_KEPT = 2 * DAY
"""As long as the log goes back."""

_log = logging.getLogger("omnibound.housekeeping")


class Retention(Struct, frozen=True, kw_only=True):
    """How long rows are kept, in microseconds: what messages say, what became of them, reports, client-made ids.

    `records`: what is known of the calls of campaigns, however short `deliveries` is.
    """

    content: int = 7 * DAY
    deliveries: int = 30 * DAY
    reports: int = 2 * DAY
    refs: int = 30 * DAY
    records: int = 0


class Walk:
    """A walk over the old rows of one kind. Begun anew `every` so often: what had to stay may go by then."""

    def __init__(
        self, name: str, step: Callable[[int, Place], Awaitable[Chunk]], bound: Callable[[int], int], every: int = HOUR
    ) -> None:
        self.name = name
        self._every = every
        self.dropped = 0
        self._step = step
        self._bound = bound
        self._begun_at = 0
        self._after: Place | None = None

    async def step(self, now: int) -> bool:
        """One chunk; whether there is more to do at once."""
        if now - self._begun_at >= self._every:
            self._begun_at, self._after = now, ()
        if self._after is None:
            return False
        chunk = await self._step(self._bound(now), self._after)
        self._after = chunk.after
        self.dropped += chunk.dropped
        return chunk.more


class Housekeeping:
    """Loops beside the timers: each second receipts are joined and the log is filed, each minute old rows go."""

    def __init__(
        self,
        store: Store,
        book: Book,
        receiver: Receiver,
        clock: Clock,
        retention: Retention,
        chores: Chores | None = None,
    ) -> None:
        self._store = store
        self._book = book
        self._receiver = receiver
        self._clock = clock
        self._walks = _walks(store, retention)
        self._indexing = Indexing(store.logs, store.deliveries)
        self._chores = chores or Chores()
        self._swept = 0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin. The first clearing comes after a minute: a start has better to do."""
        loop = asyncio.get_running_loop()
        beats = (
            ("sweep", self.sweep, SECOND),
            ("indexing", self._indexing.beat, SECOND),
            ("clearing", self.clean, MINUTE),
        )
        self._tasks = [
            loop.create_task(_repeat(name, work, every / SECOND, self._chores[name]), name=f"housekeeping-{name}")
            for name, work, every in beats
        ]

    async def stop(self) -> None:
        """End. A chunk that the store already has may still be committed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def sweep(self) -> None:
        """Let the next rows of receipts that found nothing look for their attempt; from the first again at the end."""
        rows = await self._store.receipts.unmatched(self._swept, SWEEP_CHUNK)
        self._swept = rows[-1][0] if len(rows) == SWEEP_CHUNK else 0
        if rows:
            await self._receiver.hear_again(rows)

    async def clean(self) -> None:
        """Drop all that is due, chunk by chunk, resting in between."""
        # Memory first: a receipt that is forgotten there is not heard while its row goes.
        self._book.forget_unmatched(self._clock() - UNMATCHED_KEPT)
        await self._store.retention.ahead(self._clock())
        for walk in self._walks:
            await self._walk(walk)

    async def _walk(self, walk: Walk) -> None:
        time = asyncio.get_running_loop().time
        began, more, walk.dropped = time(), True, 0
        while more:
            more = await walk.step(self._clock())
            if more:
                await asyncio.sleep(max(REST_AT_LEAST_S, RESTS * (time() - began)))
                began = time()
        if walk.dropped:
            _log.info("%d old %s cleared away", walk.dropped, walk.name)


def _walks(store: Store, keep: Retention) -> list[Walk]:
    """Deliveries before the messages that they hold."""
    old = store.retention
    return [
        Walk("reports", old.reports, lambda now: now - keep.reports),
        Walk("hand-outs", old.handouts, lambda now: now - keep.reports),
        Walk("unmatched receipts", old.unmatched, lambda now: now - UNMATCHED_KEPT),
        Walk("carriers' ids", old.inflight, lambda now: now),
        Walk("client-made ids", old.refs, lambda now: (now - keep.refs) // DAY),
        Walk("contents", old.contents, lambda now: now - keep.content),
        Walk("contents of members", old.member_contents, lambda now: now - keep.content),
        Walk("log entries", old.search, lambda now: (now - LOGS_KEPT) // DAY),
        Walk("deliveries", old.deliveries, lambda now: now - keep.deliveries),
        Walk("records of calls", old.records, lambda now: now - max(keep.deliveries, keep.records)),
        Walk("calls", old.calls, lambda now: now - keep.deliveries),
        Walk("members", old.members, lambda now: now - keep.deliveries),
        Walk("small rows of texts", old.texts, lambda now: now, TEXTS_EVERY),
        Walk("messages", old.messages, lambda now: now - keep.deliveries),
        Walk("inbound messages", old.inbound, lambda now: now - keep.deliveries),
        Walk("received messages", old.received, lambda now: now - keep.deliveries),
    ]


async def _repeat(name: str, work: Callable[[], Awaitable[None]], every_s: float, turn: Turn) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            async with turn.within() as ours:
                if ours:
                    await work()
        except Exception:  # noqa: BLE001 - the next round may succeed
            _log.exception("%s failed", name)
