"""The channel test kit: what every HTTP channel must survive. A channel's own tests subclass `HttpChannelKit`."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Any, NamedTuple

import msgspec
import pytest

from omnibound.channels.base import Deps
from omnibound.channels.base.exchange import Callback
from omnibound.channels.base.http import HttpChannel
from omnibound.domain.facts import Accepted, Fact, Failed, Failure, HandOver, Link, Returned, Unknown
from omnibound.domain.flow import MINUTE, SECOND, Flow, Step
from omnibound.domain.message import Attempt, Content, Message
from omnibound.domain.status import Reason
from omnibound.ports import NOT_HELD, Share


def clock() -> int:
    return time.time_ns() // 1000


class FakeClock:
    """A clock that stands until it is moved; microseconds UTC."""

    def __init__(self, now: int = 1_700_000_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def an_attempt(
    number: int = 1, address: str = "48600100200", text: str = "Hello", account: int = 1, **options: Any
) -> Attempt:
    """An attempt of its own delivery on PUSH, good for a minute."""
    step = Step(channel="PUSH", sender="app")
    content = Content(text=text, options=options)
    message = Message(id=1, account=account, flow=Flow(steps=(step,)), content={"PUSH": content}, created_at=0)
    return Attempt(number, 1, step, address, content, message, clock() + MINUTE)


class Heard:
    """What a channel emits, list by list, and how often it woke the engine."""

    def __init__(self) -> None:
        self.lists: list[list[Fact]] = []
        self.woken = 0
        self._news = asyncio.Condition()

    async def emit(self, facts: Sequence[Fact]) -> None:
        self.lists.append(list(facts))
        await self._tell()

    def wake(self) -> None:
        self.woken += 1
        self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    @property
    def facts(self) -> list[Fact]:
        return [fact for facts in self.lists for fact in facts]

    @property
    def outcomes(self) -> list[HandOver]:
        return [fact for fact in self.facts if isinstance(fact, HandOver)]

    def of(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(ready)

    async def handed_over(self, count: int = 1) -> list[HandOver]:
        """The outcomes, once there are that many."""
        await self.until(lambda: len(self.outcomes) >= count)
        return self.outcomes


# -- A provider that does what the test says ---------------------------------------------------------------------


class Seen(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


DROP = b""
"""A reply: close the connection without an answer."""


async def hang(_seen: Seen) -> bytes:
    """A reply: none, until the client has gone."""
    await asyncio.Event().wait()
    raise AssertionError


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A reply: an HTTP answer; `Retry_After="3"` makes a header."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


Reply = Callable[[Seen], Any]
"""Gives bytes, or awaits something and gives them."""


class Provider:
    """A web server on loopback that answers each request with what `reply` gives for it."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.seen: list[Seen] = []
        self._news = asyncio.Event()
        self.url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            while seen := await self._read(reader):
                said = self.reply(seen)
                said = said if isinstance(said, bytes) else await said
                if said == DROP:
                    return
                writer.write(said)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Seen | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        except asyncio.IncompleteReadError:
            return None
        method, path, _ = head[0].split()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        seen = Seen(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))
        self.seen.append(seen)
        self._news.set()
        return seen

    async def asked(self, times: int) -> None:
        """Wait until that many requests have been read."""
        while len(self.seen) < times:
            self._news.clear()
            await self._news.wait()

    def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()


@contextlib.asynccontextmanager
async def provided(reply: Reply) -> AsyncGenerator[Provider]:
    """A provider while the block runs."""
    provider = Provider(reply)
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.close()
        provider.close()
        await server.wait_closed()


@contextlib.contextmanager
def unconnectable() -> Generator[str]:
    """An address where connections hang: its listener takes none, and its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def refused_url() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


# -- The cases ---------------------------------------------------------------------------------------------------

# (status, headers, the least and the most pause in seconds)
PAUSES: list[tuple[int, dict[str, str], float, float]] = [
    (429, {}, 0.1, 2),
    (429, {"Retry_After": "7"}, 5, 7),
    (429, {"Retry_After": "nonsense"}, 0.1, 2),
    (503, {"Retry_After": "7"}, 5, 7),
    (429, {"Retry_After": "999999999"}, 3500, 3600),
]

FAILURES: list[tuple[int, bytes, Failure]] = [
    (500, b"oops", Failure(Reason.PROVIDER_ERROR, "http:500")),
    (502, b"<html>bad gateway</html>", Failure(Reason.PROVIDER_ERROR, "http:502")),
    (503, b"", Failure(Reason.PROVIDER_ERROR, "http:503")),
    (504, b"", Failure(Reason.PROVIDER_TIMEOUT, "http:504")),
    (401, b"", Failure(Reason.PROVIDER_AUTH, "http:401")),
    (403, b"{}", Failure(Reason.PROVIDER_AUTH, "http:403")),
    (404, b"[]", Failure(Reason.REFUSED, "http:404")),
    (302, b"", Failure(Reason.REFUSED, "http:302")),
]

NONSENSE = [b"", b"<html>hello</html>", b"[]", b"null", b'{"nothing": "known"}', b"\xff\xfe\x00", b"{" * 5000]


class HttpChannelKit:
    """Subclass it as `Test...`, say how to make the channel, and what its provider answers when all is well."""

    callback: Callback | None = None
    """A callback that the channel reads, if its provider makes any."""
    secrets: tuple[str, ...] = ()
    """What no trace may show."""

    def make(self, url: str, deps: Deps, **settings: Any) -> HttpChannel:
        """The channel, its provider being at `url`."""
        raise NotImplementedError

    def taken(self) -> bytes:
        """The body of the answer to a message that is taken."""
        raise NotImplementedError

    def aside(self, seen: Seen) -> bytes | None:
        """The reply to requests that are not messages: for tokens and the like."""
        return None

    def attempt(self, number: int = 1) -> Attempt:
        return an_attempt(number)

    @contextlib.asynccontextmanager
    async def started(self, url: str, **settings: Any) -> AsyncGenerator[tuple[HttpChannel, Heard]]:
        heard, channel = Heard(), self.make(url, self.deps(), **settings)
        await channel.start(heard.emit, heard.wake)
        try:
            yield channel, heard
        finally:
            channel.stop_s = 0.1
            await channel.stop()

    def deps(self) -> Deps:
        async def find(_account: int, _application: str, addresses: list[str]) -> dict[str, list[str]]:
            return {address: [f"token-{address}"] for address in addresses}

        return Deps("kit", clock, find)

    @contextlib.asynccontextmanager
    async def talking(self, reply: Reply, **settings: Any) -> AsyncGenerator[tuple[HttpChannel, Heard, Provider]]:
        """The channel with a provider that replies so to messages."""

        def reply_to(seen: Seen) -> Any:
            aside = self.aside(seen)
            return reply(seen) if aside is None else aside

        async with provided(reply_to) as provider, self.started(provider.url, **settings) as (channel, heard):
            yield channel, heard, provider

    async def outcome_of(self, reply: Reply, **settings: Any) -> HandOver:
        async with self.talking(reply, **settings) as (channel, heard, _):
            await channel.send([self.attempt()])
            (outcome,) = await heard.handed_over()
            return outcome

    async def test_taken(self) -> None:
        outcome = await self.outcome_of(lambda _: answer(200, self.taken()))
        assert isinstance(outcome, Accepted)
        assert len(outcome.provider_ids) == 1
        assert outcome.carrier == "kit"

    @pytest.mark.parametrize(("status", "headers", "least_s", "most_s"), PAUSES)
    async def test_told_to_wait(self, status: int, headers: dict[str, str], least_s: float, most_s: float) -> None:
        async with self.talking(lambda _: answer(status, b"", **headers)) as (channel, heard, _):
            before = clock()
            assert channel.room() > 0
            await channel.send([self.attempt()])
            (outcome,) = await heard.handed_over()
            assert isinstance(outcome, Returned)
            link = heard.of(Link)[-1]
            assert link.up
            assert least_s * SECOND <= link.throttled_until - before <= (most_s + 1) * SECOND
            assert channel.room() == 0
            assert channel.condition()["throttled_until"] == link.throttled_until

    @pytest.mark.parametrize(("status", "body", "failure"), FAILURES)
    async def test_refused(self, status: int, body: bytes, failure: Failure) -> None:
        outcome = await self.outcome_of(lambda _: answer(status, body))
        assert outcome == Failed(1, 1, "kit", failure, outcome.at)

    @pytest.mark.parametrize("body", NONSENSE)
    async def test_success_that_says_nothing_leaves_doubt(self, body: bytes) -> None:
        outcome = await self.outcome_of(lambda _: answer(200, body))
        assert isinstance(outcome, Unknown)
        assert outcome.resend

    @pytest.mark.parametrize(("on_ambiguous", "resend"), [("resend", True), ("hold", False)])
    async def test_no_answer_in_time(self, on_ambiguous: str, resend: bool) -> None:
        outcome = await self.outcome_of(hang, timeout_s=0.15, on_ambiguous=on_ambiguous)
        assert isinstance(outcome, Unknown)
        assert outcome.resend is resend

    async def test_dropped_without_an_answer(self) -> None:
        assert isinstance(await self.outcome_of(lambda _: DROP), Unknown)

    async def test_answer_cut_short(self) -> None:
        whole = answer(200, self.taken())
        assert isinstance(await self.outcome_of(lambda _: whole[:-3], timeout_s=0.15), Unknown)

    async def test_connection_refused(self) -> None:
        async with self.started(refused_url()) as (channel, heard):
            await channel.send([self.attempt()])
            (outcome,) = await heard.handed_over()
            assert isinstance(outcome, Returned)
            assert not heard.of(Link)[-1].up
            assert channel.room() == 0

    async def test_no_connection_in_time(self) -> None:
        with unconnectable() as url:
            async with self.started(url, connect_s=0.15) as (channel, heard):
                await channel.send([self.attempt()])
                (outcome,) = await heard.handed_over()
                assert isinstance(outcome, Returned)
                assert not heard.of(Link)[-1].up

    async def test_every_attempt_comes_back_once(self) -> None:
        replies = [answer(200, self.taken()), answer(500), DROP, answer(404), answer(200, b"?")] * 12
        async with self.talking(lambda _: replies.pop(), window=7) as (channel, heard, _):
            numbers = list(range(60))
            waiting = [self.attempt(number) for number in numbers]
            while waiting:
                await heard.until(lambda: channel.room() > 0)
                room = channel.room()
                await channel.send(waiting[:room])
                del waiting[:room]
            await heard.handed_over(60)
            assert sorted(outcome.delivery for outcome in heard.outcomes) == numbers

    async def test_stop_gives_back_what_is_on_its_way(self) -> None:
        asked = asyncio.Event()

        async def note(seen: Seen) -> bytes:
            asked.set()
            return await hang(seen)

        async with self.talking(note) as (channel, heard, _):
            await channel.send([self.attempt()])
            await asked.wait()
            channel.stop_s = 0.05
            await channel.stop()
            assert [type(outcome) for outcome in heard.outcomes] == [Unknown]
            await channel.send([self.attempt(2)])
            assert channel.room() == 0

    async def test_without_a_share_it_serves_nothing_until_it_has_one(self) -> None:
        async with self.talking(lambda _: answer(200, self.taken()), window=24, rate=120.0) as (channel, heard, _):
            shown: list[tuple[object, ...]] = []
            for binds in (12, 3, 0, 6):
                await channel.resize(Share(binds, 12))
                condition = channel.condition()
                shown.append((channel.up(), condition["why"], condition["window"], condition["rate"]))
                assert bool(channel.room()) is channel.up()
            assert shown == [
                (True, "ready", 24, 120.0),
                (True, "ready", 6, 30.0),
                (False, NOT_HELD, 0, 0.0),
                (True, "ready", 12, 60.0),
            ]
            await heard.until(lambda: [link.up for link in heard.of(Link)] == [True, False, True])
            await channel.send([self.attempt()])
            assert [type(outcome) for outcome in await heard.handed_over()] == [Accepted]

    async def test_what_is_on_its_way_is_heard_of_when_its_share_goes(self) -> None:
        asked, gate = asyncio.Event(), asyncio.Event()

        async def late(_seen: Seen) -> bytes:
            asked.set()
            await gate.wait()
            return answer(200, self.taken())

        async with self.talking(late) as (channel, heard, _):
            await channel.send([self.attempt()])
            await asked.wait()
            going = asyncio.create_task(channel.resize(Share(0, 12)))
            await asyncio.sleep(0)
            assert (channel.room(), channel.up(), going.done()) == (0, False, False)
            gate.set()
            await going
            assert [type(outcome) for outcome in await heard.handed_over()] == [Accepted]

    async def test_rate_and_window_change_in_place(self) -> None:
        async with self.talking(lambda _: answer(200, self.taken()), window=20) as (channel, _, _):
            settings = channel._settings
            narrower = msgspec.structs.replace(settings, rate=50.0, window=10, on_ambiguous="hold", trace=True)
            assert channel.amend(narrower)
            condition = channel.condition()
            assert (condition["rate"], condition["window"], condition["trace"]) == (50.0, 10, True)
            assert not channel.resend
            others = [msgspec.structs.replace(narrower, **each) for each in ({"window": 11}, {"timeout_s": 1.5})]
            assert [channel.amend(each) for each in others] == [False, False]
            assert channel.condition() == condition

    async def test_stop_lingers_until_it_is_told_to_hurry(self) -> None:
        async with self.talking(lambda _: answer(200, self.taken())) as (channel, heard, _):
            going = asyncio.create_task(channel.stop(linger_s=60))
            await heard.until(lambda: [link.up for link in heard.of(Link)] == [True, False])
            assert not going.done()
            await channel.stop()
            await going

    async def test_secrets_are_blanked_in_the_trace(self) -> None:
        def echo(seen: Seen) -> bytes:
            return answer(500, repr(seen.headers).encode())

        async with self.talking(echo) as (channel, heard, _):
            await channel.send([self.attempt()])
            await heard.handed_over()
            (exchange,) = channel.exchanges()
            assert exchange.status == 500
            shown = repr(exchange) + repr(channel.condition())
            assert [secret for secret in self.secrets if secret in shown] == []

    async def test_trace_keeps_the_last_200(self) -> None:
        async with self.talking(lambda _: answer(200, self.taken()), window=50) as (channel, heard, _):
            for first in range(0, 250, 50):
                channel.trace(on=first > 0)
                await channel.send([self.attempt(first + n) for n in range(50)])
                await heard.handed_over(first + 50)
            kept = channel.exchanges()
            assert {exchange.delivery for exchange in kept} == set(range(50, 250))

    async def test_callback_replayed_gives_equal_facts(self) -> None:
        if self.callback is None:
            return
        channel = self.make("http://127.0.0.1:9", self.deps())
        assert channel.read_callback(self.callback) == channel.read_callback(self.callback) != []
