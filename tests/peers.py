"""Programs of others that tests talk to: found or skipped with their name, and waited for until they listen."""

import asyncio
import re
import shutil
import socket
from pathlib import Path

import pytest

LISTEN_S = 10


def needed(program: str, package: str) -> None:
    """Skip the test where a program is missing; `package` is Debian's name of where it comes from."""
    if shutil.which(program) is None:
        pytest.skip(f"the program {program} is missing (Debian: {package})")


def free_port(kind: socket.SocketKind) -> int:
    """A port of the loopback that nobody has."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def listens(port: int, kind: socket.SocketKind) -> None:
    """Wait until somebody does. The programs do not say when they are ready; the kernel knows."""
    table, state = ("udp", "07") if kind is socket.SOCK_DGRAM else ("tcp", "0A")
    wanted = re.compile(rf"0100007F:{port:04X} \S+ {state} ")
    path = Path(f"/proc/net/{table}")
    async with asyncio.timeout(LISTEN_S):
        while not wanted.search(path.read_text()):  # noqa: ASYNC110, ASYNC240 - no event tells it; a moment's reading
            await asyncio.sleep(0.01)
