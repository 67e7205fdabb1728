"""What time brings: validities that end, receipts that do not come, schedules and retries that fall due."""

import asyncio
import logging
from typing import Protocol

from omnibound.domain.lifecycle import due_word
from omnibound.domain.live import Live, Stage
from omnibound.domain.message import Class
from omnibound.engine.book import Book, Entry
from omnibound.engine.looking import Looking
from omnibound.engine.receiver import Receiver
from omnibound.engine.routes import Routes
from omnibound.engine.turn import Turn
from omnibound.ports import Clock, Store

CHUNK = 2_000
SWEEP_CHUNK = 5_000
_log = logging.getLogger("omnibound.timers")


class Room(Protocol):
    """How many more deliveries of a class may wait for a channel in this node's memory."""

    def __call__(self, cls: Class, channel: str) -> int:
        """The number."""
        ...


class Timers:
    """A loop that looks at the clock five times a second."""

    def __init__(
        self, store: Store, book: Book, receiver: Receiver, routes: Routes, node: int, clock: Clock, room: Room
    ) -> None:
        self._store = store
        self._book = book
        self._receiver = receiver
        self._routes = routes
        self._node = node
        self._clock = clock
        self._room = room
        self.expiry = Turn()
        """Whether this node says what is over, of all that is in the store."""
        self._looking = Looking("timers", self.tick, self._failed)
        self._swept_at = 0

    def start(self) -> None:
        """Begin."""
        self._looking.start()

    async def stop(self) -> None:
        """End; nothing is claimed afterwards."""
        await self._looking.stop()

    def _failed(self, error: Exception) -> None:
        _log.error("a look at the clock failed", exc_info=error)

    async def tick(self) -> bool:
        """One look; whether there is more to do at once."""
        now = self._clock()
        async with self.expiry.within() as ours:
            due = await self._expire(now) if ours else 0
        waiting = await self._store.deliveries.waiting_channels()
        channels = [channel for channel in waiting if self._routes.serves(channel)]
        claimed = sum([await self._claim(cls, channel, now) for cls in Class for channel in channels])
        await self._sweep(now)
        self._book.evict()
        return due >= CHUNK or claimed >= CHUNK

    async def _expire(self, now: int) -> int:
        ids = await self._store.deliveries.due(now, CHUNK)
        if ids:
            await self._receiver.load(ids)
            await self._say_due([self._book.entries[id_] for id_ in ids if id_ in self._book.entries], now)
        return len(ids)

    async def _say_due(self, entries: list[Entry], now: int) -> None:
        words = [(entry, due_word(entry.live, now)) for entry in entries if _is_over(entry.live, now)]
        if words:
            await self._receiver.say(words)

    async def _claim(self, cls: Class, channel: str, now: int) -> int:
        room = min(CHUNK, self._room(cls, channel))
        if room <= 0:
            return 0
        ids = await self._store.deliveries.claim(self._node, now, room, int(cls), channel)
        if ids:
            self._book.forget(ids)
            await self._receiver.load(ids)
            # Something else may have loaded one of them meanwhile: it waits all the same.
            entries = [self._book.entries[id_] for id_ in ids if id_ in self._book.entries]
            free = sorted(filter(_is_free, entries), key=lambda e: (e.live.account, e.live.due_at, e.live.id))
            self._routes.enqueue(free)
        return len(ids)

    async def _sweep(self, now: int) -> None:
        """What waits in memory may have waited too long."""
        if now - self._swept_at < 1_000_000:
            return
        self._swept_at = now
        for sender in self._routes.senders():
            waiting = sender.queue.waiting() + sender.staged()
            for start in range(0, len(waiting), SWEEP_CHUNK):
                chunk = waiting[start : start + SWEEP_CHUNK]
                over = [e for e in chunk if (e.queue or e.handover) and e.live.step_until <= now]
                if over:
                    await self._say_due(over, now)
                await asyncio.sleep(0)


def _is_over(live: Live, now: int) -> bool:
    return live.due_at <= now if live.stage is Stage.SENT else live.stage is Stage.WAITING and live.step_until <= now


def _is_free(entry: Entry) -> bool:
    waits = entry.live.stage is Stage.WAITING
    return waits and entry.queue is None and entry.handover is None and not entry.requeued
