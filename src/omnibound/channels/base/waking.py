"""Whoever found no room is woken when there may be some: once, however many have waited and however much has ended."""

import asyncio
from collections.abc import Callable
from typing import Final

from omnibound.channels.base.exchange import SECOND
from omnibound.ports import Clock

LEAST_NAP_S: Final = 0.002
"""A wait for the rate is no shorter: looks cost as well."""


class Waking:
    """One alarm clock. `wake` is called only where somebody has been `starved` since the last time."""

    def __init__(self, clock: Clock) -> None:
        self.starved = False
        """Somebody has found no room."""
        self._clock = clock
        self._wake: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        """When it goes off, by the loop's clock: uvloop's handle of what is due already cannot say."""

    def begin(self, wake: Callable[[], None]) -> None:
        """Who is to be woken from now on."""
        self._wake = wake

    def end(self) -> None:
        """Wake nobody any more."""
        self._wake = None
        if self._timer:
            self._timer.cancel()

    def soon(self) -> None:
        """There is room: in this turn of the loop, if anybody waits for it and no alarm is set."""
        if self.starved and self._timer is None:
            self.at(0)

    def at(self, instant: int) -> None:
        """At an instant (microseconds UTC; 0: in this turn of the loop), or earlier if that is said already."""
        loop = asyncio.get_running_loop()
        when = loop.time() + (max(LEAST_NAP_S, (instant - self._clock()) / SECOND) if instant else 0.0)
        if self._timer is not None:
            if self._due <= when:
                return
            self._timer.cancel()
        self._due = when
        self._timer = loop.call_at(when, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self.starved and self._wake:
            self.starved = False
            self._wake()
