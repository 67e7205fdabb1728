"""What logs are found by is filed here, behind the hot path: a second or more after the commit, with long rests."""

import asyncio
from collections.abc import Iterable, Iterator

from omnibound.domain.logs import Entry, entry_of
from omnibound.ports import DeliveryStore, LogStore, Touch

AT_ONCE = 1_000
"""Deliveries filed in a transaction, give or take a touch: the hot path waits for no more."""

TOUCHES_AT_ONCE = 200
BUSY = 20
"""So many touches in a beat say that much else is to be done."""

RESTS, RESTS_WHEN_BUSY = 1, 24
"""Filing costs a quarter of what a message costs: in a flood it waits for quieter times."""


class Indexing:
    """Files what was touched before the last beat. What is filed and what is dropped go in one commit: nothing is lost.

    It is left to lie for a beat at least: by then most deliveries have ended and are filed once, and a reader that has
    seen which deliveries are touched finds the others where they were.
    """

    def __init__(self, logs: LogStore, deliveries: DeliveryStore) -> None:
        self._logs = logs
        self._deliveries = deliveries
        self._ripe = 0

    async def beat(self) -> None:
        """File what has become ripe, chunk by chunk, resting in between."""
        newest = await self._logs.newest_touch()
        ripe, self._ripe = self._ripe, newest
        await self.file(ripe, RESTS_WHEN_BUSY if newest - ripe > BUSY else RESTS)

    async def file(self, last: int, rests: int = 0) -> None:
        """File all touches up to this one; after a chunk, rest for so many times what it took."""
        time = asyncio.get_running_loop().time
        while touches := await self._logs.touches(last, TOUCHES_AT_ONCE):
            for chunk in _chunks(touches):
                began = time()
                if not await self._file(chunk):
                    return
                await asyncio.sleep(rests * (time() - began))

    async def _file(self, touches: list[Touch]) -> bool:
        """Whether nobody else did it."""
        ids = {id_ for touch in touches for id_ in touch.deliveries}
        return await self._logs.file([touch.number for touch in touches], await self._entries(ids))

    async def _entries(self, ids: Iterable[int]) -> list[Entry]:
        standings = await self._logs.standings(list(ids))
        messages = await self._deliveries.messages([each.delivery.message for each in standings])
        return [
            entry_of(each, messages[each.delivery.message]) for each in standings if each.delivery.message in messages
        ]


def _chunks(touches: list[Touch]) -> Iterator[list[Touch]]:
    chunk: list[Touch] = []
    size = 0
    for touch in touches:
        chunk.append(touch)
        size += len(touch.deliveries)
        if size >= AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
