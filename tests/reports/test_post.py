"""One POST: what is accepted, and why not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from omnibound.reports.guard import Guard
from omnibound.reports.post import Poster
from tests.reports.conftest import Receiver

pytestmark = pytest.mark.anyio


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    made = Poster(Guard(["127.0.0.1"]), 0.3)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (200, ""), (201, ""), (204, ""), (299, ""), (400, "HTTP 400"), (401, "HTTP 401"), (410, "HTTP 410"),
        (500, "HTTP 500"), (503, "HTTP 503"), (302, "HTTP 302, a redirect, is not followed"),
        (307, "HTTP 307, a redirect, is not followed"),
    ],
)  # fmt: skip
async def test_what_the_receiver_answers(poster: Poster, receiver: Receiver, status: int, why: str) -> None:
    receiver.answers["/cb"] = status
    receiver.location = "http://10.0.0.1/"
    assert await poster.post(receiver.url + "/cb", {"Content-Type": "a/b"}, b"body") == why
    ((path, headers, body),) = receiver.got
    assert (path, headers["Content-Type"], body) == ("/cb", "a/b", b"body")
    assert headers["User-Agent"].startswith("Omnibound/")


async def test_a_query_goes_along(poster: Poster, receiver: Receiver) -> None:
    assert await poster.post(receiver.url + "/cb?a=1&b=%20", {}, b"") == ""
    assert receiver.paths() == ["/cb?a=1&b=%20"]


async def test_who_does_not_answer_in_time(poster: Poster, receiver: Receiver) -> None:
    assert await poster.post(receiver.url + "/slow", {}, b"") == "no answer in time"


async def test_nobody_listens(poster: Poster) -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert (await poster.post(f"http://127.0.0.1:{port}/", {}, b"")).startswith("no connection: ")


@pytest.mark.parametrize("url", ["http://", "http://[", "nonsense", "ftp://127.0.0.1/", "http://127.0.0.1:99999/"])
async def test_what_is_no_address(poster: Poster, url: str) -> None:
    assert await poster.post(url, {}, b"")


async def test_an_answer_without_end_is_not_read() -> None:
    """The status counts; nobody waits for the rest."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    poster = Poster(Guard(["127.0.0.1"]), 5)
    async with server:
        assert await poster.post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {}, b"x") == ""
        await poster.close()


async def test_a_connection_is_used_again(poster: Poster) -> None:
    """Also by a receiver that says how long its answer is only at its end."""
    connections: list[int] = []

    async def chunked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        for _ in range(3):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(chunked, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert [await poster.post(url, {}, b"") for _ in range(3)] == [""] * 3
        await poster.close()
    assert connections == [1]


async def test_no_cookie_is_given_back(poster: Poster) -> None:
    heard: list[bytes] = []

    async def baker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(baker, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert [await poster.post(url, {}, b"") for _ in range(2)] == ["", ""]
        await poster.close()
    assert len(heard) == 2
    assert not any(b"cookie" in each.lower() for each in heard)
