"""SIPp as the other side: somebody else's SIP, with scenarios of our own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from tests.peers import free_port, listens, needed

SCENARIOS = Path(__file__).parent / "sipp"


class Sipp:
    """A scenario that is being played. `ended` fails with SIPp's own words when it did not go as written."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, folder: Path) -> None:
        self.port = port
        self._process = process
        self._folder = folder

    async def ended(self) -> None:
        output, _ = await self._process.communicate()
        errors = "\n".join([path.read_text(errors="replace") for path in self._folder.glob("*_errors.log")])
        assert self._process.returncode == 0, errors or output.decode(errors="replace")

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()


@pytest.fixture
def sipp(tmp_path: Path) -> Callable[..., object]:
    """Plays a scenario as the callee: `async with sipp("answer", "udp", calls=1, status=486) as callee`."""
    needed("sipp", "sip-tester")

    @asynccontextmanager
    async def play(
        name: str, transport: Literal["udp", "tcp"] = "udp", calls: int = 1, **keys: object
    ) -> AsyncIterator[Sipp]:
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        port = free_port(kind)
        text = (SCENARIOS / f"{name}.xml").read_text()
        for key, value in keys.items():
            text = text.replace(f"@{key}@", str(value))
        scenario = tmp_path / f"{name}.xml"
        scenario.write_text(text)
        process = await asyncio.create_subprocess_exec(
            "sipp", "-sf", str(scenario), "-i", "127.0.0.1", "-p", str(port), "-m", str(calls),
            "-t", {"udp": "u1", "tcp": "t1"}[transport], "-nostdin", "-trace_err", "-timeout", "40", "-timeout_error",
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        callee = Sipp(process, port, tmp_path)
        try:
            await listens(port, kind)
            yield callee
        finally:
            callee.kill()
            await process.wait()

    return play
