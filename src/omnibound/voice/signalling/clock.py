"""The time that timers go by: the event loop's, or one that a test moves."""

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """An asyncio event loop is one. Times are in seconds and never go back."""

    def time(self) -> float: ...
    def call_later(self, delay: float, callback: Callable[..., object], /, *args: object) -> Timer: ...


class Alarms:
    """Timers by name, each set at most once; `ring` is told the name."""

    __slots__ = ("_clock", "_ring", "_timers")

    def __init__(self, clock: Clock, ring: Callable[[str], object]) -> None:
        self._clock = clock
        self._ring = ring
        self._timers: dict[str, Timer] = {}

    def arm(self, name: str, seconds: float) -> None:
        """Ring in so many seconds; what was set under this name is no more."""
        self.disarm(name)
        self._timers[name] = self._clock.call_later(seconds, self._fire, name)

    def disarm(self, name: str) -> None:
        """Forget one."""
        if timer := self._timers.pop(name, None):
            timer.cancel()

    def clear(self) -> None:
        """Forget all."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _fire(self, name: str) -> None:
        del self._timers[name]
        self._ring(name)
