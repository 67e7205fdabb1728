"""TCP: one connection for all, opened when it is needed, and opened again when it was lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from omnibound.voice.signalling import AgentSettings, Answered, End, Ended, Event, Order, UserAgent
from omnibound.voice.signalling import transports as transports_module
from omnibound.wire import sip
from tests.voice.signalling.far_end import SDP, HandClock, trunk_settings, until

pytestmark = pytest.mark.anyio


class Carrier:
    """Listens; a test reads and writes its last connection."""

    def __init__(self) -> None:
        self.links: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self._frames = sip.Frames()
        self._ready: list[bytes] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(lambda *link: self.links.put_nowait(link), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def take(self) -> None:
        async with asyncio.timeout(5):
            self.reader, self.writer = await self.links.get()

    async def hear(self) -> sip.Request:
        async with asyncio.timeout(5):
            while not self._ready:
                self._ready += self._frames.feed(await self.reader.read(65_536))
        message = sip.read(self._ready.pop(0))
        assert isinstance(message, sip.Request)
        return message

    def answer(self, request: sip.Request, status: int, body: bytes = b"") -> None:
        response = sip.respond(request, status, "far", body=body)
        response.headers.update({"contact": [f"<sip:far@127.0.0.1:{self.port};transport=tcp>"]})
        self.writer.write(sip.write(response))

    async def stop(self) -> None:
        self._server.close()
        while not self.links.empty():
            self.links.get_nowait()[1].transport.abort()
        if hasattr(self, "writer"):
            self.writer.transport.abort()
        await asyncio.sleep(0)


@pytest.fixture
async def carrier() -> AsyncIterator[Carrier]:
    found = Carrier()
    await found.start()
    yield found
    await found.stop()


Events = asyncio.Queue[tuple[str, Event]]


@pytest.fixture
async def events() -> Events:
    return asyncio.Queue()


@pytest.fixture
async def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def agent(carrier: Carrier, events: Events, clock: HandClock) -> AsyncIterator[UserAgent]:
    settings = AgentSettings(host="127.0.0.1", port=0)
    trunk = trunk_settings(carrier.port, transport="tcp")
    async with UserAgent(settings, [trunk], lambda *event: events.put_nowait(event), clock=clock) as found:
        yield found


def dial(agent: UserAgent, call_id: str = "c1") -> None:
    agent.dial("t", Order(call_id=call_id, number="48221234567", media_port=4000))


async def event(events: Events) -> Event:
    async with asyncio.timeout(5):
        return (await events.get())[1]


async def test_call_over_one_connection(carrier: Carrier, agent: UserAgent, events: Events, clock: HandClock) -> None:
    dial(agent)
    await carrier.take()
    invite = await carrier.hear()
    assert (invite.via.transport, invite.get("contact").endswith(";transport=tcp>")) == ("TCP", True)
    clock.move(10)
    carrier.answer(invite, 200, SDP)
    assert isinstance(await event(events), Answered)
    # What is sent reliably is not sent again: the next message is the ACK.
    assert (await carrier.hear()).method == "ACK"
    agent.hang_up("c1")
    carrier.answer(await carrier.hear(), 200)
    await agent.idle()
    assert carrier.links.empty()


async def test_lost_connection_is_opened_again(carrier: Carrier, agent: UserAgent, events: Events) -> None:
    dial(agent)
    await carrier.take()
    carrier.answer(await carrier.hear(), 200, SDP)
    await carrier.hear()
    await event(events)
    carrier.writer.transport.abort()
    # It has to be noticed before something is written into it.
    transports = agent._transports  # pyright: ignore[reportPrivateUsage]
    await until(lambda: not transports._links)  # pyright: ignore[reportPrivateUsage]
    agent.hang_up("c1")
    await carrier.take()
    bye = await carrier.hear()
    assert bye.method == "BYE"
    carrier.answer(bye, 200)
    await agent.idle()


async def test_connection_lost_while_dialling(carrier: Carrier, agent: UserAgent, events: Events) -> None:
    dial(agent)
    await carrier.take()
    await carrier.hear()
    carrier.writer.transport.abort()
    assert await event(events) == Ended(why=End.UNREACHABLE, who="trunk")
    assert agent.trunk("t").in_use == 0


async def test_goodbye_that_was_lost_with_its_connection_is_said_again(
    carrier: Carrier, agent: UserAgent, events: Events
) -> None:
    dial(agent)
    await carrier.take()
    carrier.answer(await carrier.hear(), 200, SDP)
    await carrier.hear()
    await event(events)
    agent.hang_up("c1")
    first = await carrier.hear()
    carrier.writer.transport.abort()
    await carrier.take()
    again = await carrier.hear()
    assert (first.method, again.method, again.cseq[0]) == ("BYE", "BYE", first.cseq[0] + 1)
    # Once more and no more often: who resets every connection does not keep the line.
    carrier.writer.transport.abort()
    async with asyncio.timeout(5):
        await agent.idle()
    assert carrier.links.empty()


async def test_who_does_not_read_is_let_go(
    carrier: Carrier, agent: UserAgent, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports_module, "MAX_UNREAD", -1)
    dial(agent)
    assert await event(events) == Ended(why=End.UNREACHABLE, who="trunk")


async def test_stranger_cannot_take_all_connections(agent: UserAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports_module, "MAX_LINKS_OF_HOST", 3)
    links = [await asyncio.open_connection("127.0.0.1", agent.port, local_addr=("127.0.0.2", 0)) for _ in range(5)]
    async with asyncio.timeout(5):
        for reader, _ in links[3:]:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        reader, writer = await asyncio.open_connection("127.0.0.1", agent.port)
        writer.write(sip.PING)
        assert await reader.readexactly(2) == sip.PONG
    for _, each in [*links, (reader, writer)]:
        each.transport.abort()


async def test_nobody_listens(carrier: Carrier, agent: UserAgent, events: Events) -> None:
    await carrier.stop()
    dial(agent)
    assert await event(events) == Ended(why=End.UNREACHABLE, who="trunk")


async def test_pings_are_answered_and_sent(carrier: Carrier, agent: UserAgent, clock: HandClock) -> None:
    dial(agent)
    await carrier.take()
    invite = await carrier.hear()
    carrier.writer.write(sip.PING)
    async with asyncio.timeout(5):
        assert await carrier.reader.readexactly(2) == sip.PONG
        clock.move(25)
        assert await carrier.reader.readexactly(4) == sip.PING
        carrier.answer(invite, 486)
        await agent.idle()


async def test_inbound_connection_that_speaks_no_sip_is_closed(agent: UserAgent) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", agent.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(5):
        # Closed or reset, as the kernel likes.
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.transport.abort()


async def test_inbound_call_over_tcp_is_refused(agent: UserAgent) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", agent.port)
    writer.write(
        b"INVITE sip:48900@us SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
        b"To: <sip:c@d>\r\nCall-ID: i\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    )
    async with asyncio.timeout(5):
        assert (await reader.readline()) == b"SIP/2.0 403 Forbidden\r\n"
    writer.transport.abort()
