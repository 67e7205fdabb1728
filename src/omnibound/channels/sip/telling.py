"""Facts on their way to the core, and the numbers of the events that they were made of."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from omnibound.domain.facts import Fact
from omnibound.ports import Emit

_log = logging.getLogger("omnibound.channels")

_AGAIN_S = 0.5


class Telling:
    """Emits in order and in lists; `ack` gets the events' numbers once what they mean is committed."""

    def __init__(self, emit: Emit, ack: Callable[[list[int]], None]) -> None:
        self._emit = emit
        self._ack = ack
        self._facts: list[Fact] = []
        self._numbers: list[int] = []
        self._news = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="telling")

    def add(self, facts: Sequence[Fact], number: int = 0) -> None:
        """Tell these soon; `number` is the event's that says so, 0 if none does."""
        self._facts += facts
        if number:
            self._numbers.append(number)
        self._news.set()

    async def close(self, within_s: float) -> None:
        """Tell what is left, at most so long."""
        self._closing = True
        self._news.set()
        await asyncio.wait([self._task], timeout=within_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._facts or self._numbers or not self._closing:
            await self._news.wait()
            self._news.clear()
            facts: Sequence[Fact] = self._facts
            self._facts = []
            numbers, self._numbers = self._numbers, []
            while facts:
                facts = await self._rest(facts)
            if numbers:
                self._ack(numbers)

    async def _rest(self, facts: Sequence[Fact]) -> Sequence[Fact]:
        """Tell these; what is still to be told: nothing, or all of them."""
        try:
            await self._emit(facts)
        except Exception:  # noqa: BLE001 - whatever it was, the facts must not be lost
            _log.exception("%d facts of calls are not committed; trying again", len(facts))
            await asyncio.sleep(_AGAIN_S)
            return facts
        return ()
