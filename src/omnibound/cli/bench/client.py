"""A client that costs little: keep-alive connections, prepared requests, answers read by their length."""

import asyncio
from collections import deque
from typing import cast
from urllib.parse import urlsplit

import msgspec


class Connection(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection. `ask` is answered in order; whoever asks twice at once is pipelined."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._asked: deque[asyncio.Future[tuple[int, bytes]]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        for future in self._asked:
            if not future.done():
                future.set_exception(exc or ConnectionError("closed"))

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        """Send a prepared request; its answer is (status, body)."""
        if self._transport is None:
            raise ConnectionError("not connected")
        future: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self._asked.append(future)
        self._transport.write(request)
        return future

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._one():
            pass

    def _one(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end]).lower()
        start = head.find(b"content-length:") + 15
        length = int(head[start : head.find(b"\r\n", start) if head.find(b"\r\n", start) > 0 else end])
        whole = end + 4 + length
        if len(self._buffer) < whole:
            return False
        body = bytes(self._buffer[end + 4 : whole])
        del self._buffer[:whole]
        future = self._asked.popleft()
        if not future.done():
            future.set_result((int(head[9:12]), body))
        return True

    def close(self) -> None:
        """Close it."""
        if self._transport:
            self._transport.close()


async def connect(url: str) -> Connection:
    """A connection to a server."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, parts.hostname or "127.0.0.1", parts.port or 80)
    return connection


def request(method: str, path: str, key: str, body: bytes = b"", form: str = "application/json") -> bytes:
    """A prepared request."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: App {key}\r\n"
        f"Content-Type: {form}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def told(client: Connection, key: str, method: str, path: str, body: object = None) -> bytes:
    """Say something in JSON; the body of its answer. Raises AssertionError for an error's."""
    return await answered(client, request(method, path, key, b"" if body is None else msgspec.json.encode(body)))


async def answered(client: Connection, asked: bytes) -> bytes:
    """The body of an answer. Raises AssertionError for one that is an error's."""
    status, body = await client.ask(asked)
    if status >= 300:
        raise AssertionError(f"{status}: {body[:200].decode()}")
    return body
