"""Work that many ask for at once and that is done once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """What is under way, by a key."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[T]] = {}

    async def run(self, key: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What the work under this key gives; begun if it is not under way. Who is cancelled stops only waiting."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(work())
            task.add_done_callback(lambda done: self._over(key, done))
        return await asyncio.shield(task)

    async def finished(self) -> None:
        """Nothing is under way any more."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _over(self, key: str, task: "asyncio.Task[T]") -> None:
        del self._under_way[key]
        if not task.cancelled():
            # Looked at, so that asyncio does not complain where nobody waits any more.
            task.exception()
