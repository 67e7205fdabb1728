"""What one node does for all: whose turn it is, and that nobody is in the middle of it when the turn goes on."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager


async def _nothing() -> None:
    """There is nothing to wait for."""


class Turn:
    """A thing that one node at a time does. A server that is alone has every turn, from the start.

    Whoever does it works `within` it; `began` counts how often it came to this node, so that what is remembered of an
    earlier time is dropped.
    """

    def __init__(self, *, held: bool = True, valid: Callable[[], bool] = lambda: True) -> None:
        self.began = int(held)
        self.quiet: Callable[[], Awaitable[None]] = _nothing
        """Returns when nothing that was begun is under way any more."""
        self.held = held
        """Whether it was dealt to this node; its lease may be over all the same."""
        self._valid = valid
        self._busy = asyncio.Lock()

    def __bool__(self) -> bool:
        """Whether it is this node's now."""
        return self.held and self._valid()

    @asynccontextmanager
    async def within(self) -> AsyncGenerator[bool]:
        """Work in it: it does not go on to another node meanwhile. Gives whether it is ours."""
        async with self._busy:
            yield bool(self)

    def come(self) -> None:
        """It is ours from now on."""
        self.held = True
        self.began += 1

    async def go(self) -> None:
        """It is not ours any more; returns when nothing is under way."""
        self.held = False
        async with self._busy:
            await self.quiet()
