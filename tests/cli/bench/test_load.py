"""What a benchmark's clients send: numbers that mean nothing to the carrier, no message too many, failures said."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.cli.bench.load import BULK, TEXT, Failed, bulk, numbers, offer, pull, send_bulks, send_singles
from omnibound.cli.bench.procs import Server
from omnibound.simulators.smsc import MAGIC

pytestmark = pytest.mark.anyio

Reply = Callable[[str, Any], tuple[int, bytes]]


class Peer:
    """A server that answers as the test says and keeps what it was asked."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[tuple[str, str, Any]] = []
        self.connections = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(head.partition("Content-Length: ")[2].partition("\r\n")[0])
                body = await reader.readexactly(length)
                self._answer(writer, head, json.loads(body) if body else None)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, head: str, body: Any) -> None:
        path, key = head.split(" ")[1], head.partition("Authorization: App ")[2].partition("\r\n")[0]
        self.asked.append((path, key, body))
        status, octets = self.reply(path, body)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(octets)}\r\n\r\n".encode() + octets)

    def sent(self) -> list[str]:
        """The destinations of all that was sent."""
        return [one["to"]["phoneNumber"] for _, _, body in self.asked if body for one in body["destinations"]]


@asynccontextmanager
async def peer(reply: Reply) -> AsyncIterator[tuple[Peer, Server]]:
    made = Peer(reply)
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    process: Any = None
    try:
        yield made, Server(process, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", ["k0", "k1"])
    finally:
        listening.close()
        for writer in made._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def always(status: int, body: bytes = b"{}") -> Reply:
    return lambda _path, _body: (status, body)


# -- numbers -----------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**9), st.integers(0, 3_000))
def test_numbers_mean_nothing_to_the_carrier(start: int, many: int) -> None:
    made = numbers(start, many)
    assert len(set(made)) == len(made) == many
    assert {number[-3:] for number in made}.isdisjoint(MAGIC)
    assert all(number.isdecimal() and number.startswith("4") and len(number) == 11 for number in made)


@given(st.integers(0, 10**8), st.integers(1, 2_000), st.integers(1, 2_000))
def test_ranges_that_do_not_overlap_share_no_number(start: int, many: int, more: int) -> None:
    assert numbers(start, many) + numbers(start + many, more) == numbers(start, many + more)
    assert set(numbers(start, many)).isdisjoint(numbers(start + many, more))


def test_a_bulk() -> None:
    head, _, body = bulk("k", ["1", "2"]).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /omni/1/advanced HTTP/1.1\r\n")
    people = [{"to": {"phoneNumber": "1"}}, {"to": {"phoneNumber": "2"}}]
    assert json.loads(body) == {"destinations": people, "sms": {"text": TEXT}}
    own = [{"messageId": "own-1", **people[0]}, {"messageId": "own-2", **people[1]}]
    assert json.loads(bulk("k", ["1", "2"], ids=True).partition(b"\r\n\r\n")[2])["destinations"] == own


# -- sending -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [1, 999, BULK, BULK + 1, 4 * BULK, 4 * BULK + 500])
async def test_bulks_are_neither_more_nor_less_than_asked_for(total: int) -> None:
    async with peer(always(200)) as (site, server):
        await send_bulks(server, total)
    assert sorted(site.sent()) == numbers(0, total)
    assert max(len(body["destinations"]) for _, _, body in site.asked) <= BULK


async def test_a_bulk_waits_where_the_server_is_full() -> None:
    answers = iter([429, 429, 200])
    async with peer(lambda _path, _body: (next(answers), b"{}")) as (site, server):
        await send_bulks(server, 10, ids=True)
    assert site.sent() == numbers(0, 10) * 3


async def test_singles() -> None:
    async with peer(always(200)) as (site, server):
        took = await send_singles(server, 30, at_once=4, key=1, start=100)
    assert (len(took), site.connections) == (30, 4)
    assert sorted(site.sent()) == numbers(100, 30)
    assert {key for _, key, _ in site.asked} == {"k1"}
    assert all(0 < each < 10 for each in took)


async def test_an_offer_notes_when_each_was_accepted() -> None:
    async with peer(always(200)) as (site, server):
        accepted = await offer(server, rate=2_000, seconds=0.02, start=7)
    assert sorted(accepted) == sorted(site.sent()) == numbers(7, 40)
    assert max(accepted.values()) - min(accepted.values()) < 10


@pytest.mark.parametrize("send", [send_bulks, send_singles, lambda server, total: offer(server, 1_000, total / 1_000)])
@pytest.mark.parametrize("status", [400, 401, 500, 503])
async def test_any_other_answer_is_a_failure(send: Callable[[Server, int], Any], status: int) -> None:
    async with peer(always(status)) as (_, server):
        with pytest.raises(Failed, match=str(status)):
            await send(server, 3)


# -- pulling -----------------------------------------------------------------------------------------------------


def page(good: int, bad: int = 0) -> bytes:
    words = ["DELIVERED_TO_HANDSET"] * good + ["UNDELIVERABLE_NOT_DELIVERED"] * bad
    rows = [{"messageId": str(n), "status": {"name": word}} for n, word in enumerate(words)]
    return json.dumps({"results": rows}).encode()


@pytest.mark.parametrize(
    ("pages", "total", "others"),
    [([page(0)], 0, 0), ([page(3)], 3, 0), ([page(0), page(2, 1), page(0), page(0, 2)], 5, 3), ([page(4)], 2, 0)],
)
async def test_reports_are_pulled_until_all_have_come(pages: list[bytes], total: int, others: int) -> None:
    left = iter(pages)
    async with peer(lambda _path, _body: (200, next(left))) as (site, server):
        assert await pull(server, total, key=1) == others
    asked = len(pages) if total else 0
    assert [(path, key) for path, key, _ in site.asked] == [("/omni/1/reports?limit=1000", "k1")] * asked


async def test_a_pull_that_is_refused() -> None:
    async with peer(always(401)) as (_, server):
        with pytest.raises(Failed, match="401"):
            await pull(server, 1)
