"""The log over a million deliveries: written straight into the store, then asked of a running server."""

import asyncio
import tempfile
import time
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from omnibound.bootstrap import add_account, opened
from omnibound.cli.bench.client import Connection, request
from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.load import NUMBERS, TEXT, Failed, connections
from omnibound.cli.bench.procs import server
from omnibound.config import Config
from omnibound.domain.changes import Changes
from omnibound.domain.flow import HOUR, Flow, Step
from omnibound.domain.ids import Mint
from omnibound.domain.live import Live, Outcome, Stage
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.status import Reason, end_status
from omnibound.engine.indexing import Indexing
from omnibound.ports import Store

BULK = 1_000
SPREAD = 46 * HOUR
TIMES = 40
"""How often each question is asked, of another number or bulk each time."""

MARK = "<= 100"
_WAYS = [("SMS", "Bench")] * 16 + [("SMS", "Other")] * 2 + [("VIBER", "Bench"), ("PUSH", "Bench")]
_ENDS = [Reason.DELIVERED] * 880 + [Reason.ABSENT_SUBSCRIBER] * 60 + [Reason.EXPIRED] * 39 + [Reason.BLOCKED]
_OPEN = 0.02

QUESTIONS: dict[str, dict[str, str]] = {
    "nothing": {},
    "nothing, 1,000 rows": {"limit": "1000"},
    "generalStatus, many": {"generalStatus": "DELIVERED"},
    "generalStatus, few": {"generalStatus": "REJECTED"},
    "generalStatus PENDING, 1,000 rows": {"generalStatus": "PENDING", "limit": "1000"},
    "generalStatus and channel, few": {"generalStatus": "REJECTED", "channel": "PUSH"},
    "channel that nobody uses": {"channel": "EMAIL"},
    "from": {"from": "Other"},
    "from that nobody uses": {"from": "Nobody"},
    "to": {"to": "{number}"},
    "to, that matches nothing": {"to": "{number}", "generalStatus": "PENDING", "channel": "PUSH"},
    "bulkId": {"bulkId": "{bulk}"},
    "bulkId and generalStatus": {"bulkId": "{bulk}", "generalStatus": "REJECTED"},
    "one bulkId of a fifth of all": {"bulkId": "huge"},
    "the same, that matches nothing": {"bulkId": "huge", "generalStatus": "EXPIRED", "channel": "EMAIL"},
    "sentSince and sentUntil": {"sentSince": "{since}", "sentUntil": "{until}"},
    "the same, and generalStatus, few": {"sentSince": "{since}", "sentUntil": "{until}", "generalStatus": "REJECTED"},
}


async def logs(total: int) -> list[Figure]:
    """So many deliveries, a tenth of them another account's; every kind of question with its p50, p95 and p99."""
    with tempfile.TemporaryDirectory(prefix="omnibound-bench-") as made:
        data = Path(made)
        figures, key, now = await _fill(data, total)
        async with server("", accounts=0, folder=data) as served, connections(served, 1) as (connection,):
            for name, wish in QUESTIONS.items():
                took = [await _ask(connection, key, _filled(wish, number, total, now)) for number in range(TIMES)]
                figures += _figures(name, took)
        return figures


async def _fill(data: Path, total: int) -> tuple[list[Figure], str, int]:
    config = Config(data=str(data))
    mine, _ = [await add_account(config, name) for name in ("asks", "other")]
    async with opened(config) as store:
        now = time.time_ns() // 1000
        began = time.perf_counter()
        await _write(store, total, now, [account.id for account in await store.accounts.all()])
        written = time.perf_counter()
        await _file(store)
        filed = time.perf_counter()
    return [
        Figure(f"log of {total:,}: written in", written - began, "s"),
        Figure(f"log of {total:,}: filed for searching", (filed - written) / total * 1e6, "us each"),
    ], mine.api_key, now  # fmt: skip


async def _write(store: Store, total: int, now: int, accounts: list[int]) -> None:
    mint, dice = Mint(0), Random(1)  # noqa: S311 - the same messages each time
    waiting: list[asyncio.Future[None]] = []
    for start in range(0, total, BULK):
        at = now - SPREAD + SPREAD * start // total
        account = accounts[start // BULK % 10 == 9]
        waiting.append(store.record(_bulk(mint, dice, account, start, at)))
        if len(waiting) == 10:
            await asyncio.gather(*waiting)
            waiting.clear()
    await asyncio.gather(*waiting)


def _bulk(mint: Mint, dice: Random, account: int, start: int, at: int) -> Changes:
    channel, sender = dice.choice(_WAYS)
    id_, *ids = mint.take(1 + BULK, at)
    message = Message(
        id=id_,
        account=account,
        flow=Flow(steps=(Step(channel=channel, sender=sender),)),
        content={channel: Content(text=TEXT)},
        created_at=at,
        bulk="huge" if start // BULK % 5 == 0 else f"bulk-{start // BULK}",
    )
    changes = Changes(messages=[message])
    for number, each in enumerate(ids, start):
        to = Addresses(phone=str(NUMBERS + number))
        changes.deliveries.append(Delivery(id=each, message=id_, account=account, to=to))
        sent_at = at + number % BULK * 1000
        if dice.random() < _OPEN:
            live = Live(each, id_, account, 1, Stage.SENT, 0, 0, 1, 0, at + 10 * SPREAD, at + 10 * SPREAD, 0, sent_at)
            changes.born.append((live, 0))
        else:
            reason = dice.choice(_ENDS)
            ended = end_status(reason), reason, "", 0, 0, "carrier", 1
            changes.outcomes.append(Outcome(each, account, 1, *ended, sent_at, sent_at + 2_000_000))
    return changes


async def _file(store: Store) -> None:
    await Indexing(store.logs, store.deliveries).file(await store.logs.newest_touch())


def _filled(wish: dict[str, str], number: int, total: int, now: int) -> dict[str, str]:
    place = number * 7919 * BULK // 10 % total
    since = now - SPREAD * (TIMES - number) // TIMES
    values = {
        "number": str(NUMBERS + place),
        "bulk": f"bulk-{place // BULK}",
        "since": _date(since),
        "until": _date(since + HOUR),
    }
    return {name: text.format(**values) for name, text in wish.items()}


def _date(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(at // 1_000_000))


async def _ask(connection: Connection, key: str, wish: dict[str, str]) -> float:
    began = time.perf_counter()
    status, body = await connection.ask(request("GET", f"/omni/1/logs?{urlencode(wish)}", key))
    if status != 200:
        raise Failed(f"the log was answered {status}: {body.decode()}")
    return time.perf_counter() - began


def _figures(name: str, took: list[float]) -> list[Figure]:
    marks = {0.5: "", 0.95: MARK, 0.99: ""}
    return [
        Figure(f"log by {name}: p{share * 100:.0f}", percentile(took, share) * 1000, "ms", mark)
        for share, mark in marks.items()
    ]
