"""Side by side with Kannel: the same load over the same simulated carrier, every receipt told to the same address.

All that is compared runs at once and takes turns, so that whatever else the machine does falls on each of them.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import NamedTuple
from urllib.parse import urlencode

from omnibound.cli.bench.callbacks import Callbacks, callbacks
from omnibound.cli.bench.client import Connection, connect, request
from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.kannel_boxes import USER, boxes
from omnibound.cli.bench.load import BULK, TEXT, Failed, numbers
from omnibound.cli.bench.procs import carrier, connector, server, usage
from omnibound.domain.errors import NotFound

BINDS = 2
WINDOW = 200
CONNECTIONS = 32
TURNS = 5
WARM_UP = 2_000
QUIET_S = 10.0
"""So long without any callback: what has not come by then does not come."""
OFFERED = 200
"""Messages a second at which the time from the request to the callback is taken: both can do more."""
RECEIPT_S = 1.0
"""From a message to its receipt, at the carrier; taken off all times. With much less of it, Kannel loses receipts where
there are two binds: what the other bind brings before the answer to the message was noted is told to nobody."""
CARRIER = ("--delay", str(RECEIPT_S), "--last", "0")
FINAL = 3
"""Kannel's mask of receipts: delivered and failed."""
PUSHED = '[security]\nallow_private = ["127.0.0.0/8"]\n[reports]\npush_batch = {batch}\n'


class Gateway(NamedTuple):
    """One of those that are compared."""

    name: str
    url: str
    pids: Sequence[int]
    write: Callable[[Sequence[str], str], bytes]
    """A prepared request to these numbers, whose callbacks go to an address."""
    taken: int
    """The HTTP status by which it takes one."""
    batch: int = 1
    """Numbers in a request."""
    scale: int = 1
    """How many times as many messages are sent by it, so that its turn takes about as long."""


class Sent(NamedTuple):
    """One turn: messages, seconds to the last callback (the carrier's own not counted), processor time in microseconds,
    and how many were told of."""

    messages: int
    took: float
    cpu_us: float
    told: int


async def kannel(total: int, seconds: float) -> list[Figure]:
    """Throughput and cost in turns of a fifth of `total` each, then for so many seconds what a message takes."""
    try:
        return await _compared(total, seconds)
    except NotFound as error:
        return [Figure(f"beside Kannel: not measured ({error})", 0, "")]


async def _compared(total: int, seconds: float) -> list[Figure]:
    async with callbacks() as told, _gateways() as gateways:
        load = Load(told)
        for gateway in gateways:
            await load.turn(gateway, WARM_UP)
        turns: list[list[Sent]] = [[] for _ in gateways]
        for _ in range(TURNS):
            for gateway, sent in zip(gateways, turns, strict=True):
                sent.append(await load.turn(gateway, max(1, total // TURNS)))
        singly = [gateway for gateway in gateways if gateway.batch == 1]
        waits = {gateway.name: await load.waits(gateway, OFFERED, seconds) for gateway in singly}
    rows = {gateway.name: _summed(sent) for gateway, sent in zip(gateways, turns, strict=True)}
    return [*(figure for name, sent in rows.items() for figure in _rows(name, sent, waits.get(name))), *_ratios(rows)]


@asynccontextmanager
async def _gateways() -> AsyncGenerator[list[Gateway]]:
    """Kannel and ours, each with a simulated carrier of its own: receipts go to whichever bind has the system_id."""
    async with AsyncExitStack() as stack:
        smsc = await stack.enter_async_context(carrier(*CARRIER))
        other = await stack.enter_async_context(boxes(smsc.port, BINDS, WINDOW))
        made = [Gateway("Kannel", other.url, other.pids, _kannels, 202)]
        for name, reports, batch, scale in (
            ("Omnibound", 1, 1, 1),
            ("Omnibound, bulks of 1,000, 100 reports in a POST", 100, BULK, 5),
        ):
            smsc = await stack.enter_async_context(carrier(*CARRIER))
            tables = PUSHED.format(batch=reports) + connector(smsc.port, BINDS, WINDOW)
            ours = await stack.enter_async_context(server(tables))
            made.append(Gateway(name, ours.url, (ours.pid,), _ours(ours.keys[0]), 200, batch, scale))
        yield made


def _kannels(to: Sequence[str], told: str) -> bytes:
    query = {
        "username": USER, "password": USER, "from": "Bench", "to": to[0], "text": TEXT, "dlr-mask": FINAL,
        "dlr-url": f"{told}?to={to[0]}",
    }  # fmt: skip
    return request("GET", f"/cgi-bin/sendsms?{urlencode(query)}", "")


def _ours(key: str) -> Callable[[Sequence[str], str], bytes]:
    def write(to: Sequence[str], told: str) -> bytes:
        people = [{"to": {"phoneNumber": number}} for number in to]
        body = {"destinations": people, "sms": {"text": TEXT}, "notifyUrl": told}
        return request("POST", "/omni/1/advanced", key, json.dumps(body).encode())

    return write


class Load:
    """Sends to numbers that were not used before, and waits until they were told of."""

    def __init__(self, told: Callbacks) -> None:
        self._told = told
        self._used = self._turns = 0

    async def turn(self, gateway: Gateway, messages: int) -> Sent:
        """Send as fast as it takes, on all connections; until the last callback has come."""
        to, address = self._numbers(messages * gateway.scale)
        starts = range(0, len(to), gateway.batch)
        prepared = iter([gateway.write(to[start : start + gateway.batch], address) for start in starts])
        spent, began = _cpu_us(gateway), time.monotonic()

        async def one(connection: Connection) -> None:
            for each in prepared:
                _check(gateway, (await connection.ask(each))[0])

        async with _connected(gateway) as made:
            await asyncio.gather(*map(one, made))
            when = await self._when(len(to))
        took = max(when.values(), default=began + QUIET_S) - began
        return Sent(len(to), took - RECEIPT_S, _cpu_us(gateway) - spent, len(when))

    async def waits(self, gateway: Gateway, rate: float, seconds: float) -> list[float]:
        """Seconds from each request to its callback, the carrier's own not counted, at this rate of requests."""
        to, address = self._numbers(max(1, int(rate * seconds)))
        asked: dict[str, float] = {}
        async with _connected(gateway) as made:
            answers: list[asyncio.Future[tuple[int, bytes]]] = []
            began = time.monotonic()
            for place, number in zip(count(), to):
                await asyncio.sleep(max(0.0, began + place / rate - time.monotonic()))
                asked[number] = time.monotonic()
                answers.append(made[place % len(made)].ask(gateway.write([number], address)))
            for status, _ in await asyncio.gather(*answers):
                _check(gateway, status)
            when = await self._when(len(to))
        return [at - asked[number] - RECEIPT_S for number, at in when.items()]

    def _numbers(self, many: int) -> tuple[list[str], str]:
        """Those of a new turn, and the address at which it is told of them."""
        self._used += many
        self._turns += 1
        return numbers(self._used - many, many), self._told.address(self._turns)

    async def _when(self, many: int) -> dict[str, float]:
        return await self._told.when(self._turns, many, QUIET_S)


@asynccontextmanager
async def _connected(gateway: Gateway) -> AsyncGenerator[list[Connection]]:
    made = [await connect(gateway.url) for _ in range(CONNECTIONS)]
    try:
        yield made
    finally:
        for connection in made:
            connection.close()


def _check(gateway: Gateway, status: int) -> None:
    if status != gateway.taken:
        raise Failed(f"{gateway.name} answered {status}")


def _cpu_us(gateway: Gateway) -> float:
    return sum(usage(pid).cpu_us for pid in gateway.pids)


def _summed(turns: list[Sent]) -> Sent:
    return Sent(*map(sum, zip(*turns, strict=True)))


def _rows(name: str, sent: Sent, waits: list[float] | None) -> list[Figure]:
    rows = [
        Figure(f"{name}: to the callback", sent.told / sent.took, "messages/s"),
        Figure(f"{name}: CPU of its processes", sent.cpu_us / sent.messages, "us each"),
        Figure(f"{name}: without a callback", sent.messages - sent.told, "messages", "0"),
    ]
    if waits:
        at = f"{name}, {OFFERED}/s offered: request to callback"
        rows += [Figure(f"{at} p{n}", percentile(waits, n / 100) * 1000, "ms") for n in (50, 99)]
    return rows


def _ratios(rows: dict[str, Sent]) -> list[Figure]:
    """Ours by Kannel's."""
    other = rows["Kannel"]
    return [
        figure
        for name, sent in rows.items()
        if sent is not other
        for figure in (
            Figure(f"{name} by Kannel: messages/s", 100 * _rate(sent) / _rate(other), "%"),
            Figure(f"{name} by Kannel: CPU each", 100 * _cost(sent) / _cost(other), "%"),
        )
    ]


def _rate(sent: Sent) -> float:
    return sent.told / sent.took


def _cost(sent: Sent) -> float:
    return sent.cpu_us / sent.messages
