"""A campaign of a million people: imported beside others and a dialer, searched, added to; looks of a dialer at it."""

import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import msgspec

from omnibound.cli.bench.client import Connection, connect, told
from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.importing import imported, looked, posts, reads, table
from omnibound.cli.bench.load import numbers
from omnibound.cli.bench.looks import WATCHED, read_looks
from omnibound.cli.bench.procs import Server, carrier, connector, server, usage
from omnibound.cli.bench.searches import searches
from omnibound.store.opened import open_database

LISTS, LIST = 20, 1_000
DIALLED, PACE = 10_000, 72_000
"""Who is dialled meanwhile, and how many of them an hour."""

TICKS, AT_ONCE = 50, 30
OWNER = 1
_PATH = "/api/v1/campaigns"
_CAMPAIGN = {"id": "bench", "name": "bench", "dialer": "default", "speech": {"text": "Hello"}, "caller": "4930123456"}


async def outbound(total: int, database: str) -> list[Figure]:
    """All of it, and how fast this machine is."""
    with tempfile.TemporaryDirectory(prefix="omnibound-bench-") as made:
        data = Path(made)
        figures = [Figure("yardstick: a loop of 5,000,000 turns", yardstick(), "ms")]
        watched = (WATCHED, str(data / "looks"))
        async with (
            carrier("--delay", "0.01", "--last", "0") as smsc,
            server(connector(smsc.port), folder=data, database=database, program=watched) as served,
        ):
            await _campaigns(served)
            before = await smsc.accepted()
            beside = {
                "reads": partial(reads, f"{_PATH}/other"),
                "one customer posted": partial(posts, f"{_PATH}/other"),
            }
            people = table(data / "people.csv", total)
            told_, span = await imported(served, f"{_PATH}/bench", people, total, beside, database)
            dialled = await smsc.accepted() - before
            figures += told_
            client = await connect(served.url)
            later = await searches(client, served, f"{_PATH}/bench/members", total)
            later += await _lists(client, served, total)
            client.close()
        figures += looked(read_looks(data / "looks"), span, total)
        figures.append(Figure("people dialled meanwhile", dialled / (span.ended - span.began), "people/s"))
        return figures + later + await _ticks(data, database, total)


def yardstick() -> float:
    """Milliseconds of processor time for a loop that is always the same: the least of five."""
    return min(_turns() for _ in range(5)) * 1000


def _turns() -> float:
    began, n = time.process_time(), 0
    for turn in range(5_000_000):
        n += turn & 3
    return time.process_time() - began


async def _campaigns(served: Server) -> None:
    """One to import into, another one that is asked for and added to, and one whose people are dialled meanwhile."""
    client, key = await connect(served.url), served.keys[0]
    for id_ in ("bench", "other"):
        await told(client, key, "POST", _PATH, {**_CAMPAIGN, "id": id_})
    (scenario,) = msgspec.json.decode(await told(client, key, "GET", "/omni/1/scenarios"))["scenarios"]
    dialled = {"id": "dialled", "name": "dialled", "dialer": "default", "scenario": scenario["key"], "pace": PACE}
    await told(client, key, "POST", _PATH, {**dialled, "message": {"SMS": {"text": "Hello"}}})
    for first in range(0, DIALLED, LIST):
        members = [{"phones": [number]} for number in numbers(first, LIST)]
        await told(client, key, "POST", f"{_PATH}/dialled/members", {"members": members})
    await told(client, key, "POST", f"{_PATH}/dialled/start")
    client.close()


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
        await told(client, served.keys[0], "POST", f"{_PATH}/bench/members", {"members": members})
        took.append(time.perf_counter() - began)
    cpu = (usage(served.pid).cpu_us - before.cpu_us) / LISTS / 1000
    return [
        Figure(f"list of {LIST:,} customers: answer, median", median(took) * 1000, "ms", "<= 100"),
        Figure(f"list of {LIST:,} customers: server CPU", cpu, "ms"),
    ]


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
