"""Calls whose agent names no result: when the time for it is over, they have the result that their queue says."""

from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import Campaign
from omnibound.domain.flow import SECOND
from omnibound.domain.live import Said, Stage, Word
from omnibound.domain.outbound import Queue
from omnibound.domain.results import result_without
from omnibound.domain.status import Reason
from omnibound.engine.book import Book
from omnibound.engine.grounds import queue_of
from omnibound.engine.receiver import Receiver
from omnibound.engine.under_way import Key, UnderWay
from omnibound.ports import Clock, Store

EVERY = SECOND


class WrapUps:
    """Looks at those who are held, at most once a second. What was held before a start is held after it."""

    def __init__(self, store: Store, book: Book, receiver: Receiver, clock: Clock, under_way: UnderWay) -> None:
        self._store = store
        self._book = book
        self._receiver = receiver
        self._clock = clock
        self._under_way = under_way
        self._looked_at = 0
        self._over_at: dict[int, int] = {}
        """Until when each has time, by its delivery."""

    async def look(self) -> None:
        """End those that are over."""
        now = self._clock()
        if now - self._looked_at < EVERY:
            return
        self._looked_at = now
        held = dict(self._under_way.held())
        self._over_at = {id_: at for id_, at in self._over_at.items() if id_ in held}
        fresh = {id_: key for id_, key in held.items() if id_ not in self._over_at}
        for key in set(fresh.values()):
            await self._note(key, [id_ for id_ in fresh if fresh[id_] == key])
        over = [id_ for id_, at in self._over_at.items() if at <= now]
        for key in {held[id_] for id_ in over}:
            await self._end(key, [id_ for id_ in over if held[id_] == key])

    async def _note(self, key: Key, ids: list[int]) -> None:
        """How long each has: a call that was lost waits until it is released, for nobody knows what was said."""
        found = await self._read(key)
        members = await self._store.campaigns.members_of(ids)
        for id_ in ids:
            member = members.get(id_)
            waits = found and member and member.reason is not Reason.LOST
            self._over_at[id_] = member.changed_at + found[1].wrap_up if found and member and waits else NEVER

    async def _end(self, key: Key, ids: list[int]) -> None:
        found = await self._read(key)
        if found is None:
            return
        reason, detail = result_without(*found)
        now = self._clock()
        entries = [self._book.entries[id_] for id_ in ids if id_ in self._book.entries]
        words = [
            (entry, Word(Said.RESULT, entry.live.attempt, now, reason, detail))
            for entry in entries
            if entry.live.stage is Stage.HELD
        ]
        await self._receiver.say(words)

    async def _read(self, key: Key) -> tuple[Campaign, Queue] | None:
        campaign = await self._store.campaigns.one(*key)
        queue = await queue_of(self._store, key[0], campaign.queue) if campaign else None
        return (campaign, queue) if campaign and queue else None
