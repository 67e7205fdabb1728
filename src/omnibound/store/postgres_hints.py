"""NOTIFY and LISTEN: a hint that a process wrote something rare. Whoever waits for it looks by itself as well."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from omnibound.store.errors import StoreError
from omnibound.store.postgres_driver import LOST, Connection, DriverError, Pool

CHANNEL = "omnibound"
_log = logging.getLogger("omnibound.store")


class Hints:
    """One listening connection, opened anew when it was lost."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._given = asyncio.Event()
        self._deaf = False

    async def give(self, pool: Pool) -> None:
        """Tell all processes. That it fails is no harm: they look by themselves."""
        try:
            await pool.execute(f"NOTIFY {CHANNEL}")
        except (*LOST, DriverError) as error:
            _log.warning("a hint was not given: %s", error)

    async def wait(self, within_s: float) -> None:
        """Wait for a hint, at most so many seconds."""
        await self.listen()
        try:
            async with asyncio.timeout(within_s):
                await self._given.wait()
        except TimeoutError:
            pass
        self._given.clear()

    async def listen(self) -> None:
        """Listen, if nobody does. That it fails is no harm either, and said once until it succeeds."""
        if self._connection is not None and not self._connection.is_closed():
            return
        try:
            self._connection = await self._connect()
            await self._connection.add_listener(CHANNEL, self._heard)
        except (*LOST, StoreError, DriverError) as error:
            if not self._deaf:
                _log.warning("hints are not heard: %s", error)
            self._deaf = True
            return
        if self._deaf:
            _log.warning("hints are heard again")
        self._deaf = False

    async def close(self) -> None:
        """Listen no more."""
        if self._connection is not None:
            await self._connection.close()

    def _heard(self, *_what: object) -> None:
        self._given.set()
