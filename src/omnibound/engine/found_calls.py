"""Calls that were under way before this node dialled: whoever has their telephone ends them, so they are read anew."""

from collections.abc import Iterable

from omnibound.domain.flow import SECOND
from omnibound.domain.live import Live, Stage
from omnibound.engine.book import Book
from omnibound.engine.receiver import Receiver
from omnibound.ports import Clock, Store

EVERY = 5 * SECOND


class FoundCalls:
    """Looks at most every five seconds. Without it a call that ended elsewhere would keep its line here for ever."""

    def __init__(self, store: Store, book: Book, receiver: Receiver, clock: Clock) -> None:
        self._store = store
        self._book = book
        self._receiver = receiver
        self._clock = clock
        self._found: set[int] = set()
        self._looked_at = 0

    def add(self, deliveries: Iterable[int]) -> None:
        """These were found, and are in the book."""
        self._found.update(deliveries)

    async def look(self) -> None:
        """Forget what somebody else has moved, and hold what is left of it as it is now."""
        now = self._clock()
        if not self._found or now - self._looked_at < EVERY:
            return
        self._looked_at = now
        entries = self._book.entries
        self._found = {id_ for id_ in self._found if id_ in entries and entries[id_].live.stage is not Stage.WAITING}
        kept = {each.live.id: each.live for each in await self._store.deliveries.load(list(self._found))}
        moved = [id_ for id_ in self._found if id_ in entries and self._has_moved(id_, kept.get(id_))]
        self._book.forget(moved)
        await self._receiver.load(moved)

    def _has_moved(self, id_: int, kept: Live | None) -> bool:
        """It has ended, or is further than we know; what we know ahead of the store is being committed."""
        return kept is None or kept.version > self._book.entries[id_].live.version
