"""The connections to the relay: opened when there is mail for them, kept, and the mails that wait for one of them."""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

from omnibound.channels.base.exchange import NotSent
from omnibound.channels.smtp.connection import Connection, Word
from omnibound.channels.smtp.letters import Letter
from omnibound.channels.smtp.opening import CannotOpen, open_relay
from omnibound.channels.smtp.settings import Settings

_log = logging.getLogger("omnibound.smtp")

REST_S: Final = 5.0
"""So long no further connection is tried where the relay wants no more of them."""


class Desk(Protocol):
    """The channel, as its connections see it."""

    def done(self, letter: Letter, word: Word) -> None:
        """The one word on a mail."""
        ...

    def reached(self) -> None:
        """There is a connection."""
        ...

    def unreached(self, why: str) -> float:
        """There is none, and none to be had; how many seconds to wait before the next try."""
        ...


class Pool:
    """At most `most` connections. Has to be made in a running loop."""

    def __init__(self, name: str, settings: Settings, context: ssl.SSLContext | None, desk: Desk) -> None:
        self.settings = settings
        self.most = 0
        self.connections: list[Connection] = []
        self._name = name
        self._context = context
        self._desk = desk
        self._letters: deque[Letter] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._rest_until = 0.0
        self._knock: asyncio.TimerHandle | None = None
        self._fewer = asyncio.Event()

    # -- Mails ---------------------------------------------------------------------------------------------------

    def put(self, letters: Sequence[Letter]) -> None:
        """To connections that have nothing to do; then new ones are opened; then behind what is under way."""
        self._letters.extend(letters)
        for connection in [each for each in self.connections if each.idle]:
            connection.feed()
        missing = min(len(self._letters), self.most - len(self.connections) - len(self._opening))
        if self._loop.time() >= self._rest_until:
            for _ in range(missing):
                self._open()
        for connection in list(self.connections):
            if self._letters:
                connection.feed()

    def take(self) -> Letter | None:
        """See connection.Source."""
        return self._letters.popleft() if self._letters else None

    def done(self, letter: Letter, word: Word) -> None:
        """See connection.Source."""
        self._desk.done(letter, word)

    def give_back(self, why: str) -> None:
        """What is not under way."""
        while self._letters:
            self._desk.done(self._letters.popleft(), NotSent(why))

    # -- Connections ---------------------------------------------------------------------------------------------

    def limit(self, most: int) -> None:
        """So many from now on; those beyond leave as soon as they have nothing to do."""
        self.most = most
        for connection in self.connections[most:]:
            connection.leave()
        if most and not self.connections and not self._opening:
            self._open()

    async def shrunk(self, why: str, within_s: float) -> None:
        """Wait until there are no more than there may be, and end those that do not end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while len(self.connections) > self.most:
                    self._fewer.clear()
                    await self._fewer.wait()
        for connection in self.connections[self.most :]:
            connection.abort(why)

    async def close(self, why: str) -> None:
        """End all."""
        self.limit(0)
        if self._knock:
            self._knock.cancel()
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        for connection in list(self.connections):
            connection.abort(why)

    def closed(self, connection: Connection, why: str) -> None:
        """See connection.Source."""
        if connection in self.connections:
            self.connections.remove(connection)
            self._fewer.set()
        if self._letters and self.most:
            self.put(())

    def _open(self) -> None:
        task = self._loop.create_task(self._connect(), name=f"{self._name} opens")
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect(self) -> None:
        try:
            opened = await open_relay(self.settings, self._context)
        except CannotOpen as error:
            self._refused(error)
            return
        if len(self.connections) >= self.most:
            opened.transport.abort()
            return
        connection = Connection(self, opened)
        self.connections.append(connection)
        self._desk.reached()
        connection.attach()
        self.put(())

    def _refused(self, error: CannotOpen) -> None:
        """Where there are connections the relay may want no more of them; where there are none it is down."""
        if self.connections:
            self._rest_until = self._loop.time() + REST_S
        elif self.most:
            _log.warning("connector %s: %s", self._name, error.why)
            wait = self._desk.unreached(error.why)
            self.give_back(error.why)
            if self._knock:
                self._knock.cancel()
            self._knock = self._loop.call_later(wait, self._knock_again)

    def _knock_again(self) -> None:
        self._knock = None
        if self.most and not self.connections and not self._opening:
            self._open()
