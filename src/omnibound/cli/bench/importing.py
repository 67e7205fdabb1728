"""An import of many people, and what is asked, posted and dialled beside it."""

import asyncio
import csv
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import aiohttp
import msgspec

from omnibound.cli.bench.client import Connection, connect, told
from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.looks import Look
from omnibound.cli.bench.postgres import cpu_us, postmaster
from omnibound.cli.bench.procs import Server, usage

CITIES = ("Berlin", "Paris", "Rome", "Oslo", "Madrid", "London")
PAUSE_S = 0.02
"""Between two questions of one who asks beside the import."""

Asks = Callable[[Connection, Server, int], Awaitable[bytes]]


class Span(NamedTuple):
    """When something began and ended, on the monotonic clock."""

    began: float
    ended: float


class Spent(NamedTuple):
    """Processor time in microseconds: the server's, and the database's own where it is another process."""

    server: float
    database: float


async def spent(served: Server, database: str) -> Spent:
    """What both have used so far."""
    return Spent(usage(served.pid).cpu_us, cpu_us(await postmaster(database)) if database else 0)


def table(file: Path, total: int) -> Path:
    """A CSV of so many people, the same each time."""
    dice = Random(1)  # noqa: S311 - the same people each time
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["External ID", "Phone1", "Priority", "Time Zone", "City", "Name", "Segment", "Account"])
        for n in range(total):
            city, account = CITIES[n % len(CITIES)], f"{dice.random():.12f}"
            writer.writerow([n, f"+4930{n:08}", n % 3 + 1, "Europe/Berlin", city, f"Name {n}", n % 100, account])
    return file


async def imported(
    served: Server, path: str, file: Path, total: int, beside: Mapping[str, Asks], database: str
) -> tuple[list[Figure], Span]:
    """Import a table into the campaign at a path while others ask; when that was."""
    before, began = await spent(served, database), time.monotonic()
    others = {what: asyncio.create_task(_asking(served, asks)) for what, asks in beside.items()}
    added = await _posted(served, path, file)
    span, after = Span(began, time.monotonic()), await spent(served, database)
    took = {what: await _stopped(task) for what, task in others.items()}
    if added != total:
        raise AssertionError(f"{added} of {total} people were added")
    kind = _kind(total)
    figures = [
        Figure(kind, span.ended - span.began, "s", f"<= {45 * total / 1_000_000:g}"),
        Figure(f"{kind}: server CPU", (after.server - before.server) / total, "us each"),
        Figure(f"{kind}: peak memory", usage(served.pid).peak_mib, "MiB"),
    ]
    if database:
        figures.append(Figure(f"{kind}: the database's CPU", (after.database - before.database) / total, "us each"))
    for what, each in took.items():
        figures.append(Figure(f"{kind}: {what} meanwhile, p99", percentile(each, 0.99) * 1000, "ms", "<= 100"))
        figures.append(Figure(f"{kind}: {what} meanwhile, worst", max(each) * 1000, "ms"))
    return figures, span


def looked(looks: Sequence[Look], span: Span, total: int) -> list[Figure]:
    """How long the dialer's looks took that began during the import."""
    took = [look.took for look in looks if span.began <= look.began <= span.ended]
    kind = f"{_kind(total)}: looks of the dialer meanwhile"
    return [
        Figure(kind, len(took), "looks"),
        Figure(f"{kind}, median", percentile(took, 0.5) * 1000, "ms"),
        Figure(f"{kind}, p99", percentile(took, 0.99) * 1000, "ms", "<= 50"),
        Figure(f"{kind}, worst", max(took) * 1000, "ms", "<= 50"),
    ]


def _kind(total: int) -> str:
    return f"import of {total:,} people"


async def _posted(served: Server, path: str, file: Path) -> int:
    headers = {"Authorization": f"App {served.keys[0]}", "Content-Type": "text/csv"}
    patience = aiohttp.ClientTimeout(total=None)
    with file.open("rb") as body:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=patience) as session,
            session.post(f"{served.url}{path}/import", data=body) as answer,
        ):
            answer.raise_for_status()
            return int(msgspec.json.decode(await answer.read())["added"])


async def _asking(served: Server, asks: Asks) -> list[float]:
    """How long each answer took, until it is cancelled."""
    client, took = await connect(served.url), list[float]()
    try:
        while True:
            began = time.perf_counter()
            await asks(client, served, len(took))
            took.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_S)
    except asyncio.CancelledError:
        return took
    finally:
        client.close()


async def _stopped(task: "asyncio.Task[list[float]]") -> list[float]:
    task.cancel()
    return await task


async def reads(path: str, client: Connection, served: Server, _number: int) -> bytes:
    """A campaign is read."""
    return await told(client, served.keys[0], "GET", path)


async def posts(path: str, client: Connection, served: Server, number: int) -> bytes:
    """One customer is posted."""
    body = {"members": [{"phones": [f"4930{number:06}"]}]}
    return await told(client, served.keys[0], "POST", f"{path}/members", body)
