"""What clients do in a benchmark: send bulks, send one by one, offer at a rate, pull reports."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count

from omnibound.cli.bench.client import Connection, connect, request
from omnibound.cli.bench.procs import Server

TEXT = "Your parcel is on its way. Reply STOP to hear no more from us."
BULK = 1_000
NUMBERS = 41_790_000_000
"""Destinations end in 000 to 899 only, so that none means anything to the simulated carrier."""


class Failed(Exception):
    """The server did not answer as it should."""


def numbers(start: int, many: int) -> list[str]:
    """Destinations without a special meaning."""
    return [str(NUMBERS + (n // 900) * 1000 + n % 900) for n in range(start, start + many)]


def bulk(key: str, to: list[str], ids: bool = False) -> bytes:
    """A prepared request to many."""
    people = [{"to": {"phoneNumber": number}} for number in to]
    if ids:
        people = [{"messageId": f"own-{number}", **person} for number, person in zip(to, people, strict=True)]
    body = {"destinations": people, "sms": {"text": TEXT}}
    return request("POST", "/omni/1/advanced", key, json.dumps(body).encode())


def xml_bulk(key: str, to: list[str]) -> bytes:
    """The same in XML."""
    people = "".join(f"<destination><to><phoneNumber>{number}</phoneNumber></to></destination>" for number in to)
    body = f"<request><destinations>{people}</destinations><sms><text>{TEXT}</text></sms></request>"
    return request("POST", "/omni/1/advanced", key, body.encode(), "application/xml")


@asynccontextmanager
async def connections(server: Server, many: int) -> AsyncGenerator[list[Connection]]:
    """So many connections."""
    made = [await connect(server.url) for _ in range(many)]
    try:
        yield made
    finally:
        for connection in made:
            connection.close()


async def send_bulks(server: Server, total: int, ids: bool = False, form: str = "json", at_once: int = 4) -> None:
    """Send `total` messages in bulks; 429 is waited for, anything else but 200 is a failure."""
    starts = count(0, BULK)

    async def one(connection: Connection) -> None:
        while (start := next(starts)) < total:
            to = numbers(start, min(BULK, total - start))
            prepared = xml_bulk(server.keys[0], to) if form == "xml" else bulk(server.keys[0], to, ids)
            while (status := (await connection.ask(prepared))[0]) == 429:  # noqa: ASYNC110 - Retry-After is for patient ones
                await asyncio.sleep(0.1)
            if status != 200:
                raise Failed(f"a bulk was answered {status}")

    async with connections(server, at_once) as made:
        await asyncio.gather(*map(one, made))


async def send_singles(server: Server, total: int, at_once: int = 64, key: int = 0, start: int = 0) -> list[float]:
    """Send one by one on many connections; the seconds that each answer took."""
    prepared = [bulk(server.keys[key], [number]) for number in numbers(start, total)]
    left = iter(prepared)
    took: list[float] = []

    async def one(connection: Connection) -> None:
        for each in left:
            began = time.perf_counter()
            status, _ = await connection.ask(each)
            took.append(time.perf_counter() - began)
            if status != 200:
                raise Failed(f"a message was answered {status}")

    async with connections(server, at_once) as made:
        await asyncio.gather(*map(one, made))
    return took


async def offer(server: Server, rate: float, seconds: float, key: int = 0, start: int = 0) -> dict[str, float]:
    """Offer messages at a rate whatever the server does; when each was accepted, by destination (Unix time)."""
    accepted: dict[str, float] = {}
    total = int(rate * seconds)
    pending: list[asyncio.Future[tuple[int, bytes]]] = []
    async with connections(server, 16) as made:
        began = time.perf_counter()
        for number, to in enumerate(numbers(start, total)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            future = made[number % 16].ask(bulk(server.keys[key], [to]))
            future.add_done_callback(lambda _, to=to: accepted.setdefault(to, time.time()))
            pending.append(future)
        for status, _ in await asyncio.gather(*pending):
            if status != 200:
                raise Failed(f"a message was answered {status}")
    return accepted


async def pull(server: Server, total: int, key: int = 0, word: bytes = b'"DELIVERED_TO_HANDSET"') -> int:
    """Pull reports until so many have come; how many do not say `word`."""
    prepared = request("GET", "/omni/1/reports?limit=1000", server.keys[key])
    got = others = 0
    async with connections(server, 1) as (connection,):
        while got < total:
            status, body = await connection.ask(prepared)
            if status != 200:
                raise Failed(f"reports were answered {status}")
            rows = body.count(b'"messageId"')
            got += rows
            others += rows - body.count(word)
            if rows < 1000:
                await asyncio.sleep(0.02)
    return others
