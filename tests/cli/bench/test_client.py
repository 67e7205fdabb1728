"""The cheap client reads its answers by their length, however the octets come, and never waits for what cannot come."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.cli.bench.client import Connection, connect, request

pytestmark = pytest.mark.anyio


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, octets: bytes) -> None:
        self.written.append(octets)

    def close(self) -> None:
        self.closed = True


def connected() -> tuple[Connection, Wire]:
    connection, wire = Connection(), Wire()
    made: Any = wire
    connection.connection_made(made)
    return connection, wire


def answer(status: int, body: bytes, *before: str, name: str = "Content-Length", after: tuple[str, ...] = ()) -> bytes:
    lines = [f"HTTP/1.1 {status} Some Words", *before, f"{name}: {len(body)}", *after]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


answers = st.lists(
    st.builds(
        lambda status, body, name, before, after: (
            answer(status, body, *before, name=name, after=after), (status, body)
        ),
        st.integers(200, 599),
        st.binary(max_size=40) | st.just(b"\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
        st.sampled_from(["Content-Length", "content-length", "CONTENT-LENGTH"]),
        st.sampled_from([(), ("Content-Type: application/json",), ("X-A: 1", "Date: now")]),
        st.sampled_from([(), ("Retry-After: 5",)]),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@given(answers=answers, cuts=st.lists(st.integers(0, 600), max_size=12))
def test_answers_cut_anywhere(answers: list[tuple[bytes, tuple[int, bytes]]], cuts: list[int]) -> None:
    whole = b"".join(octets for octets, _ in answers)
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]

    async def read() -> list[tuple[int, bytes]]:
        connection, _ = connected()
        asked = [connection.ask(b"x") for _ in answers]
        for start, end in pairwise(places):
            connection.data_received(whole[start:end])
        return [each.result() for each in asked]

    assert asyncio.run(read()) == [expected for _, expected in answers]


async def test_every_octet_alone_and_not_a_moment_too_soon() -> None:
    connection, _ = connected()
    octets = answer(429, b'{"a":1}', after=("Retry-After: 5",))
    asked = connection.ask(b"x")
    for place in range(len(octets)):
        assert not asked.done()
        connection.data_received(octets[place : place + 1])
    assert asked.result() == (429, b'{"a":1}')


async def test_requests_are_written_in_order_and_answered_in_order() -> None:
    connection, wire = connected()
    first, second = connection.ask(b"one"), connection.ask(b"two")
    assert wire.written == [b"one", b"two"]
    connection.data_received(answer(200, b"1"))
    assert (first.result(), second.done()) == ((200, b"1"), False)
    connection.data_received(answer(500, b""))
    assert second.result() == (500, b"")


async def test_who_has_stopped_waiting_disturbs_nobody() -> None:
    connection, _ = connected()
    first, second = connection.ask(b"1"), connection.ask(b"2")
    first.cancel()
    connection.data_received(answer(200, b"1") + answer(200, b"2"))
    assert second.result() == (200, b"2")


@pytest.mark.parametrize("error", [None, ConnectionResetError("reset")])
async def test_a_lost_connection_is_told_to_all_who_wait(error: Exception | None) -> None:
    connection, _ = connected()
    done, first, second = (connection.ask(b"x") for _ in range(3))
    connection.data_received(answer(200, b"1"))
    second.cancel()
    connection.connection_lost(error)
    assert done.result() == (200, b"1")
    with pytest.raises(ConnectionError, match="reset" if error else "closed"):
        first.result()
    with pytest.raises(ConnectionError, match="not connected"):
        connection.ask(b"x")


async def test_not_connected() -> None:
    connection = Connection()
    connection.close()
    with pytest.raises(ConnectionError, match="not connected"):
        connection.ask(b"x")


async def test_close_closes() -> None:
    connection, wire = connected()
    connection.close()
    assert wire.closed


def test_a_prepared_request() -> None:
    assert request("POST", "/p?a=1", "k", b"ab") == (
        b"POST /p?a=1 HTTP/1.1\r\nHost: bench\r\nAuthorization: App k\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\nab"
    )
    assert request("GET", "/", "k").endswith(b"Content-Length: 0\r\n\r\n")


async def test_a_real_server() -> None:
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.read(1000):
            writer.write(answer(200, head))
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = await connect(f"http://127.0.0.1:{port}/ignored")
        assert await connection.ask(b"hello") == (200, b"hello")
        assert await connection.ask(b"again") == (200, b"again")
        connection.close()
        await gone.wait()
    with pytest.raises(OSError, match="Connect call failed"):
        await connect(f"http://127.0.0.1:{port}")
