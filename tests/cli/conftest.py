"""Commands in this process: what they print, how they end, and that nobody ever sees a traceback."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from omnibound.cli.main import app


class Ran(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in an empty folder, without any setting from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name in [name for name in os.environ if name.startswith("OMNIBOUND_")]:
        monkeypatch.delenv(name)

    def run_one(*words: str) -> Ran:
        result = CliRunner().invoke(app, list(words))
        assert isinstance(result.exception, SystemExit | None), result.exc_info
        assert "Traceback" not in result.output
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run_one


class Peer:
    """An HTTP server in a thread of its own, that gives one answer to everybody and keeps what it was asked.

    `answers` come before that, one each.
    """

    def __init__(self) -> None:
        self.answer: tuple[int, str, bytes] = (200, "application/json", b"{}")
        self.answers: list[tuple[int, str, bytes]] = []
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._talk, "127.0.0.1", 0) as server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            self._ready.set()
            await self._stop.wait()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._exchange(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers: dict[str, Any] = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append((first.rsplit(" ", 1)[0], headers, body))
        status, kind, said = self.answers.pop(0) if self.answers else self.answer
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(said)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + said)
        await writer.drain()


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    made.start()
    yield made
    made.stop()
