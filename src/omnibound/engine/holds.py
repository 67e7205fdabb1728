"""What clients want stopped: held back at once, then worked off in the store, chunk by chunk and behind everybody."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress

from msgspec.structs import replace

from omnibound.domain.bulk import Stop, Target, wanted
from omnibound.domain.changes import Changes
from omnibound.domain.flow import HOUR, MINUTE, SECOND
from omnibound.domain.live import Said, Stage, Word
from omnibound.domain.moves import is_barred
from omnibound.domain.status import Reason
from omnibound.engine.book import Book, Entry
from omnibound.engine.receiver import Receiver
from omnibound.engine.routes import Routes
from omnibound.engine.stops import Stops, is_of
from omnibound.engine.turn import Turn
from omnibound.ports import Clock, Span, Store, Unfinished

CHUNK = 1_000
"""Deliveries of a transaction at most: the hot path waits for no more."""

BEAT_S = 0.2
AGAIN = SECOND // 2
"""How long after a walk that could not do all of it the next one begins."""

GRACE = MINUTE
"""How long what was taken before a cancellation may take to be committed."""

_log = logging.getLogger("omnibound.holds")


class Walk:
    """One walk over the deliveries that a stop is for."""

    def __init__(self, stop: Stop, begins_at: int = 0) -> None:
        self.stop = stop
        self.begins_at = begins_at
        self.message = 0
        self.span: Span | None = None
        self.left = False
        """Whether another walk is needed: something could not be done, or was done that must be looked at again."""


class Holds:
    """One loop beside the timers. `keep` is how long deliveries are kept (microseconds)."""

    def __init__(
        self,
        store: Store,
        stops: Stops,
        book: Book,
        receiver: Receiver,
        routes: Routes,
        node: int,
        clock: Clock,
        keep: int,
    ) -> None:
        self._store = store
        self._stops = stops
        self._book = book
        self._receiver = receiver
        self._routes = routes
        self._node = node
        self._clock = clock
        self._keep = keep
        self.turn = Turn()
        """Whether this node works off what all of them were told."""
        self._walks: dict[Target, Walk] = {}
        self._lock = asyncio.Lock()
        self._forgot_at = 0
        self._task: asyncio.Task[None] | None = None

    # --- life ---------------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Hold back what was held back before the start. Call it before anything is sent."""
        for stop in await self._store.bulks.stops():
            self._stops.put(stop)

    async def follow(self) -> None:
        """Another node was told to stop something, to let go, or has worked it off: hold back what is held back now."""
        async with self._lock:
            kept = {stop.target: stop for stop in await self._store.bulks.stops()}
            for stop in [stop for stop in self._stops.all() if stop.target not in kept]:
                self._stops.drop(stop.target)
            for stop in [stop for stop in kept.values() if stop != self._stops.get(stop.target)]:
                self._stops.put(stop)
            self._withdraw()
            self._stops.woken.set()

    def start(self) -> None:
        """Begin to work off."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="holds")

    async def stop(self) -> None:
        """End; what is left is worked off by the next start."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        time = asyncio.get_running_loop().time
        while True:
            began = time()
            self._stops.woken.clear()
            try:
                if await self.work():
                    # At most half of the writer's time is spent here.
                    await asyncio.sleep(time() - began)
                    continue
            except Exception:  # noqa: BLE001 - the next round may succeed
                _log.exception("working off what clients stopped has failed")
                await asyncio.sleep(BEAT_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._stops.woken.wait()

    # --- what a client says -------------------------------------------------------------------------------------------

    async def put(self, stop: Stop) -> bool:
        """Hold back from now on, then commit. False: what is to begin later has begun, and nothing has changed."""
        async with self._lock:
            before = self._stops.get(stop.target)
            if stop.holds():
                self._stops.put(stop)
                self._withdraw()
            kept = False
            try:
                if not (stop.send_at and self._has_left(stop.target)):
                    # Whatever was said of it until now is committed before the store is asked whether it has begun.
                    await self._store.record(Changes())
                    kept = await self._store.bulks.put(stop)
            finally:
                self._remember(stop.target, stop if kept else before)
                self._stops.woken.set()
            return kept

    def _remember(self, target: Target, stop: Stop | None) -> None:
        if stop is None:
            self._stops.drop(target)
        else:
            self._stops.put(stop)

    def _withdraw(self) -> None:
        """Out of the queues, and back from those who have not given it to their channel yet."""
        holds = self._stops.holds
        for sender in self._routes.senders():
            words = sender.take_back(holds)
            if words:
                self._receiver.say(words)
            self._routes.enqueue(sender.queue.withdraw(holds))

    def _has_left(self, target: Target) -> bool:
        """Whether any delivery of it is with a channel, or was."""
        return any(
            is_of(target, entry) and (entry.handover is not None or entry.live.stage is not Stage.WAITING)
            for entry in self._book.entries.values()
        )

    # --- a round ------------------------------------------------------------------------------------------------------

    async def work(self) -> bool:
        """Put away what was withheld, and a chunk of each stop that is open. Whether there is more to do at once."""
        async with self._lock:
            await self._put_away()
        more = bool(self._stops.withheld)
        async with self.turn.within() as ours:
            return (await self._work_off() if ours else False) or more

    async def _work_off(self) -> bool:
        more = False
        for stop in [stop for stop in self._stops.all() if stop.open]:
            async with self._lock:
                # Not one that is only about to be committed, nor one that was said otherwise meanwhile.
                if self._stops.get(stop.target) is stop:
                    more |= await self._step(stop)
        await self._forget()
        return more

    async def _put_away(self) -> None:
        """What nobody holds back any more goes on, what is cancelled ends, the rest waits in the store."""
        chunk, self._stops.withheld = self._stops.withheld[:CHUNK], self._stops.withheld[CHUNK:]
        waiting = list({entry.live.id: entry for entry in chunk if self._waits(entry)}.values())
        stops = [(entry, self._stops.of(entry)) for entry in waiting]
        try:
            over = [entry for entry, stop in stops if stop and stop.cancelled]
            await self._receiver.say(_cancelled(over, self._clock()))
            await self._park([(entry, stop) for entry, stop in stops if stop and not stop.cancelled])
        except BaseException:
            self._stops.withheld += chunk
            raise
        free = [entry for entry, stop in stops if stop is None]
        self._routes.enqueue(sorted(free, key=lambda e: (e.live.cls, e.live.account, e.live.id)))

    def _waits(self, entry: Entry) -> bool:
        """Something may have been said of it, or have queued it, since it was withheld."""
        held = self._book.entries.get(entry.live.id) is entry and entry.live.stage is Stage.WAITING
        return held and entry.queue is None and entry.handover is None

    async def _park(self, stopped: list[tuple[Entry, Stop]]) -> None:
        if not stopped:
            return
        # What was said of them until now is committed before.
        await self._store.record(Changes())
        await self._store.bulks.put_away([entry.live.id for entry, _ in stopped], self._node)
        self._book.forget([entry.live.id for entry, _ in stopped if self._waits(entry)])
        for _, stop in stopped:
            walk = self._walks.get(stop.target)
            if walk is not None:
                walk.left = True

    # --- walking ------------------------------------------------------------------------------------------------------

    async def _step(self, stop: Stop) -> bool:
        """A chunk of a walk; whether it goes on at once."""
        walk = self._walks.get(stop.target)
        if walk is None or walk.stop is not stop:
            walk = self._walks[stop.target] = Walk(stop)
        if self._clock() < walk.begins_at:
            return False
        span = walk.span or await self._next_span(walk)
        if span is None:
            return await self._passed(walk)
        rows = await self._store.bulks.rows(span, CHUNK)
        cancelled = stop.cancelled and span.message <= stop.up_to
        walk.left |= await (self._cancel(rows) if cancelled else self._set_due(stop, rows))
        walk.span = span._replace(after=rows[-1].id) if len(rows) == CHUNK else None
        return True

    async def _next_span(self, walk: Walk) -> Span | None:
        found = await self._store.bulks.spans(walk.stop.target, walk.message, 1)
        if not found:
            return None
        walk.message = found[0].message
        return found[0]

    async def _set_due(self, stop: Stop, rows: list[Unfinished]) -> bool:
        changes = [
            (row, *new)
            for row in rows
            if row.stage is Stage.WAITING and (new := wanted(stop, row.due_at, row.step_until))[0] != row.due_at
        ]
        await self._store.bulks.set_due([change for change in changes if not change[0].owner])
        # A pause catches in memory what it did not find here; a new begin must be everywhere before it counts.
        return bool(changes) and not (stop.paused and not stop.send_at)

    async def _cancel(self, rows: list[Unfinished]) -> bool:
        # What another node holds in memory may have left already: that node ends it, and is looked at again.
        mine = [row for row in rows if row.owner in (0, self._node)]
        ids = [row.id for row in mine if row.stage is Stage.WAITING or not row.barred()]
        fresh = await self._receiver.load(ids)
        entries = [self._book.entries[id_] for id_ in ids if id_ in self._book.entries]
        now = self._clock()
        over = [entry for entry in entries if entry.live.stage is Stage.WAITING and entry.handover is None]
        left = {entry.live.id for entry in over}
        running = [entry for entry in entries if entry.live.id not in left and not is_barred(entry.live)]
        last = [(entry, Word(Said.LAST, entry.live.attempt, now, Reason.CANCELLED)) for entry in running]
        await asyncio.gather(self._receiver.say(_cancelled(over, now)), self._receiver.remark(last))
        self._book.forget([e.live.id for e in fresh if e.live.stage is not Stage.WAITING and e.handover is None])
        return any(row.stage is Stage.WAITING for row in rows)

    async def _passed(self, walk: Walk) -> bool:
        """The end of a walk: the next one, or all of it is done."""
        stop, now = walk.stop, self._clock()
        ready_at = stop.at + GRACE if stop.cancelled else 0
        if walk.left or now < ready_at:
            self._walks[stop.target] = Walk(stop, now + AGAIN if walk.left else ready_at)
            return False
        del self._walks[stop.target]
        await self._done(replace(stop.rest() if stop.paused else stop, send_at=0, open=False))
        return False

    async def _done(self, stop: Stop) -> None:
        if stop.holds():
            await self._store.bulks.put(stop)
        else:
            await self._store.bulks.drop(stop.target)
        self._remember(stop.target, stop if stop.paused else None)

    # --- what is over -------------------------------------------------------------------------------------------------

    async def _forget(self) -> None:
        """Once an hour: pauses of what has ended, and cancellations that are as old as deliveries are kept."""
        now = self._clock()
        if now - self._forgot_at < HOUR:
            return
        self._forgot_at = now
        await self._store.bulks.forget(now - self._keep)
        async with self._lock:
            for stop in [stop for stop in self._stops.all() if not stop.open]:
                if not await self._store.bulks.unfinished(stop.target, 0):
                    await self._store.bulks.drop(stop.target)
                    self._stops.drop(stop.target)


def _cancelled(entries: Iterable[Entry], now: int) -> list[tuple[Entry, Word]]:
    return [(entry, Word(Said.RESULT, entry.live.attempt, now, Reason.CANCELLED)) for entry in entries]
