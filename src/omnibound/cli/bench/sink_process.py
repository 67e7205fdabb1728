"""A receiver of pushes, run as a process of its own: it accepts everything and counts. `python -m ... PORT`."""

import asyncio
import json
import sys
import time
from typing import cast

MARK = b'"messageId"'
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Tally:
    """What has come: posts, reports in them, and when the first and the last did (seconds, monotonic)."""

    def __init__(self) -> None:
        self.posts = 0
        self.reports = 0
        self.first = 0.0
        self.last = 0.0

    def count(self, body: bytes) -> None:
        """One post."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.posts += 1
        self.reports += body.count(MARK)


class Receiver(asyncio.Protocol):
    """One connection. A GET is answered with the tally, whatever its path."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n") + 4) >= 4:
            head = self._buffer[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
            if len(self._buffer) < end + length:
                return
            body, self._buffer = self._buffer[end : end + length], self._buffer[end + length :]
            self.answer(head, body)

    def answer(self, head: bytes, body: bytes) -> None:
        """One request, whole; the head is in small letters."""
        if head.startswith(b"get "):
            self.say(json.dumps(vars(self._tally)).encode())
        else:
            self._tally.count(body)
            self.accept()

    def say(self, told: bytes) -> None:
        """Answer with JSON."""
        kind = b"Content-Type: application/json\r\n"
        self._transport.write(b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (kind, len(told), told))

    def accept(self) -> None:
        """Answer with nothing but the status 200."""
        self._transport.write(_OK)


async def serve(port: int) -> None:
    """Until somebody ends the process."""
    tally = Tally()
    server = await asyncio.get_running_loop().create_server(lambda: Receiver(tally), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
