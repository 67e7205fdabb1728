"""The benchmarks: each runs the real processes, counts at the carrier and in the reports, and tells figures."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from omnibound.cli.bench.backups import backups
from omnibound.cli.bench.calls import PLAYBACKS, SETUPS, calls
from omnibound.cli.bench.campaigns import lists
from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.kannel import kannel
from omnibound.cli.bench.load import offer, pull, send_bulks, send_singles
from omnibound.cli.bench.logs import logs
from omnibound.cli.bench.mails import mails
from omnibound.cli.bench.media import media
from omnibound.cli.bench.nodes import takeover
from omnibound.cli.bench.outbound import outbound
from omnibound.cli.bench.postgres import cpu_us, on_some_server, postmaster
from omnibound.cli.bench.procs import Carrier, Server, carrier, connector, server, usage
from omnibound.cli.bench.pushes import pushes, waiting
from omnibound.cli.bench.speech import speech

WARM_UP = 20_000
DEFAULT_WINDOW = 200
FAST = ("--delay", "0.01", "--last", "0")


async def throughput(
    total: int,
    database: str,
    ids: bool = False,
    binds: int = 2,
    window: int = DEFAULT_WINDOW,
    form: str = "json",
) -> list[Figure]:
    """Bulks of 1,000 as fast as they are taken, reports pulled while they go."""
    async with carrier(*FAST) as smsc, server(connector(smsc.port, binds, window), database=database) as served:
        await _bulks(served, smsc, WARM_UP, ids=False)
        before, began = usage(served.pid), time.perf_counter()
        others = await _bulks(served, smsc, total, ids, form)
        took, after = time.perf_counter() - began, usage(served.pid)
        each = (after.cpu_us - before.cpu_us) / total
        what = f"{', own messageIds' if ids else ''}{', XML' if form == 'xml' else ''}"
        kind = f"bulk of 1,000{what}, {binds} binds of window {window}"
        speed, cost = _MARKS.get((ids, window, form), ("", ""))
        return [
            Figure(kind, total / took, "messages/s", speed),
            Figure(f"{kind}: server CPU", each, "us each", cost),
            Figure(f"{kind}: peak memory", after.peak_mib, "MiB"),
            Figure(f"{kind}: not delivered", others, "messages", "0"),
        ]


_MARKS = {
    (False, DEFAULT_WINDOW, "json"): (">= 20,000", "<= 50"),
    (True, DEFAULT_WINDOW, "json"): (">= 15,000", "<= 60"),
    (False, DEFAULT_WINDOW, "xml"): (">= half of JSON's", ""),
}
"""(own messageIds, window, form) -> the marks for speed and cost."""


async def on_postgres(total: int, database: str) -> list[Figure]:
    """The same on a PostgreSQL of this machine, its own processes counted as well; on a new one if none is named."""
    return await on_some_server(database, lambda url: _on_postgres(total, url))


async def _on_postgres(total: int, url: str) -> list[Figure]:
    async with carrier(*FAST) as smsc, server(connector(smsc.port), database=url) as served:
        database = await postmaster(url)
        await _bulks(served, smsc, WARM_UP, ids=False)
        before, stored, began = usage(served.pid), cpu_us(database), time.perf_counter()
        others = await _bulks(served, smsc, total, ids=False)
        took, after = time.perf_counter() - began, usage(served.pid)
        own, theirs = (after.cpu_us - before.cpu_us) / total, (cpu_us(database) - stored) / total
        return [
            Figure("bulk of 1,000", total / took, "messages/s", ">= 10,000"),
            Figure("server CPU", own, "us each"),
            Figure("its own CPU", theirs, "us each"),
            Figure("both", own + theirs, "us each", "<= 90"),
            Figure("not delivered", others, "messages", "0"),
        ]


async def _bulks(served: Server, smsc: Carrier, total: int, ids: bool, form: str = "json") -> int:
    before = await smsc.accepted()
    _, others = await asyncio.gather(send_bulks(served, total, ids, form), pull(served, total))
    arrived = await smsc.accepted() - before
    if arrived != total:
        raise AssertionError(f"{arrived} messages arrived at the carrier, {total} were sent")
    return others


async def singles(total: int, database: str) -> list[Figure]:
    """One message a request."""
    async with carrier(*FAST) as smsc, server(connector(smsc.port), database=database) as served:
        await send_singles(served, 2_000)
        await pull(served, 2_000)
        before, began = usage(served.pid), time.perf_counter()
        answers, others = await asyncio.gather(send_singles(served, total, start=2_000), pull(served, total))
        took, after = time.perf_counter() - began, usage(served.pid)
        return [
            Figure("one message a request", total / took, "messages/s", ">= 4,000"),
            Figure("one message a request: server CPU", (after.cpu_us - before.cpu_us) / total, "us each"),
            Figure("one message a request: answer p99", percentile(answers, 0.99) * 1000, "ms"),
            Figure("one message a request: not delivered", others, "messages", "0"),
        ]


async def latency(seconds: float, database: str) -> list[Figure]:
    """1,000 messages a second offered: from the answer's instant to the carrier's."""
    options = ("--delay", "0.01", "--last", "200000")
    async with carrier(*options) as smsc, server(connector(smsc.port), database=database) as served:
        await send_singles(served, 1_000, start=1_000_000)
        accepted, _ = await asyncio.gather(offer(served, 1_000, seconds), pull(served, int(1_000 * seconds) + 1_000))
        waits = await _waits(smsc, accepted)
        return [
            Figure("1,000/s offered: accept to carrier p50", percentile(waits, 0.5) * 1000, "ms"),
            Figure("1,000/s offered: accept to carrier p99", percentile(waits, 0.99) * 1000, "ms", "<= 30"),
        ]


async def fairness(bulk: int, seconds: float, database: str) -> list[Figure]:
    """A huge bulk of one account through a slow connector; single messages of another beside it."""
    options = ("--delay", "0.01", "--last", "200000")
    async with (
        carrier(*options) as smsc,
        server(connector(smsc.port, rate=1_000), accounts=2, database=database) as served,
    ):
        began = time.perf_counter()
        await send_bulks(served, bulk)
        accepted = await offer(served, 20, seconds, key=1, start=500_000_000)
        await asyncio.sleep(2)
        took = time.perf_counter() - began
        waits = await _waits(smsc, accepted)
        beside = f"beside a bulk of {bulk:,} at 1,000/s"
        return [
            Figure(f"{beside}: singles p50", percentile(waits, 0.5) * 1000, "ms"),
            Figure(f"{beside}: singles p99", percentile(waits, 0.99) * 1000, "ms", "<= 500"),
            Figure("bulk meanwhile", (await smsc.accepted() - len(accepted)) / took, "messages/s"),
        ]


async def _waits(smsc: Carrier, accepted: dict[str, float]) -> list[float]:
    kept = (await smsc.ask(do="messages", last=200_000))["messages"]
    arrived = {row["destination"]: row["arrived"] for row in kept}
    missing = [to for to in accepted if to not in arrived]
    if missing:
        raise AssertionError(f"{len(missing)} of {len(accepted)} accepted messages have not arrived")
    return [max(0.0, arrived[to] - at) for to, at in accepted.items()]


Run = Callable[[float, str], Coroutine[Any, Any, list[Figure]]]

RUNS: dict[str, Run] = {
    "bulk": lambda scale, url: throughput(int(200_000 * scale), url),
    "bulk-ids": lambda scale, url: throughput(int(200_000 * scale), url, ids=True),
    "bulk-xml": lambda scale, url: throughput(int(100_000 * scale), url, form="xml"),
    "postgres": lambda scale, url: on_postgres(int(200_000 * scale), url),
    "nodes": lambda scale, url: takeover(int(100_000 * scale), url),
    "single": lambda scale, url: singles(int(40_000 * scale), url),
    "latency": lambda scale, url: latency(10 * scale, url),
    "fairness": lambda scale, url: fairness(int(1_000_000 * scale), 15, url),
    "windows-2": lambda scale, url: throughput(int(100_000 * scale), url, binds=2, window=10),
    "windows-20": lambda scale, url: throughput(int(100_000 * scale), url, binds=20, window=10),
    "kannel": lambda scale, _: kannel(int(20_000 * scale), 10 * scale),
    "mail": lambda scale, url: mails(int(20_000 * scale), url),
    "backup": lambda scale, _: backups(int(1_000_000 * scale), 10),
    "logs": lambda scale, _: logs(int(1_000_000 * scale)),
    "pushes": lambda scale, _: pushes(int(100_000 * scale)),
    "waiting": lambda scale, _: waiting(int(200_000 * scale), int(1_000_000 * scale)),
    "media": lambda scale, _: media(1_000, 20 * scale),
    "calls": lambda scale, _: calls(*PLAYBACKS, 60 * scale),
    "setups": lambda scale, _: calls(*SETUPS, 10 * scale),
    "lists": lambda _, url: lists(url),
    "outbound": lambda scale, url: outbound(int(1_000_000 * scale), url),
    "outbound-postgres": lambda scale, url: on_some_server(url, partial(outbound, int(1_000_000 * scale))),
    "speech": lambda scale, _: speech(int(400 * scale)),
    "memory": lambda scale, url: throughput(int(1_000_000 * scale), url),
}
"""Name -> the benchmark; `scale` makes all of them shorter or longer, `url` names a database (empty: SQLite)."""

ON_A_FILE = frozenset({"backup", "kannel", "logs", "pushes", "waiting", "media", "calls", "setups", "speech"})
"""Those that fill a file of their own first, or need no database."""
