"""When callbacks came, by number, as another process noted it (`callback_process`)."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from omnibound.cli.bench.client import connect, request
from omnibound.cli.bench.sink import receiving

PROCESS = "omnibound.cli.bench.callback_process"
_LOOK_S = 0.05


class Callbacks:
    """A running receiver of callbacks."""

    def __init__(self, url: str) -> None:
        self.url = url

    def address(self, turn: int) -> str:
        """Where what is sent in a turn is to be told."""
        return f"{self.url}{turn}"

    async def when(self, turn: int, total: int, quiet_s: float) -> dict[str, float]:
        """When each number was told of: as soon as there are so many, or when nothing new came for so long."""
        many, since = 0, time.monotonic()
        while (now := await self._ask(f"/many/{turn}")) < total and time.monotonic() - since < quiet_s:
            if now > many:
                many, since = now, time.monotonic()
            await asyncio.sleep(_LOOK_S)
        return await self._ask(f"/when/{turn}")

    async def _ask(self, path: str) -> Any:
        connection = await connect(self.url)
        try:
            return json.loads((await connection.ask(request("GET", path, "")))[1])
        finally:
            connection.close()


@asynccontextmanager
async def callbacks() -> AsyncGenerator[Callbacks]:
    """Run one."""
    async with receiving(PROCESS) as url:
        yield Callbacks(url)
