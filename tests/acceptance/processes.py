"""Processes of the product, started as a person would start them; what they write is kept for failed tests."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

START_S = 60.0
PATIENCE_S = 30.0
"""How soon a test gives up what a quiet machine does in one: others may have it to themselves for a while."""
POLL_S = 0.02
TAIL = 6_000


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(look: Callable[[], Awaitable[T]], what: str, seconds: float = PATIENCE_S) -> T:
    """Look until there is something to see, at most so long; what was seen."""
    deadline = time.monotonic() + seconds
    while not (seen := await look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        await asyncio.sleep(POLL_S)
    return seen


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("OMNIBOUND_")}
    return {**own, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}


class Process:
    """`python -m omnibound ...`; all it writes goes to a file."""

    def __init__(self, name: str, folder: Path, words: tuple[str, ...]) -> None:
        self.name = name
        self.words = words
        self.path = folder / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, again if it has ended."""
        with self.path.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "omnibound", *self.words, stdout=out, stderr=out, env=_environment()
            )

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.returncode if self._process else None

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """What it has written."""
        return self.path.read_text(errors="replace") if self.path.exists() else ""

    async def said(self, pattern: str) -> re.Match[str]:
        """Wait until it has written something that matches."""

        async def look() -> re.Match[str] | None:
            assert self.status is None, f"{self.name} has ended with {self.status}: {self.log()[-TAIL:]}"
            return re.search(pattern, self.log())

        found = await until(look, f"{self.name} says {pattern!r}", START_S)
        assert found is not None
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self, seconds: float = PATIENCE_S) -> int:
        """Wait for its end; the exit status."""
        assert self._process is not None
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    async def kill(self) -> None:
        """kill -9."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM, and its exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended()


class Ran:
    """A command that has ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


async def run(*words: str, seconds: float = 2 * PATIENCE_S) -> Ran:
    """Run `omnibound ...` to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "omnibound", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=_environment(),
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ran(process.returncode or 0, out.decode(), err.decode())
