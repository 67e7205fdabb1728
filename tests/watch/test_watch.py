"""The loop that looks, and who asks in between."""

import asyncio

import pytest

from omnibound.domain.alerts import Kind, rule_of
from omnibound.domain.changes import Changes
from omnibound.watch.alarms import Alarms
from omnibound.watch.look import Look
from omnibound.watch.tallies import Tallies
from omnibound.watch.telling import Telling
from omnibound.watch.tracing import Headers, Spans
from omnibound.watch.watch import Watch
from tests.watch.looks import connector, look

pytestmark = pytest.mark.anyio

RULE = rule_of("links", Kind.LINK_DOWN, ("https://ops.example",), hold_s=0)


class Seen(Spans):
    """A server whose one connector is down, and who is told of spans."""

    def __init__(self) -> None:
        self.now = 1_000_000_000
        self.looks = 0
        self.fails = False
        self.posts: asyncio.Queue[str] = asyncio.Queue()
        self.told: list[object] = []
        tallies = Tallies()
        telling = Telling(self.post, self.mail, lambda: self.now, "n")
        self.watch = Watch(self.see, tallies, Alarms([RULE], tallies), telling, 0.01, lambda: self.now)
        self.watch.spans = self

    async def see(self) -> Look:
        self.looks += 1
        self.now += 2_000_000
        if self.fails:
            self.fails = False
            raise OSError("the database is away")
        return look(self.now, connector("a", up=False, why="refused"))

    async def post(self, url: str, _id: str, _body: bytes) -> str:
        self.posts.put_nowait(url)
        return ""

    async def mail(self, to: str, _subject: str, _text: str) -> str:
        return to

    def committed(self, changes: Changes, seconds: float) -> None:
        self.told.append(seconds)

    def requested(self, dialect: str, method: str, status: int, seconds: float, headers: Headers) -> None:
        self.told.append((dialect, method, status))

    def looked(self, tallies: Tallies, look: Look) -> None:
        self.told.append("look")

    def stop(self) -> None:
        self.told.append("stop")


async def test_it_fires_and_is_shown() -> None:
    seen = Seen()
    seen.watch.start()
    assert await seen.posts.get() == "https://ops.example"
    assert [alert.subject for alert in seen.watch.alerts().firing] == ["a"]
    assert b'omnibound_alerts_firing{kind="link_down"} 1.0' in (await seen.watch.metrics(""))[0]
    await seen.watch.stop()
    assert ("look" in seen.told, seen.told[-1]) == (True, "stop")
    assert seen.watch.tallies.lag_s.count >= 0


async def test_a_look_that_fails_does_not_end_it() -> None:
    seen = Seen()
    seen.fails = True
    seen.watch.start()
    await seen.posts.get()
    await seen.watch.stop()
    assert seen.looks > 1


async def test_one_look_serves_all_who_ask() -> None:
    seen = Seen()
    first, second = await asyncio.gather(seen.watch.look(), seen.watch.look())
    assert (first is second, seen.looks) == (True, 1)
    assert await seen.watch.look() is first
    seen.now += 1_000_000
    assert await seen.watch.look() is not first
    assert seen.looks == 2


async def test_a_look_that_failed_is_not_kept() -> None:
    seen = Seen()
    seen.fails = True
    with pytest.raises(OSError, match="away"):
        await seen.watch.look()
    assert (await seen.watch.look()).connectors


async def test_counted_and_told() -> None:
    seen = Seen()
    seen.watch.committed(Changes(), 0.5)
    seen.watch.requested("native", "GET", 200, 0.5, ())
    assert seen.told == [0.5, ("native", "GET", 200)]
    assert (seen.watch.tallies.commit_s.count, seen.watch.tallies.requests["native", 200]) == (1, 1)
