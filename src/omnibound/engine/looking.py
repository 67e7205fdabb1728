"""A loop that looks for work five times a second, at once while there is more; a look that fails does not end it."""

import asyncio
from collections.abc import Awaitable, Callable

from omnibound.engine.turn import Turn

TICK_S = 0.2


class Looking:
    """Runs `look`, which says whether there is more to do at once; `failed` is told of what it raised.

    Where only one node at a time may look, `turn` says when it is this one.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[], Awaitable[bool]],
        failed: Callable[[Exception], None],
        turn: Turn | None = None,
    ) -> None:
        self._name = name
        self._look = look
        self._failed = failed
        self._turn = turn
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self.run(), name=self._name)

    async def stop(self) -> None:
        """End; a look that is under way is cut off."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            more = False
            try:
                more = await self._once()
            except Exception as error:  # noqa: BLE001 - the next look may succeed
                self._failed(error)
            await asyncio.sleep(0 if more else TICK_S)

    async def _once(self) -> bool:
        if self._turn is None:
            return await self._look()
        async with self._turn.within() as ours:
            return ours and await self._look()
