"""What the tests of the SMPP channel talk to: a carrier that does as it is told, and a core that remembers."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, TypeVar, cast

import pytest

from omnibound.channels.base import Deps
from omnibound.channels.smpp import Settings, Smpp, build
from omnibound.domain.facts import Fact
from omnibound.domain.flow import Flow, Step
from omnibound.domain.message import Attempt, Content, Message
from omnibound.wire.smpp import Deliver, Pdu, deliver_responses, pdu, split, write_bind_resp, write_message
from omnibound.wire.smpp import constants as c

T = TypeVar("T")
NOW = 1_800_000_000_000_000
HOUR = 3_600_000_000
STEP = Step(channel="SMS", sender="Acme")
LOOPS = pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": uv}) for uv in (False, True)])
"""The product runs on uvloop, whose transports are not quite asyncio's."""
BINDS = {c.BIND_TRANSCEIVER, c.BIND_TRANSMITTER, c.BIND_RECEIVER}


def clock() -> int:
    return time.time_ns() // 1000


def message(text: str = "hello", number: int = 1, step: Step = STEP, **options: Any) -> Message:
    content = {"SMS": Content(text=text, options=options)}
    return Message(id=number, account=1, flow=Flow(steps=(step,)), content=content, created_at=0)


def attempts(
    n: int = 1, text: str = "hello", first: int = 1, of: Message | None = None, until: int | None = None
) -> list[Attempt]:
    """Attempts of deliveries first, first + 1, ... to numbers that end in the delivery's."""
    said = of or message(text)
    step = said.flow.steps[0]
    end = until or clock() + 48 * HOUR
    return [
        Attempt(number, 1, step, f"4179{number:07d}", said.content["SMS"], said, end)
        for number in range(first, first + n)
    ]


class Core:
    """The core as the channel sees it: `emit` takes facts at once; they are committed when `gate` is open."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.lists: list[list[Fact]] = []
        self.woken = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.failing = False
        self._news = asyncio.Event()

    def emit(self, facts: Sequence[Fact]) -> "asyncio.Task[None]":
        self.facts += facts
        self.lists.append(list(facts))
        self._news.set()
        return asyncio.ensure_future(self._commit(self.failing))

    async def _commit(self, failing: bool) -> None:
        await self.gate.wait()
        if failing:
            raise OSError("the disk is full")

    def wake(self) -> None:
        self.woken += 1
        self._news.set()

    def of(self, kind: type[T]) -> list[T]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def until(self, true: Callable[[], object]) -> None:
        """Until something is true after some fact or wake; at most 10 seconds."""
        async with asyncio.timeout(10):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def get(self, kind: type[T], n: int = 1) -> list[T]:
        """All facts of a kind, when there are n."""
        await self.until(lambda: len(self.of(kind)) >= n)
        return self.of(kind)


class Connection(asyncio.Protocol):
    """One connection of the carrier. `got` is everything that came; nothing is answered but what `Carrier` says."""

    def __init__(self, carrier: "Carrier") -> None:
        self.carrier = carrier
        self.got: list[Pdu] = []
        self.role = 0
        self.closed = asyncio.Event()
        self._buffer = b""
        self._read = 0
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.carrier.connections.append(self)
        self.carrier.news.set()

    def data_received(self, data: bytes) -> None:
        pdus, end = split(self._buffer + data)
        self._buffer = (self._buffer + data)[end:]
        self.got += pdus
        self._news.set()
        for each in pdus:
            self.carrier.answer(self, each)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()
        self._news.set()

    def write(self, *data: bytes) -> None:
        self.transport.write(b"".join(data))

    def answer(self, got: Pdu, body: bytes = b"", status: int = 0) -> None:
        self.write(pdu(got[0] | c.RESPONSE, got[2], body, status))

    def deliver(self, sequence: int, deliver: Deliver) -> None:
        self.write(pdu(c.DELIVER_SM, sequence, write_message(deliver)))

    def all(self, command: int) -> list[Pdu]:
        return [each for each in self.got if each[0] == command]

    async def expect(self, command: int, n: int = 1) -> list[Pdu]:
        """All PDUs of a command so far, when there are n."""
        async with asyncio.timeout(10):
            while len(self.all(command)) < n:
                self._news.clear()
                await self._news.wait()
        return self.all(command)


class Carrier:
    """A carrier on a port of its own. Its submits are answered by `on_submit`; None leaves them to the test."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.news = asyncio.Event()
        self.port = 0
        self.bind_status = 0
        self.ids = count(1)
        self.on_submit: Callable[[Connection, Pdu], None] | None = self.accept
        self._server: asyncio.Server | None = None

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self.connections:
            connection.transport.abort()
        await self._server.wait_closed()

    def answer(self, connection: Connection, got: Pdu) -> None:
        command = got[0]
        if command in BINDS:
            connection.role = command
            connection.answer(got, b"" if self.bind_status else write_bind_resp("carrier"), self.bind_status)
        elif command == c.SUBMIT_SM and self.on_submit:
            self.on_submit(connection, got)
        elif command in (c.ENQUIRE_LINK, c.UNBIND):
            connection.answer(got)

    def accept(self, connection: Connection, got: Pdu) -> None:
        connection.answer(got, b"%d\0" % next(self.ids))

    async def connected(self, n: int = 1) -> Connection:
        """The last connection, when there have been n."""
        async with asyncio.timeout(10):
            while len(self.connections) < n:
                self.news.clear()
                await self.news.wait()
        return self.connections[-1]


def settings(port: int = 1, **given: Any) -> Settings:
    quick = {"reconnect_min_s": 0.001, "reconnect_max_s": 0.01, "throttle_pause_s": 0.02}
    return Settings(
        **{
            "name": "a",
            "kind": "smpp",
            "host": "127.0.0.1",
            "port": port,
            "system_id": "me",
            "password": "secret",
            **quick,
            **given,
        }
    )


@asynccontextmanager
async def joined(
    server_side: ssl.SSLContext | None = None, **given: Any
) -> AsyncIterator[tuple[Smpp, Core, Carrier, Connection]]:
    """A channel that is up with a carrier; both are gone at the end."""
    carrier, core = Carrier(), Core()
    await carrier.start(server_side)
    channel = build(settings(carrier.port, **given), Deps("a", clock))
    await channel.start(core.emit, core.wake)
    try:
        await core.until(channel.up)
        yield channel, core, carrier, carrier.connections[0]
    finally:
        channel.stop_s = 0.05
        core.failing = False
        core.gate.set()
        await channel.stop()
        await carrier.stop()


__all__ = ["Carrier", "Connection", "Core", "attempts", "clock", "deliver_responses", "joined", "message", "settings"]
