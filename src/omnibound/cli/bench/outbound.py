"""A campaign of a million people: imported beside other requests, searched, added to; a look of the dialer at it."""

import asyncio
import csv
import tempfile
import time
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec

from omnibound.cli.bench.client import Connection, connect, request
from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.procs import Server, server, usage
from omnibound.store.opened import open_database

CITIES = ("Berlin", "Paris", "Rome", "Oslo", "Madrid", "London")
TIMES = 40
"""How often each question is asked, of another person each time."""

LISTS, LIST = 20, 1_000
TICKS, AT_ONCE = 50, 30
OWNER = 1
_PATH = "/api/v1/campaigns"
_CAMPAIGN = {"id": "bench", "name": "bench", "dialer": "default", "speech": {"text": "Hello"}, "caller": "4930123456"}
_MATCH, _NOTHING, _DEEP = "<= 100", "<= 400", "<= 150"

QUESTIONS: dict[str, tuple[dict[str, str], str]] = {
    "nothing": ({}, _MATCH),
    "offset of nine tenths": ({"offset": "{deep}"}, _DEEP),
    "progress": ({"progress": "not_handled"}, _MATCH),
    "external id": ({"external": "{n}"}, _MATCH),
    "external id, its beginning": ({"external": "{n:.4}*"}, _MATCH),
    "external id, its middle": ({"external": "*{n:.4}*"}, _MATCH),
    "number": ({"phone": "+4930{n:0>8}"}, _MATCH),
    "number, its middle": ({"phone": "*{n:0>6}*"}, _MATCH),
    "attribute": ({"attribute": "City", "value": "Berlin"}, _MATCH),
    "attribute, one person": ({"attribute": "Name", "value": "name {n}"}, _MATCH),
    "attribute and number": ({"attribute": "City", "value": "*", "phone": "*{n:0>6}"}, _MATCH),
    "progress that nobody has": ({"progress": "handled"}, _NOTHING),
    "external id that nobody has": ({"external": "*x{n}*"}, _NOTHING),
    "number that nobody has": ({"phone": "*x{n}"}, _NOTHING),
    "attribute that nobody has": ({"attribute": "City", "value": "B{n}*"}, _NOTHING),
    "any attribute, a value that nobody has": ({"attribute": "*", "value": "*x{n}"}, _NOTHING),
}


async def outbound(total: int, database: str) -> list[Figure]:
    """All of it, and how fast this machine is."""
    with tempfile.TemporaryDirectory(prefix="omnibound-bench-") as made:
        data = Path(made)
        figures = [Figure("yardstick: a loop of 5,000,000 turns", yardstick(), "ms")]
        async with server("", folder=data, database=database) as served:
            await _campaigns(served)
            figures += await _import(served, _table(data / "people.csv", total), total)
            client = await connect(served.url)
            figures += await _searches(client, served, total)
            figures += await _lists(client, served, total)
            client.close()
        return figures + await _ticks(data, database, total)


async def _campaigns(served: Server) -> None:
    client = await connect(served.url)
    for id_ in ("bench", "other"):
        await _told(client, served, "POST", _PATH, {**_CAMPAIGN, "id": id_})
    client.close()


def yardstick() -> float:
    """Milliseconds of processor time for a loop that is always the same: the least of five."""
    return min(_turns() for _ in range(5)) * 1000


def _turns() -> float:
    began, n = time.process_time(), 0
    for turn in range(5_000_000):
        n += turn & 3
    return time.process_time() - began


# --- import -----------------------------------------------------------------------------------------------------------


def _table(file: Path, total: int) -> Path:
    dice = Random(1)  # noqa: S311 - the same people each time
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["External ID", "Phone1", "Priority", "Time Zone", "City", "Name", "Segment", "Account"])
        for n in range(total):
            city, account = CITIES[n % len(CITIES)], f"{dice.random():.12f}"
            writer.writerow([n, f"+4930{n:08}", n % 3 + 1, "Europe/Berlin", city, f"Name {n}", n % 100, account])
    return file


async def _import(served: Server, table: Path, total: int) -> list[Figure]:
    before, began = usage(served.pid), time.perf_counter()
    others = [asyncio.create_task(_beside(served, asks)) for asks in (_reads, _writes)]
    added = await _imported(served, table)
    took, after = time.perf_counter() - began, usage(served.pid)
    reads, writes = [await _stopped(task) for task in others]
    if added != total:
        raise AssertionError(f"{added} of {total} people were added")
    kind = f"import of {total:,} people"
    return [
        Figure(kind, took, "s", f"<= {45 * total / 1_000_000:g}"),
        Figure(f"{kind}: server CPU", (after.cpu_us - before.cpu_us) / total, "us each"),
        Figure(f"{kind}: peak memory", after.peak_mib, "MiB"),
        Figure(f"{kind}: reads meanwhile, p99", percentile(reads, 0.99) * 1000, "ms", "<= 100"),
        Figure(f"{kind}: one customer posted meanwhile, p99", percentile(writes, 0.99) * 1000, "ms", "<= 100"),
    ]


async def _imported(served: Server, table: Path) -> int:
    headers = {"Authorization": f"App {served.keys[0]}", "Content-Type": "text/csv"}
    patience = aiohttp.ClientTimeout(total=None)
    with table.open("rb") as body:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=patience) as session,
            session.post(f"{served.url}{_PATH}/bench/import", data=body) as answer,
        ):
            answer.raise_for_status()
            return int((await answer.json())["added"])


async def _beside(served: Server, asks: Any) -> list[float]:
    """How long each answer took, until it is cancelled."""
    client, took = await connect(served.url), list[float]()
    try:
        while True:
            began = time.perf_counter()
            await asks(client, served, len(took))
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return took
    finally:
        client.close()


async def _stopped(task: "asyncio.Task[list[float]]") -> list[float]:
    task.cancel()
    return await task


async def _reads(client: Connection, served: Server, _number: int) -> None:
    await _told(client, served, "GET", f"{_PATH}/other")


async def _writes(client: Connection, served: Server, number: int) -> None:
    await _told(client, served, "POST", f"{_PATH}/other/members", {"members": [{"phones": [f"4930{number:06}"]}]})


# --- afterwards -------------------------------------------------------------------------------------------------------


async def _searches(client: Connection, served: Server, total: int) -> list[Figure]:
    figures: list[Figure] = []
    for name, (wish, mark) in QUESTIONS.items():
        took: list[float] = []
        before = usage(served.pid)
        for time_ in range(TIMES):
            values = {"n": str((time_ + 1) * 7919 * 6 % total), "deep": total * 9 // 10}
            query = urlencode({key: text.format(**values) for key, text in wish.items()})
            began = time.perf_counter()
            await _told(client, served, "GET", f"{_PATH}/bench/members?{query}")
            took.append(time.perf_counter() - began)
        cpu = (usage(served.pid).cpu_us - before.cpu_us) / TIMES / 1000
        figures.append(Figure(f"search by {name}: p95", percentile(took, 0.95) * 1000, "ms", mark))
        figures.append(Figure(f"search by {name}: server CPU", cpu, "ms each"))
    return figures


async def _lists(client: Connection, served: Server, total: int) -> list[Figure]:
    took: list[float] = []
    before = usage(served.pid)
    for number in range(LISTS):
        first = total + number * LIST
        members = [
            {"external": str(n), "phones": [f"4930{n:08}"], "attributes": {"City": "Bern", "Name": f"Name {n}"}}
            for n in range(first, first + LIST)
        ]
        began = time.perf_counter()
        await _told(client, served, "POST", f"{_PATH}/bench/members", {"members": members})
        took.append(time.perf_counter() - began)
    cpu = (usage(served.pid).cpu_us - before.cpu_us) / LISTS / 1000
    return [
        Figure(f"list of {LIST:,} customers: answer, median", median(took) * 1000, "ms", "<= 100"),
        Figure(f"list of {LIST:,} customers: server CPU", cpu, "ms"),
    ]


async def _told(client: Connection, served: Server, method: str, path: str, body: Any = None) -> None:
    asked = request(method, path, served.keys[0], b"" if body is None else msgspec.json.encode(body))
    status, answer = await client.ask(asked)
    if status >= 300:
        raise AssertionError(f"{status}: {answer[:200].decode()}")


async def _ticks(data: Path, database: str, total: int) -> list[Figure]:
    """What a look of the dialer asks of the store: the lanes, and so many people of the first."""
    store = await open_database(data, database or "sqlite")
    try:
        took: list[float] = []
        for _ in range(TICKS):
            began = time.perf_counter()
            lane, *_ = await store.deliveries.lanes()
            claimed = await store.deliveries.claim_lane(lane, OWNER, (1 << 63) - 1, AT_ONCE)
            took.append(time.perf_counter() - began)
            if not claimed:
                raise AssertionError("nobody waits for the dialer")
    finally:
        await store.close()
    kind = f"look of the dialer at {total:,} people, {AT_ONCE} claimed"
    return [
        Figure(f"{kind}: median", median(took) * 1000, "ms", "<= 10"),
        Figure(f"{kind}: p95", percentile(took, 0.95) * 1000, "ms"),
    ]
