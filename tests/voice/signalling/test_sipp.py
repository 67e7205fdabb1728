"""Against SIPp, over UDP and TCP: each scenario ends well for both sides."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from omnibound.voice.signalling import (
    AgentSettings,
    Answered,
    End,
    Ended,
    Event,
    Order,
    Times,
    UserAgent,
)
from tests.voice.signalling.far_end import trunk_settings, until

pytestmark = pytest.mark.anyio

FASTER = 60


class FastClock:
    """The event loop's clock, so many times as fast; the transactions' own times are left as they are."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def time(self) -> float:
        return self._loop.time() * FASTER

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: object) -> asyncio.TimerHandle:
        return self._loop.call_later(delay / FASTER, callback, *args)


FAST_TIMES = Times(t1=0.5 * FASTER, t2=4 * FASTER, t4=5 * FASTER)


class Caller:
    """A user agent with one trunk, and what it tells."""

    def __init__(self, agent: UserAgent, events: asyncio.Queue[tuple[str, Event]]) -> None:
        self.agent = agent
        self._events = events

    def dial(self, call_id: str = "c1") -> None:
        assert self.agent.dial("t", Order(call_id=call_id, number="48221234567", media_port=4000))

    async def event(self) -> Event:
        async with asyncio.timeout(20):
            return (await self._events.get())[1]

    async def names(self, count: int) -> list[str]:
        """The next events by name."""
        return [type(await self.event()).__name__ for _ in range(count)]


@asynccontextmanager
async def calling(port: int, *, fast: bool = False, **trunk: Any) -> AsyncIterator[Caller]:
    events: asyncio.Queue[tuple[str, Event]] = asyncio.Queue()
    # Nothing is lost on loopback, and SIPp's scenarios fail where a busy machine makes us send something twice.
    settings = AgentSettings(host="127.0.0.1", port=0, times=FAST_TIMES if fast else Times(t1=4))
    clock = FastClock() if fast else None
    agent = UserAgent(
        settings, [trunk_settings(port, **trunk)], lambda call, event: events.put_nowait((call, event)), clock=clock
    )
    async with agent:
        yield Caller(agent, events)


both = pytest.mark.parametrize("transport", ["udp", "tcp"])
Play = Callable[..., Any]


@both
@pytest.mark.parametrize("scenario", ["answer", "answer_alaw", "early_media", "reliable", "unknown_require"])
async def test_answered_and_hung_up_by_us(sipp: Play, transport: str, scenario: str) -> None:
    async with sipp(scenario, transport) as callee, calling(callee.port, transport=transport) as caller:
        caller.dial()
        while not isinstance(event := await caller.event(), Answered):
            assert not isinstance(event, Ended), event
        assert event.media.codec == ("PCMA" if scenario == "answer_alaw" else "PCMU")
        if scenario != "unknown_require":
            caller.agent.hang_up("c1")
        else:
            # It asks first, and only then wants to be hung up.
            await until(lambda: "420" in "".join([rung.title for rung in caller.agent.ladder("c1")]))
            caller.agent.hang_up("c1")
        await callee.ended()
        ended = await caller.event()
        assert (ended.why, ended.who, ended.answered) == (End.HUNG_UP, "us", True)  # pyright: ignore[reportAttributeAccessIssue]


@both
async def test_hung_up_by_the_callee(sipp: Play, transport: str) -> None:
    async with sipp("hangs_up", transport) as callee, calling(callee.port, transport=transport) as caller:
        caller.dial()
        assert await caller.names(1) == ["Answered"]
        assert await caller.event() == Ended(why=End.HUNG_UP, who="callee", q850=16, answered=True)
        await callee.ended()


@both
@pytest.mark.parametrize(
    ("status", "cause", "who"),
    [
        (486, 17, "callee"), (603, 21, "callee"), (404, 1, "callee"), (480, 20, "callee"), (410, 22, "callee"),
        (600, 17, "callee"), (607, 21, "callee"), (503, 34, "trunk"), (488, 88, "trunk"), (403, 57, "trunk"),
        (302, 0, "trunk"), (500, 41, "trunk"), (484, 28, "callee"),
    ],
)  # fmt: skip
async def test_refused(sipp: Play, transport: str, status: int, cause: int, who: str) -> None:
    keys = {"status": status, "words": "Words", "cause": cause}
    async with sipp("refuse", transport, **keys) as callee, calling(callee.port, transport=transport) as caller:
        caller.dial()
        ended = Ended(why=End.REFUSED, who=who, sip=status, q850=cause, text="Words")  # pyright: ignore[reportArgumentType]
        assert await caller.event() == ended
        await callee.ended()


@both
async def test_nobody_answers(sipp: Play, transport: str) -> None:
    async with (
        sipp("no_answer", transport) as callee,
        calling(callee.port, transport=transport, ring_s=20, fast=True) as caller,
    ):
        caller.dial()
        assert await caller.names(1) == ["Ringing"]
        ended = await caller.event()
        assert ended == Ended(why=End.RING_TIMEOUT, who="us", sip=487, text="Request Terminated", rang=True)
        await callee.ended()


@both
async def test_answered_while_it_is_cancelled(sipp: Play, transport: str) -> None:
    async with sipp("crossed", transport) as callee, calling(callee.port, transport=transport) as caller:
        caller.dial()
        assert await caller.names(1) == ["Ringing"]
        caller.agent.hang_up("c1")
        assert await caller.event() == Ended(why=End.CROSSED, who="us", rang=True, answered=True)
        await callee.ended()


@both
@pytest.mark.parametrize("scenario", ["challenge_407", "challenge_401"])
async def test_password_is_asked_for_invite_and_bye(sipp: Play, transport: str, scenario: str) -> None:
    trunk: dict[str, Any] = {"transport": transport, "username": "user", "password": "secret"}
    async with sipp(scenario, transport) as callee, calling(callee.port, **trunk) as caller:
        caller.dial()
        assert await caller.names(1) == ["Answered"]
        caller.agent.hang_up("c1")
        await callee.ended()
        await caller.agent.idle()


@both
async def test_hold_and_back(sipp: Play, transport: str) -> None:
    async with sipp("hold", transport) as callee, calling(callee.port, transport=transport) as caller:
        caller.dial()
        events = [await caller.event() for _ in range(4)]
        directions = [event.media.direction for event in events[:3]]  # pyright: ignore[reportAttributeAccessIssue]
        assert directions == ["sendrecv", "recvonly", "sendrecv"]
        assert events[3] == Ended(why=End.HUNG_UP, who="callee", answered=True)
        await callee.ended()


@both
@pytest.mark.parametrize("scenario", ["update", "offerless"])
async def test_codec_is_changed(sipp: Play, transport: str, scenario: str) -> None:
    async with sipp(scenario, transport) as callee, calling(callee.port, transport=transport) as caller:
        caller.dial()
        events = [await caller.event() for _ in range(2)]
        assert [event.media.codec for event in events] == ["PCMU", "PCMA"]  # pyright: ignore[reportAttributeAccessIssue]
        caller.agent.hang_up("c1")
        await callee.ended()


@both
async def test_session_is_refreshed(sipp: Play, transport: str) -> None:
    async with (
        sipp("session_timer", transport) as callee,
        calling(callee.port, transport=transport, fast=True) as caller,
    ):
        caller.dial()
        assert await caller.names(1) == ["Answered"]
        # The answers to the INVITE and to two UPDATEs: a BYE behind an unanswered one would be too early for SIPp.
        await until(lambda: [rung.title for rung in caller.agent.ladder("c1")].count("SIP/2.0 200 OK") == 3)
        caller.agent.hang_up("c1")
        await callee.ended()


@both
async def test_bye_crosses_bye(sipp: Play, transport: str) -> None:
    async with sipp("bye_crosses_bye", transport) as callee, calling(callee.port, transport=transport) as caller:
        caller.dial()
        assert await caller.names(1) == ["Answered"]
        caller.agent.hang_up("c1")
        assert await caller.event() == Ended(why=End.HUNG_UP, who="us", answered=True)
        await callee.ended()


@both
async def test_registration(sipp: Play, transport: str) -> None:
    trunk: dict[str, Any] = {"transport": transport, "username": "user", "password": "secret", "register": True}
    async with sipp("register", transport) as callee, calling(callee.port, **trunk) as caller:
        await callee.ended()
        await until(lambda: caller.agent.room("t"))


@both
async def test_health(sipp: Play, transport: str) -> None:
    async with sipp("options", transport) as callee, calling(callee.port, transport=transport, options_s=30) as caller:
        await callee.ended()
        await until(lambda: caller.agent.room("t"))


async def test_two_hundred_calls_leave_nothing_behind(sipp: Play) -> None:
    async with sipp("answer", calls=200) as callee, calling(callee.port, lines=200, rate=1000) as caller:
        for number in range(200):
            caller.dial(f"c{number}")
        answered = 0
        while answered < 200:
            async with asyncio.timeout(20):
                call_id, event = await caller._events.get()  # pyright: ignore[reportPrivateUsage]
            if isinstance(event, Answered):
                answered += 1
                caller.agent.hang_up(call_id)
        await callee.ended()
        await caller.agent.idle()
        assert caller.agent.trunk("t").in_use == 0
