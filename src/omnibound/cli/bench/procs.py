"""Processes of a benchmark: a server and a simulated carrier, and what the kernel counts of them."""

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
START_S = 20
LAWLESS = '[law]\nhours = ""\ncaller = false\n'
"""At whatever hour it is measured."""


class Usage(NamedTuple):
    """Processor time in microseconds since the start, and the highest memory in MiB."""

    cpu_us: float
    peak_mib: float


def usage(pid: int) -> Usage:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return Usage((int(fields[11]) + int(fields[12])) * TICK_US, int(peak.split()[1]) / 1024)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connector(port: int, binds: int = 2, window: int = 200, rate: float = 0, name: str = "carrier") -> str:
    """A connector's table."""
    return (
        f'[[connectors]]\nname = "{name}"\nkind = "smpp"\nchannel = "SMS"\nhost = "127.0.0.1"\nport = {port}\n'
        f'system_id = "bench"\npassword = "bench"\nbinds = {binds}\nwindow = {window}\nrate = {rate}\n'
    )


class Carrier:
    """A simulated SMSC in a process of its own; `ask` speaks its control lines."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, control: int) -> None:
        self.process = process
        self.port = port
        self._control = control

    async def ask(self, **order: Any) -> dict[str, Any]:
        """One control line and its answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._control, limit=1 << 28)
        try:
            writer.write(json.dumps(order).encode() + b"\n")
            return json.loads(await reader.readline())
        finally:
            writer.close()

    async def accepted(self) -> int:
        """How many messages it has taken."""
        return int((await self.ask(do="counts"))["counts"]["accepted"])


@asynccontextmanager
async def relay() -> AsyncGenerator[int]:
    """Run a simulated mail relay; its port."""
    port = free_port()
    process = await _start("simulate", "smtp", "--port", str(port))
    try:
        await until_listening(port)
        yield port
    finally:
        await _end(process)


class Server:
    """`omnibound serve` in a process of its own, with an account."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, keys: list[str]) -> None:
        self.process = process
        self.url = url
        self.keys = keys

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid


@asynccontextmanager
async def carrier(*options: str) -> AsyncGenerator[Carrier]:
    """Run a simulated SMSC."""
    port, control = free_port(), free_port()
    process = await _start("simulate", "smsc", "--port", str(port), "--control-port", str(control), *options)
    try:
        await until_listening(port)
        await until_listening(control)
        yield Carrier(process, port, control)
    finally:
        await _end(process)


@asynccontextmanager
async def server(
    connectors: str,
    accounts: int = 1,
    folder: Path | None = None,
    database: str = "",
    program: Sequence[str] = ("omnibound",),
) -> AsyncGenerator[Server]:
    """Run a server with these connectors (TOML) on an empty database in a folder, or on the one that is named.

    `program` is the module that runs it, and what that wants to be told before the words of the command line.
    """
    with tempfile.TemporaryDirectory(prefix="omnibound-bench-") as made:
        data = folder or Path(made)
        config = data / "omnibound.toml"
        config.write_text(f'log_level = "warning"\n[omni]\nthrottles = false\n{LAWLESS}{connectors}')
        where = ("--data", str(data), *(("--database", database) if database else ()))
        keys = [await _account(f"bench{free_port()}", *where) for _ in range(accounts)]
        port = free_port()
        process = await _start("serve", "--config", str(config), "--port", str(port), *where, program=program)
        try:
            await until_listening(port)
            server_ = Server(process, f"http://127.0.0.1:{port}", keys)
            for key in keys:
                await _scenario(server_, key)
            yield server_
        finally:
            await _end(process)


async def _account(name: str, *where: str) -> str:
    process = await _start("account", "add", name, *where, "--json", out=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return str(json.loads(out)["api_key"])


async def _scenario(server_: Server, key: str) -> None:
    body = {"name": "bench", "flow": [{"channel": "SMS", "from": "Bench"}], "default": True}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"App {key}"}) as session,
        session.post(f"{server_.url}/omni/1/scenarios", json=body) as answer,
    ):
        answer.raise_for_status()


async def _start(
    *words: str, out: int | None = None, program: Sequence[str] = ("omnibound",)
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", *program, *words, stdout=out if out is not None else asyncio.subprocess.DEVNULL
    )


async def until_listening(port: int) -> None:
    """Wait until a process answers at a port of the loopback."""
    async with asyncio.timeout(START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        await process.wait()
