"""Things to be done later, by the list: one timer for all that is due in the same 5 ms."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

WIDTH_S: Final = 0.005


class Buckets(Generic[T]):
    """What is added comes out of `release` as lists, never early, at most WIDTH_S late, each list in its order."""

    def __init__(self, release: Callable[[list[T]], None]) -> None:
        self._release = release
        self._loop = asyncio.get_running_loop()
        self._lists: dict[int, list[T]] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def add(self, seconds: float, items: Iterable[T]) -> None:
        """Put `items` up for release in so many seconds."""
        number = int((self._loop.time() + seconds) / WIDTH_S) + 1
        found = self._lists.get(number)
        if found is None:
            found = self._lists[number] = []
            self._timers[number] = self._loop.call_at(number * WIDTH_S, self._fire, number)
        found.extend(items)

    def clear(self) -> None:
        """Forget everything."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._lists.clear()

    def _fire(self, number: int) -> None:
        del self._timers[number]
        self._release(self._lists.pop(number))
