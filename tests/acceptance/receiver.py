"""A client's own web server, which pushed reports are posted to."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiohttp import web


class Got(NamedTuple):
    """One push."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """By which a receiver tells doubles."""
        return self.headers["webhook-id"]

    def signed_with(self, secret: str) -> bool:
        """As the Standard Webhooks specification checks it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = b".".join([self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body])
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split()


class Receiver:
    """Answers what `statuses` says for a path, else 200, after `delay` seconds."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[Got] = []
        self.statuses: dict[str, int] = {}
        self.delay = 0.0

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(Got(request.path, {k.lower(): v for k, v in request.headers.items()}, await request.read()))
        if self.delay:
            await asyncio.sleep(self.delay)
        return web.Response(status=self.statuses.get(request.path, 200))

    def of(self, path: str) -> list[Got]:
        """What came to a path."""
        return [got for got in self.got if got.path == path]


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Listening on a free port of the loopback."""
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
