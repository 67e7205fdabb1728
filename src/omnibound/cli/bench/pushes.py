"""Reports that wait: how fast they are pushed, and what they cost those who send meanwhile."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from omnibound.bootstrap import add_account, opened
from omnibound.cli.bench.figures import Figure
from omnibound.cli.bench.load import TEXT, pull, send_bulks
from omnibound.cli.bench.procs import Carrier, Server, carrier, connector, server
from omnibound.cli.bench.sink import sink
from omnibound.config import Config
from omnibound.domain.changes import Changes
from omnibound.domain.flow import Flow, Step
from omnibound.domain.ids import Mint
from omnibound.domain.live import Outcome
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.push import Notify
from omnibound.domain.status import Reason, Status
from omnibound.domain.telling import tell
from omnibound.ports import Store

BULK = 1_000
AT_ONCE = 10
"""Bulks that are handed to the store together."""
FORMAT = "infobip_omni.json"
NOWHERE = "http://127.0.0.1:9/"
"""An address that the guard refuses: nothing is posted, and what waits for it goes on waiting."""
WITHIN_S = 600
WARM_UP = 5_000
TURNS = 8
FAST = ("--delay", "0.01", "--last", "0")
MARKS = {100: ("reports/s", ">= 5,000"), 1: ("POST/s", ">= 2,500")}


async def pushes(total: int) -> list[Figure]:
    """So many reports wait when the server starts; from the first that arrives to the last, in hundreds and singly."""
    return [await _pushed(total, batch) for batch in MARKS]


async def _pushed(total: int, batch: int) -> Figure:
    tables = f'[reports]\npush_batch = {batch}\n[security]\nallow_private = ["127.0.0.0/8"]\n'
    with tempfile.TemporaryDirectory(prefix="omnibound-bench-") as made:
        async with sink() as receiver:
            await fill(Path(made), total, receiver.url)
            async with server(tables, accounts=0, folder=Path(made)):
                tally = await receiver.told(total, WITHIN_S)
    unit, mark = MARKS[batch]
    rate = (tally["reports"] if batch > 1 else tally["posts"]) / (tally["last"] - tally["first"])
    return Figure(f"reports pushed, {batch} in a POST", rate, unit, mark)


async def waiting(total: int, reports: int) -> list[Figure]:
    """The rate of sending, with nothing waiting and with so many reports waiting to be pulled and pushed.

    Two servers take turns, so that whatever else the machine does falls on both.
    """
    async with _ready(0) as idle, _ready(reports) as burdened:
        took = [0.0, 0.0]
        for _ in range(TURNS):
            for number, (served, smsc) in enumerate((idle, burdened)):
                began = time.perf_counter()
                await _send(served, smsc, total // TURNS)
                took[number] += time.perf_counter() - began
    words = ("no report", f"{reports:,} reports")
    rates = [total // TURNS * TURNS / each for each in took]
    return [
        *(Figure(f"sending while {what} waits", rate, "messages/s") for what, rate in zip(words, rates, strict=True)),
        Figure("the second by the first", 100 * rates[1] / rates[0], "%", ">= 90"),
    ]


@asynccontextmanager
async def _ready(reports: int) -> AsyncGenerator[tuple[Server, Carrier]]:
    """A server that has been used, with so many reports waiting in its store."""
    with tempfile.TemporaryDirectory(prefix="omnibound-bench-") as made:
        if reports:
            await fill(Path(made), reports, NOWHERE)
        async with carrier(*FAST) as smsc, server(connector(smsc.port), folder=Path(made)) as served:
            await _send(served, smsc, WARM_UP)
            yield served, smsc


async def _send(served: Server, smsc: Carrier, total: int) -> None:
    before = await smsc.accepted()
    await asyncio.gather(send_bulks(served, total), pull(served, total))
    arrived = await smsc.accepted() - before
    if arrived != total:
        raise AssertionError(f"{arrived} messages arrived at the carrier, {total} were sent")


async def fill(data: Path, total: int, url: str) -> None:
    """An account with so many deliveries that have ended, whose reports wait for this address, and to be read."""
    config = Config(data=str(data))
    await add_account(config, "waits")
    async with opened(config) as store:
        (account,) = await store.accounts.all()
        await _write(store, account.id, total, url)


async def _write(store: Store, account: int, total: int, url: str) -> None:
    mint = Mint(0)
    starts = range(0, total, BULK)
    for first in range(0, len(starts), AT_ONCE):
        now = time.time_ns() // 1000
        bulks = [_bulk(mint, account, min(BULK, total - start), url, now) for start in starts[first : first + AT_ONCE]]
        await asyncio.gather(*map(store.record, bulks))


def _bulk(mint: Mint, account: int, many: int, url: str, now: int) -> Changes:
    id_, *ids = mint.take(many + 1, now)
    flow = Flow(steps=(Step(channel="SMS", sender="Bench"),))
    notify = Notify(url=url, format=FORMAT)
    message = Message(
        id=id_, account=account, flow=flow, content={"SMS": Content(text=TEXT)}, created_at=now, notify=notify
    )  # fmt: skip
    people = [Delivery(id=each, message=id_, account=account, to=Addresses(phone="41790000001")) for each in ids]
    changes = Changes(messages=[message], deliveries=people)
    ended = [
        Outcome(each, account, 1, Status.DELIVERED, Reason.DELIVERED, "", 0, 0, "carrier", 1, now, now) for each in ids
    ]
    tell(changes, message, ended, now)
    return changes
