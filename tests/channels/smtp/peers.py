"""What the tests of the mail channel talk to: a simulated relay, a scripted one, and a server that remembers."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

import pytest

from omnibound.channels.base import Deps, build_channel
from omnibound.channels.smtp import Smtp
from omnibound.domain.flow import MINUTE, Flow, Step
from omnibound.domain.message import Attempt, Content, Message
from omnibound.domain.status import Reason
from omnibound.ports.mail import Back, PlainMailing, Unwanted
from omnibound.simulators.smtp import Relay, SmtpSettings
from tests.channels.kit import Heard

LOOPS = pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": uv}) for uv in (False, True)])
"""The product runs on uvloop, whose transports are not quite asyncio's."""
FROM = "Shop <info@shop.example>"


def clock() -> int:
    return time.time_ns() // 1000


def an_attempt(
    number: int = 1,
    to: str = "ann@mail.example",
    text: str = "Hello",
    subject: str = "News",
    sender: str = "",
    of: Content | None = None,
    **options: Any,
) -> Attempt:
    """An attempt of its own delivery on EMAIL, good for a minute."""
    step = Step(channel="EMAIL", sender=sender)
    content = of or Content(text=text, subject=subject, options=options)
    message = Message(id=1, account=1, flow=Flow(steps=(step,)), content={"EMAIL": content}, created_at=0)
    return Attempt(number, 1, step, to, content, message, clock() + MINUTE)


class Mailing(PlainMailing):
    """Remembers who is not to be written to."""

    def __init__(self, **blocked: Reason) -> None:
        self.blocked = {f"{name}@mail.example": reason for name, reason in blocked.items()}
        self.unwanted: list[Unwanted] = []
        self.back: list[Back] = []
        self.failing = False

    async def suppressed(self, account: int, addresses: Sequence[str]) -> dict[str, Reason]:
        if self.failing:
            raise OSError("the disk is full")
        return {to: self.blocked[to] for to in addresses if to in self.blocked}

    async def suppress(self, unwanted: Sequence[Unwanted]) -> None:
        self.unwanted += unwanted

    async def suppress_back(self, back: Sequence[Back]) -> None:
        if self.failing:
            raise OSError("the disk is full")
        self.back += back


def make(port: int, mailing: PlainMailing | None = None, **settings: Any) -> Smtp:
    """A channel to a relay on the loopback."""
    table = {"name": "kit", "kind": "smtp", "host": "localhost", "port": port, "tls": "none", "from": FROM}
    channel = build_channel(table | settings, Deps("kit", clock, mailing=mailing or PlainMailing()))
    assert isinstance(channel, Smtp)
    return channel


@contextlib.asynccontextmanager
async def started(
    port: int, mailing: PlainMailing | None = None, **settings: Any
) -> AsyncGenerator[tuple[Smtp, Heard]]:
    """A channel that runs."""
    heard, channel = Heard(), make(port, mailing, **settings)
    await channel.start(heard.emit, heard.wake)
    try:
        yield channel, heard
    finally:
        channel.stop_s = 0.2
        await channel.stop()


@contextlib.asynccontextmanager
async def talking(
    relay: SmtpSettings | None = None, mailing: PlainMailing | None = None, **settings: Any
) -> AsyncGenerator[tuple[Smtp, Heard, Relay]]:
    """A channel that has reached a simulated relay."""
    async with Relay(relay) as at, started(at.port, mailing, **settings) as (channel, heard):
        await heard.until(lambda: channel.room() > 0)
        yield channel, heard, at


Script = Callable[["Wire"], Awaitable[None]]


class Wire:
    """One connection of a relay that a test plays line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def says(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def hears(self, *beginnings: str) -> list[str]:
        lines = [(await self.reader.readline()).decode().rstrip() for _ in beginnings]
        assert [line[: len(b)] for line, b in zip(lines, beginnings, strict=True)] == list(beginnings), lines
        return lines

    async def content(self) -> bytes:
        return await self.reader.readuntil(b"\r\n.\r\n")

    async def greets(self, *offers: str) -> None:
        await self.says("220 wire")
        await self.hears("EHLO")
        await self.says(*(f"250-{each}" for each in ("wire", *offers[:-1])), f"250 {offers[-1] if offers else 'HELP'}")


@contextlib.asynccontextmanager
async def scripted(script: Script) -> AsyncGenerator[int]:
    """The port of a relay where each connection goes by the script, then is closed."""
    tasks: set[asyncio.Task[None]] = set()
    faults: list[BaseException] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await script(Wire(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except AssertionError as error:
            faults.append(error)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert faults == []
