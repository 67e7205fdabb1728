"""What waits for a person is let go: the held deliveries of a bulk, by one word for all of them."""

from collections.abc import Sequence

from omnibound.domain.bulk import Target
from omnibound.domain.live import Said, Stage, Word
from omnibound.domain.status import Reason
from omnibound.engine.book import Book
from omnibound.engine.receiver import Receiver
from omnibound.ports import Clock, Span, Store

CHUNK = 1_000
"""Deliveries that are looked at together, and messages."""


class Releases:
    """What an operator may say of those whose result nobody else will tell, such as calls that were lost."""

    def __init__(self, store: Store, book: Book, receiver: Receiver, clock: Clock) -> None:
        self._store = store
        self._book = book
        self._receiver = receiver
        self._clock = clock

    async def release(self, target: Target, reason: Reason) -> int:
        """Give this result to each delivery of it that is held; how many there were, once that is committed."""
        released = after = 0
        while spans := await self._store.bulks.spans(target, after, CHUNK):
            for span in spans:
                released += await self._span(span, reason)
            after = spans[-1].message
        return released

    async def _span(self, span: Span, reason: Reason) -> int:
        released = 0
        while rows := await self._store.bulks.rows(span, CHUNK):
            released += await self._say([row.id for row in rows if row.stage is Stage.HELD], reason)
            span = span._replace(after=rows[-1].id)
        return released

    async def _say(self, ids: Sequence[int], reason: Reason) -> int:
        await self._receiver.load(ids)
        entries = [self._book.entries[id_] for id_ in ids if id_ in self._book.entries]
        # Somebody may have said something of one since the rows were read.
        held = [entry for entry in entries if entry.live.stage is Stage.HELD]
        now = self._clock()
        await self._receiver.say([(e, Word(Said.RESULT, e.live.attempt, now, reason)) for e in held])
        return len(held)
