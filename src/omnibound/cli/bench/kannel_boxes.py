"""Kannel's two processes, for the benchmark beside it: bearerbox (links, queue, receipts) and smsbox (HTTP)."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from omnibound.cli.bench.procs import free_port, until_listening
from omnibound.domain.errors import NotFound

PACKAGE = "kannel"
USER = "bench"
ERRORS = "4"
"""Only errors are logged, on the terminal; nothing is logged for each message."""
STOP_S = 10

CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {user}
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
store-type = spool
store-location = {spool}
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {carrier}
transceiver-mode = 1
smsc-username = {user}
smsc-password = {user}
system-type = ""
max-pending-submits = {window}
instances = {binds}

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {boxes}
smsbox-id = bench
sendsms-port = {http}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {user}
password = {user}
"""
"""`spool` keeps each message that was taken as a file until it is with the carrier, so that none is lost when a process
ends. What receipts are told to is kept in memory (`internal`), which is Kannel's fastest and its default."""


class Boxes(NamedTuple):
    """Running ones: where they take messages, and their processes."""

    url: str
    pids: Sequence[int]


def found(program: str) -> str:
    """Its path. Raises NotFound where it is not installed."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        raise NotFound(f"the program {program} is missing (Debian: {PACKAGE})", PACKAGE)
    return path


@asynccontextmanager
async def boxes(carrier: int, binds: int, window: int) -> AsyncGenerator[Boxes]:
    """Run both against a carrier at this port of the loopback. Raises NotFound where they are not installed."""
    bearerbox, smsbox = found("bearerbox"), found("smsbox")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="omnibound-bench-kannel-")))
        (folder / "spool").mkdir()
        ports = {name: free_port() for name in ("admin", "boxes", "http")}
        where = {"spool": folder / "spool", "carrier": carrier, "user": USER, "binds": binds, "window": window}
        conf = folder / "kannel.conf"
        conf.write_text(CONFIGURATION.format(**ports, **where))
        first = await stack.enter_async_context(_box(bearerbox, conf, ports["boxes"]))
        second = await stack.enter_async_context(_box(smsbox, conf, ports["http"]))
        yield Boxes(f"http://127.0.0.1:{ports['http']}", (first, second))


@asynccontextmanager
async def _box(program: str, conf: Path, port: int) -> AsyncGenerator[int]:
    silent = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(program, "-v", ERRORS, str(conf), stdout=silent, stderr=silent)
    try:
        await until_listening(port)
        yield process.pid
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
