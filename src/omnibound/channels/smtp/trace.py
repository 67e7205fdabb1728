"""The trace of a connector's mails, for people: failures always, everything when it is switched on."""

from collections import deque
from typing import Final

import msgspec

KEPT: Final = 200


class Exchange(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One mail as people may see it: what the relay answered last, or why nothing came. `at`: microseconds UTC.

    No content, and nothing of how we signed in.
    """

    at: int
    delivery: int
    attempt: int
    sender: str
    recipient: str
    size: int
    answer: str = ""
    error: str = ""


class Trace:
    """The last exchanges."""

    def __init__(self, on: bool) -> None:
        self.on = on
        self._kept: deque[Exchange] = deque(maxlen=KEPT)

    def keep(self, exchange: Exchange) -> None:
        """Add one."""
        self._kept.append(exchange)

    def exchanges(self) -> list[Exchange]:
        """What is kept, the oldest first."""
        return list(self._kept)
