"""What those who send notice of a backup: how long their answers take before it and meanwhile."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.load import Failed, bulk, connections, numbers
from omnibound.cli.bench.procs import Server, carrier, connector, server
from omnibound.cli.bench.pushes import NOWHERE, fill
from omnibound.store.opened import FILE

RATE = 100
"""Requests a second, of one message each."""
FAST = ("--delay", "0.01", "--last", "0")


async def backups(total: int, seconds: float) -> list[Figure]:
    """A backup of a database with so many deliveries, while messages are sent singly; and so many seconds before it."""
    made = tempfile.TemporaryDirectory
    with made(prefix="omnibound-bench-") as folder, made(prefix="omnibound-bench-") as kept:
        data, copy = Path(folder), Path(kept, "copy")
        await fill(data, total, NOWHERE)
        async with carrier(*FAST) as smsc, server(connector(smsc.port), folder=data) as served:
            before = await _answers(served, 0, asyncio.create_task(asyncio.sleep(seconds)))
            size, began = (data / FILE).stat().st_size, time.perf_counter()
            copying = asyncio.create_task(_back_up(data, copy))
            meanwhile = await _answers(served, len(before), copying)
            await copying
            took = time.perf_counter() - began
    what = f"{RATE}/s singly: answer p99"
    return [
        Figure(f"backup of {total:,} deliveries", size / took / 1e6, "MB/s"),
        Figure(f"{what} before it", percentile(before, 0.99) * 1000, "ms"),
        Figure(f"{what} meanwhile", percentile(meanwhile, 0.99) * 1000, "ms"),
        Figure("database, each delivery that has ended", size / total, "bytes"),
    ]


async def _back_up(data: Path, to: Path) -> None:
    command = (sys.executable, "-m", "omnibound", "backup", "--data", str(data), "--to", str(to))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        raise Failed("the backup has failed")


async def _answers(served: Server, start: int, until: "asyncio.Task[None]") -> list[float]:
    """The seconds that each answer took, as long as the task runs."""
    took: list[float] = []
    async with connections(served, 8) as made:
        began = time.perf_counter()
        while not until.done():
            (to,) = numbers(start + len(took), 1)
            asked = time.perf_counter()
            status, _ = await made[len(took) % len(made)].ask(bulk(served.keys[0], [to]))
            took.append(time.perf_counter() - asked)
            if status != 200:
                raise Failed(f"a message was answered {status}")
            await asyncio.sleep(max(0.0, began + len(took) / RATE - time.perf_counter()))
    return took
