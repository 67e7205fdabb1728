"""Facts on their way to the core: what is told in one turn of the loop, or while a commit runs, goes as one list."""

import asyncio
import logging

from omnibound.domain.facts import Fact
from omnibound.ports import Emit

_log = logging.getLogger("omnibound.channels")

_AGAIN_S = 0.5


class Outcomes:
    """Gathers facts and emits them in order. A list that could not be committed is emitted again: no fact is lost."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._facts: list[Fact] = []
        self._telling: list[Fact] = []
        self._news = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="outcomes")

    def __len__(self) -> int:
        """How many facts are not committed yet."""
        return len(self._facts) + len(self._telling)

    def add(self, fact: Fact) -> None:
        """Tell a fact soon."""
        self._facts.append(fact)
        self._news.set()

    async def close(self, within_s: float) -> int:
        """Tell what is left, at most `within_s` seconds; how many facts could not be told."""
        self._closing = True
        self._news.set()
        await asyncio.wait([self._task], timeout=within_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return len(self)

    async def _run(self) -> None:
        while self._facts or not self._closing:
            await self._news.wait()
            self._news.clear()
            self._telling, self._facts = self._facts, []
            while self._telling:
                await self._tell()

    async def _tell(self) -> None:
        try:
            await self._emit(self._telling)
        except Exception:  # noqa: BLE001 - whatever it was, the facts must not be lost
            _log.exception("%d facts of a channel are not committed; trying again", len(self._telling))
            await asyncio.sleep(_AGAIN_S)
        else:
            self._telling = []
