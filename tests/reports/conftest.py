"""The pusher over a real store, with real receivers on loopback and a clock that the test moves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from omnibound.domain.changes import Changes
from omnibound.domain.errors import NotFound
from omnibound.domain.push import Notify, Push, Topic, push_of
from omnibound.ports import Written
from omnibound.reports.guard import Guard
from omnibound.reports.post import Poster
from omnibound.reports.push import Pusher, PushParts, PushSettings
from omnibound.store.opened import OpenedStore, open_store

START = 1_800_000_000_000_000
ACCOUNT = 7
SECRET = b"s" * 32


class Receiver:
    """Notes what it is posted; `answers` has a status by path, 200 without one. `/slow` answers when it is let go."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, int] = {}
        self.location = ""
        self.let_go = asyncio.Event()
        self.most = 0
        self._now = 0
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self._now += 1
        self.most = max(self.most, self._now)
        self.got.append((request.path_qs, dict(request.headers), await request.read()))
        if request.path.startswith("/slow"):
            await self.let_go.wait()
        self._now -= 1
        status = self.answers.get(request.path_qs, 200)
        return web.Response(status=status, headers={"Location": self.location} if 300 <= status < 400 else None)

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.got]

    def told(self) -> list[list[int]]:
        """The deliveries that each body tells of."""
        return [msgspec.json.decode(body) for _, _, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    made.let_go.set()
    await runner.cleanup()


async def until(done: Callable[[], Awaitable[bool]], within_s: float = 20) -> None:
    """Look again and again until it is so: what is awaited happens behind a socket."""
    end = time.monotonic() + within_s
    while not await done():
        assert time.monotonic() < end, "it did not come"
        await asyncio.sleep(0.01)


async def told(topic: Topic, format_: str, _account: int, pushes: Sequence[Push]) -> Written:
    """The numbers of deliveries, but for those above 1,000: they are gone. Other topics say which they are."""
    if format_:
        raise NotFound(f"nobody writes the format {format_}")
    there = [push.delivery for push in pushes if push.delivery <= 1_000]
    body = msgspec.json.encode(there if topic is Topic.REPORT else {topic.name: there}) if there else b""
    return Written("application/x-numbers", body)


async def secret(account: int) -> bytes:
    return SECRET


class Rig:
    """The loop does not run: the test says when to look."""

    def __init__(self, store: OpenedStore, allow: Sequence[str] = ("127.0.0.0/8",), **settings: int) -> None:
        self.store = store
        self.now = START
        self.timeout = settings.pop("timeout_ms", 5_000) / 1_000
        poster = Poster(Guard(allow), self.timeout)
        parts = PushParts(write=told, secret=secret)
        self.pusher = Pusher(store.pushes, poster, parts, lambda: self.now, PushSettings(**settings))

    async def add(
        self, url: str, *deliveries: int, account: int = ACCOUNT, format_: str = "", topic: Topic = Topic.REPORT
    ) -> None:
        notify = Notify(url=url, format=format_)
        pushes = [push_of(notify, account, id_, 1, self.now, topic) for id_ in deliveries]
        await self.store.record(Changes(pushes=pushes))

    async def push(self, forward: int = 0) -> None:
        """Move the clock and look until nothing is due that may be tried."""
        self.now += forward
        for _ in range(50):
            before = await self.left()
            await self.pusher.look()
            await self.pusher.idle()
            if await self.left() == before:
                return
        raise AssertionError("it does not come to an end")

    async def left(self) -> list[Push]:
        return await self.store.pushes.page(ACCOUNT, None, (0, 0, 0, 0), 10_000)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[OpenedStore]:
    opened = open_store(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def rig(store: OpenedStore) -> AsyncIterator[Rig]:
    made = Rig(store)
    yield made
    await made.pusher.stop()
