"""The simulated telephone network, called by the product's own telephone."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from omnibound.simulators.sip import MAGIC, Fate, SipNetwork, SipSettings, magic_table
from omnibound.simulators.sip.settings import checked
from omnibound.voice.signalling import (
    AgentSettings,
    Answered,
    Changed,
    Early,
    End,
    Ended,
    Event,
    Order,
    Ringing,
    Times,
    TrunkSettings,
    UserAgent,
)
from omnibound.wire.rtp import read, read_event

pytestmark = pytest.mark.anyio

QUICK = Times(t1=0.05, t2=0.1, t4=0.1)


class Line:
    """A telephone and the network that it calls."""

    def __init__(self, network: SipNetwork) -> None:
        self.network = network
        self.events: asyncio.Queue[tuple[str, Event]] = asyncio.Queue()
        self.agent: UserAgent

    def dial(self, number: str) -> None:
        assert self.agent.dial("t", Order(call_id=number, number=number, media_port=4000))

    async def event(self) -> Event:
        async with asyncio.timeout(10):
            return (await self.events.get())[1]

    async def until_answered(self) -> Answered:
        while not isinstance(event := await self.event(), Answered):
            assert isinstance(event, Ringing | Early), event
        return event


@asynccontextmanager
async def connected(fates: dict[str, Fate] | None = None, **changes: Any) -> AsyncIterator[Line]:
    transport = changes.pop("transport", "udp")
    credentials = {name: changes[name] for name in ("username", "password") if name in changes}
    settings = SipSettings(**{"ring_s": 0.05, "t1": 0.05, **changes})
    async with SipNetwork(settings, fates) as network:
        line = Line(network)
        trunk = TrunkSettings(
            name="t",
            host="127.0.0.1",
            port=network.port,
            transport=transport,
            lines=100,
            rate=100,
            options_s=0,
            caller_id="48221110000",
            asserted=True,
            **credentials,
        )
        own = AgentSettings(host="127.0.0.1", port=0, times=QUICK)
        async with UserAgent(own, [trunk], lambda *event: line.events.put_nowait(event)) as line.agent:
            yield line


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with connected() as found:
        yield found


async def test_ordinary_number_rings_and_answers(line: Line) -> None:
    line.dial("48221234567")
    assert [type(await line.event()) for _ in range(2)] == [Ringing, Answered]
    line.agent.hang_up("48221234567")
    await line.network.until(ended=1)
    (kept,) = line.network.calls()
    assert (kept.number, kept.caller, kept.asserted, kept.status, kept.packets) == (
        "48221234567",
        "48221110000",
        f"<sip:48221110000@127.0.0.1:{line.network.port}>",
        200,
        0,
    )


async def test_phones_may_want_longer_packets() -> None:
    async with connected(ptime=60) as line:
        line.dial("48221234567")
        assert isinstance(await line.event(), Ringing)
        answered = await line.event()
        assert isinstance(answered, Answered)
        assert answered.media
        assert answered.media.ptime == 60


REFUSED = {digits: fate for digits, fate in MAGIC.items() if fate.status >= 300}


@pytest.mark.parametrize("digits", REFUSED)
async def test_numbers_that_are_refused(line: Line, digits: str) -> None:
    line.dial(f"48221234{digits}")
    event = await line.event()
    if isinstance(event, Ringing):
        event = await line.event()
    assert isinstance(event, Ended)
    fate = REFUSED[digits]
    assert (event.why, event.sip, event.q850, event.retry_after, event.rang) == (
        End.REFUSED,
        fate.status,
        fate.cause,
        fate.retry_after,
        bool(fate.rings),
    )


async def test_nobody_answers_and_we_give_up(line: Line) -> None:
    line.dial("48221234903")
    assert isinstance(await line.event(), Ringing)
    line.agent.hang_up("48221234903")
    assert await line.event() == Ended(why=End.CANCELLED, who="us", sip=487, text="Request Terminated", rang=True)
    assert line.network.counts.cancelled == 1


async def test_answered_while_it_is_cancelled(line: Line) -> None:
    line.dial("48221234916")
    assert isinstance(await line.event(), Ringing)
    line.agent.hang_up("48221234916")
    assert await line.event() == Ended(why=End.CROSSED, who="us", rang=True, answered=True)
    await line.network.until(ended=1)


async def test_no_reply_at_all(line: Line) -> None:
    line.dial("48221234910")
    assert await line.event() == Ended(why=End.NO_REPLY, who="trunk")


async def test_hung_up_by_the_callee(line: Line) -> None:
    line.dial("48221234906")
    await line.until_answered()
    assert await line.event() == Ended(why=End.HUNG_UP, who="callee", q850=16, rang=True, answered=True)


async def test_hung_up_before_it_is_acknowledged(line: Line) -> None:
    line.dial("48221234920")
    await line.until_answered()
    assert await line.event() == Ended(why=End.HUNG_UP, who="callee", q850=16, rang=True, answered=True)


async def test_announcement_before_the_answer(line: Line) -> None:
    line.dial("48221234908")
    assert [type(await line.event()) for _ in range(3)] == [Ringing, Early, Answered]


async def test_reliable_ringing(line: Line) -> None:
    line.dial("48221234918")
    assert [type(await line.event()) for _ in range(3)] == [Ringing, Early, Answered]
    assert line.network.counts.pracks == 1


async def test_bye_that_is_never_answered(line: Line) -> None:
    line.dial("48221234912")
    await line.until_answered()
    line.agent.hang_up("48221234912")
    assert isinstance(await line.event(), Ended)
    assert line.agent.trunk("t").in_use == 1
    async with asyncio.timeout(10):
        await line.agent.idle()


async def test_hold_and_back(line: Line) -> None:
    line.dial("48221234915")
    await line.until_answered()
    changes = [await line.event() for _ in range(2)]
    assert [one.media.direction for one in changes if isinstance(one, Changed)] == ["recvonly", "sendrecv"]


async def test_two_phones(line: Line) -> None:
    line.dial("48221234917")
    await line.until_answered()
    await line.network.until(answered=2, ended=1)
    assert line.network.up == 1
    line.agent.hang_up("48221234917")
    await line.network.until(ended=2)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_password(transport: str, algorithm: str) -> None:
    async with connected(username="u", password="p", algorithm=algorithm, transport=transport) as line:
        for number in ("48221234567", "48221234568"):
            line.dial(number)
            await line.until_answered()
            line.agent.hang_up(number)
            assert isinstance(await line.event(), Ended)
            await line.agent.idle()
        # What was asked once is answered from then on.
        assert (line.network.counts.challenged, line.network.counts.ended) == (1, 2)


async def test_fate_of_ones_own() -> None:
    fates = {"48221234567": Fate(meaning="gone", rings=(), status=604)}
    async with connected(fates) as line:
        line.dial("48221234567")
        ended = await line.event()
        assert (ended.why, ended.sip, ended.who) == (End.REFUSED, 604, "callee")  # pyright: ignore[reportAttributeAccessIssue]


async def test_lines_of_the_network() -> None:
    async with connected(lines=1) as line:
        line.dial("48221234567")
        await line.until_answered()
        line.dial("48221234568")
        ended = await line.event()
        assert (ended.sip, ended.who) == (503, "trunk")  # pyright: ignore[reportAttributeAccessIssue]


def rtp(number: int, octets: bytes, payload: int = 0) -> bytes:
    return bytes([0x80, payload]) + number.to_bytes(2, "big") + bytes(8) + octets


@pytest.mark.parametrize("sound", ["echo", "record", "nothing"])
async def test_sound(sound: str) -> None:
    loop = asyncio.get_running_loop()
    async with connected(sound=sound) as line:
        line.dial("48221234567")
        media = (await line.until_answered()).media
        # Over the end of the numbers, one late, one twice, one in another codec, and one that is no RTP.
        packets = [rtp(65_535, b"B"), rtp(65_534, b"A"), rtp(0, b"C"), rtp(0, b"C"), rtp(1, b"9", 101), b"no RTP"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.setblocking(False)
            for packet in packets:
                phone.sendto(packet, (media.address, media.port))
            if sound == "echo":
                async with asyncio.timeout(5):
                    assert [await loop.sock_recv(phone, 100) for _ in range(5)] == packets[:5]
            line.agent.hang_up("48221234567")
            await line.network.until(ended=1)
        (kept,) = line.network.calls()
        assert kept.packets == 5
        assert kept.sound == ({0: b"ABC", 101: b"9"} if sound == "record" else {})


async def test_keys_are_pressed() -> None:
    loop = asyncio.get_running_loop()
    fates = {"48221234567": Fate(meaning="presses", keys=((0.01, "1"), (0.4, "#")))}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.bind(("127.0.0.1", 0))
        async with connected(fates) as line:
            order = Order(call_id="7", number="48221234567", media_port=phone.getsockname()[1])
            assert line.agent.dial("t", order)
            async with asyncio.timeout(10):
                packets = [read(await loop.sock_recv(phone, 100)) for _ in range(14)]
    events = [(packet, read_event(packet.payload)) for packet in packets if packet]
    # Each press has a timestamp of its own and is sent five times, its end twice more.
    presses = [(packet.timestamp, event.digit, event.end) for packet, event in events if event]
    first, second = packets[0], packets[7]
    assert first
    assert second
    assert first.timestamp < second.timestamp
    one, other = (first.timestamp, "1"), (second.timestamp, "#")
    assert presses == [(*press, end) for press in (one, other) for end in [False] * 4 + [True] * 3]
    assert [packet.sequence - first.sequence & 0xFFFF for packet in packets if packet] == list(range(14))


async def test_what_cannot_be_read_is_counted(line: Line) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"nonsense", ("127.0.0.1", line.network.port))
        await line.network.until(broken=1)


async def test_all_hang_up(line: Line) -> None:
    for number in ("48221234567", "48221234568"):
        line.dial(number)
    await line.network.until(acknowledged=2)
    assert line.network.hang_up_all() == 2
    await line.agent.idle()


def test_table_has_a_row_for_every_number() -> None:
    rows = magic_table().splitlines()
    assert len(rows) == len(MAGIC) + 2
    assert "| `…902` | busy | 100, 486 (Q.850 17) |" in rows
    assert "| `…910` | no reply at all | none |" in rows
    assert "| `…903` | nobody answers | 100, 180, 487 when cancelled |" in rows


@pytest.mark.parametrize(
    "changes",
    [
        {"ring_s": -1},
        {"t1": 0},
        {"lines": -1},
        {"last": -1},
        {"password": "p"},
        {"port": "x"},
        {"sound": "loud"},
        {"ptime": 15},
    ],
)
def test_settings_that_make_no_sense(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        checked(SipSettings(**changes))
