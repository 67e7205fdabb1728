"""The end of a child process, whatever it is doing."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from contextlib import suppress

GONE_S = 5.0
"""How long a killed process is waited for; only what it has started may hold its pipes open longer."""


async def end(process: Process, *, group: bool = False) -> None:
    """Kill it, with its `group` if it leads one, and wait until it is gone."""
    with suppress(ProcessLookupError):
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(GONE_S):
            # It is not waited for to the end before its pipes are empty.
            await asyncio.gather(_drain(process.stdout), _drain(process.stderr), process.wait())


async def _drain(stream: asyncio.StreamReader | None) -> None:
    while stream and await stream.read(1 << 16):
        pass
