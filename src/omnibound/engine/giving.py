"""What waits here for a connector that another node holds is given away: whoever holds it claims it."""

import logging
from collections.abc import Sequence

from omnibound.domain.changes import Changes
from omnibound.engine.book import Book, Entry
from omnibound.engine.looking import Looking
from omnibound.engine.routes import VIA, Routes
from omnibound.engine.sender import Sender
from omnibound.ports import Store

CHUNK = 1_000

_log = logging.getLogger("omnibound.nodes")


class Giving:
    """A loop. What is given away keeps its place in time: it is due since it was due."""

    def __init__(self, store: Store, book: Book, routes: Routes, node: int) -> None:
        self._store = store
        self._book = book
        self._routes = routes
        self._node = node
        self._looking = Looking("giving", self.look, self._failed)

    def start(self) -> None:
        """Begin."""
        self._looking.start()

    async def stop(self) -> None:
        """End; what still waits is nobody's after the stop anyway."""
        await self._looking.stop()

    async def look(self) -> bool:
        """Give away what waits for connectors that are not kept here; never more to do at once."""
        for sender in self._routes.senders():
            if sender.queue.size and not self._routes.keeps(sender.channel):
                await self._give(sender, sender.queue.clear())
        return False

    async def _give(self, sender: Sender, entries: Sequence[Entry]) -> None:
        try:
            # What was said of them until now is committed before.
            await self._store.record(Changes())
            for start in range(0, len(entries), CHUNK):
                chunk = [(entry.live.id, _place(entry, sender)) for entry in entries[start : start + CHUNK]]
                await self._store.deliveries.give_away(chunk, self._node)
        except BaseException:
            sender.queue.put([entry for entry in entries if self._is_here(entry)])
            raise
        self._book.forget([entry.live.id for entry in entries if self._is_here(entry)])
        _log.info("%s: %d deliveries were given to the nodes that hold it", sender.channel.name, len(entries))

    def _is_here(self, entry: Entry) -> bool:
        held = self._book.entries.get(entry.live.id) is entry
        return held and entry.queue is None and entry.handover is None and not entry.requeued

    def _failed(self, error: Exception) -> None:
        _log.warning("what other nodes should send could not be given away: %s", error)


def _place(entry: Entry, sender: Sender) -> str:
    """Who waits for a dialer goes back to its lane."""
    return entry.live.channel if entry.message.flow.dialled else f"{VIA}{sender.channel.name}"
