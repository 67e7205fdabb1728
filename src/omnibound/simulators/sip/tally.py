"""What has happened in the network: numbers that can be awaited, and the last calls."""

import asyncio
from collections import deque

import msgspec


class Counts(msgspec.Struct, gc=False):
    """Since the start."""

    invited: int = 0
    """Calls that came, each once however often its INVITE was sent."""
    answered: int = 0
    acknowledged: int = 0
    refused: int = 0
    cancelled: int = 0
    ended: int = 0
    """Answered calls that were hung up, by whichever side."""
    challenged: int = 0
    registered: int = 0
    asked: int = 0
    """OPTIONS."""
    pracks: int = 0
    refreshed: int = 0
    """INVITE and UPDATE inside a call."""
    resent: int = 0
    """Answers sent again because they were not acknowledged."""
    broken: int = 0
    """Messages that could not be read."""


class Kept(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A phone's part in a call that is over. `sound` by payload number, with the setting `record`."""

    number: str
    caller: str
    asserted: str
    call_id: str
    status: int
    """What was answered in the end; 0: nothing."""
    seconds: float
    """From the answer to the end."""
    packets: int
    sound: dict[int, bytes]


class Tally:
    """Counters; `changed` wakes those who wait."""

    def __init__(self, last: int) -> None:
        self.counts = Counts()
        self.calls: deque[Kept] = deque(maxlen=last)
        self._waiting: list[tuple[dict[str, int], asyncio.Future[None]]] = []

    def count(self, name: str) -> None:
        """One more."""
        setattr(self.counts, name, getattr(self.counts, name) + 1)
        if self._waiting:
            self._wake()

    def _wake(self) -> None:
        for wanted, future in self._waiting:
            if not future.done() and self._reached(wanted):
                future.set_result(None)
        self._waiting = [(wanted, future) for wanted, future in self._waiting if not future.done()]

    def _reached(self, wanted: dict[str, int]) -> bool:
        return all(getattr(self.counts, name) >= count for name, count in wanted.items())

    async def until(self, wanted: dict[str, int]) -> None:
        """Wait until each of these counts is at least that much. Raises ValueError."""
        if unknown := set(wanted) - set(Counts.__struct_fields__):
            raise ValueError(f"no such count: {', '.join(sorted(unknown))}")
        if not self._reached(wanted):
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((wanted, future))
            await future
