"""A receiver of pushes in another process (`sink_process`), and what it has counted."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp

from omnibound.cli.bench.procs import free_port, until_listening

PROCESS = "omnibound.cli.bench.sink_process"


class Sink:
    """A running one."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def told(self, reports: int, within_s: float) -> dict[str, float]:
        """The tally as soon as so many reports have come. Raises TimeoutError."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(within_s):
            while True:
                async with session.get(self.url) as answer:
                    tally: dict[str, float] = await answer.json()
                if tally["reports"] >= reports:
                    return tally
                await asyncio.sleep(0.1)


@asynccontextmanager
async def sink() -> AsyncGenerator[Sink]:
    """Run one."""
    async with receiving(PROCESS) as url:
        yield Sink(url)


@asynccontextmanager
async def receiving(module: str) -> AsyncGenerator[str]:
    """Run a module that listens at the port it is given; its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, str(port))
    try:
        await until_listening(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        await process.wait()
