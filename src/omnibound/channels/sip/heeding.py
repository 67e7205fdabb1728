"""Choices on their way to the core: each is acknowledged once what it asks for is committed."""

import asyncio
import logging
from collections.abc import Callable

from omnibound.channels.base.telephone import Heed
from omnibound.wire.telephone import Chosen

_log = logging.getLogger("omnibound.channels")

_AGAIN_S = 0.5


class Heeding:
    """One that is not committed when it closes is told again at the next start."""

    def __init__(self, heed: Heed, ack: Callable[[list[int]], None]) -> None:
        self._heed = heed
        self._ack = ack
        self._tasks: dict[int, asyncio.Task[None]] = {}
        """By the events' numbers: one that is told again meanwhile is under way already."""

    def take(self, chosen: Chosen) -> None:
        """Heed this soon."""
        if chosen.number not in self._tasks:
            task = asyncio.create_task(self._until_heeded(chosen), name="heeding")
            self._tasks[chosen.number] = task
            task.add_done_callback(lambda _: self._tasks.pop(chosen.number, None))

    async def close(self, within_s: float) -> None:
        """Wait for what is under way, at most so long."""
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_heeded(self, chosen: Chosen) -> None:
        while True:
            try:
                await self._heed(chosen)
            except Exception:  # noqa: BLE001 - whatever it was, the choice must not be lost
                _log.exception("call %s: the choice of %s is not committed; trying again", chosen.call, chosen.on)
                await asyncio.sleep(_AGAIN_S)
            else:
                self._ack([chosen.number])
                return
