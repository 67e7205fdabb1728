"""What reaches a stream, by which of its sockets, and when: each packet once, whoever sends it."""

import asyncio
import socket

import pytest

from omnibound.voice.media import Bridge, Care, Heard, Stream
from omnibound.voice.media.arrivals import Arrivals
from omnibound.voice.media.sockets import connected
from tests.voice.media.telephone import LOOPBACK, Telephone, Told, a_telephone, an_engine, clip, terms, voice

pytestmark = pytest.mark.anyio


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind((LOOPBACK, 0))
    return made


def waiting(sock: socket.socket) -> list[bytes]:
    found: list[bytes] = []
    try:
        while True:
            found.append(sock.recv(2_048))
    except OSError:
        return found


def direct(stream: Stream) -> bool:
    """Whether there is a socket that is connected."""
    assert stream.legs
    outgoing, incoming = stream.legs
    assert (outgoing.direct is None) is (incoming.direct is None)
    return incoming.direct is not None


# -- two sockets of one port ---------------------------------------------------------------------------------------


def test_the_far_end_reaches_the_connected_socket_and_all_others_the_first() -> None:
    first, far, *strangers = (bound() for _ in range(22))
    second = connected(first, far.getsockname())
    for each in (far, *strangers):
        each.sendto(b"far" if each is far else b"stranger", first.getsockname())
    assert (waiting(second), waiting(first)) == ([b"far"], [b"stranger"] * 20)
    thief = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    with pytest.raises(OSError, match="in use"):
        thief.bind(first.getsockname())
    second.close()
    far.sendto(b"again", first.getsockname())
    assert waiting(first) == [b"again"]
    for each in (first, far, thief, *strangers):
        each.close()


def test_what_cannot_be_connected_leaves_nothing() -> None:
    first, stranger = bound(), bound()
    with pytest.raises(OSError, match=r"."):
        connected(first, ("::1", 9))
    stranger.sendto(b"still", first.getsockname())
    assert waiting(first) == [b"still"]
    first.close()
    stranger.close()


# -- streams -------------------------------------------------------------------------------------------------------


async def test_a_stream_is_connected_while_the_far_end_is_where_it_was_named() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as named, a_telephone() as moved:
        stream = engine.open(told, Care(learns=False))
        stream.agree(terms(named))
        assert not direct(stream)
        named.say(stream.port, voice(0.1))
        await told.until(Heard)
        assert direct(stream)
        heard = len(named.packets)
        named.say(stream.port, voice(2.0))
        moved.say(stream.port, voice(0.1))
        await named.until(lambda: stream.totals.received == 105 and len(named.packets) > heard)
        assert stream.totals.strangers == 5
        stream.agree(terms(moved))
        assert not direct(stream)
        named.say(stream.port, voice(0.1))
        await moved.until(lambda: stream.totals.strangers == 10 and moved.packets)
        moved.ssrc = 78
        moved.say(stream.port, voice(0.1))
        await moved.until(lambda: stream.totals.received == 110)
        assert direct(stream)


async def test_a_learnt_address_is_not_connected() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as named, a_telephone() as real:
        stream = engine.open(told)
        stream.agree(terms(named))
        real.say(stream.port, voice(0.2))
        await told.until(Heard)
        assert not direct(stream)
        named.say(stream.port, voice(0.1))
        await named.until(lambda: stream.totals.received >= 10)
        assert direct(stream)


async def test_a_far_end_whose_port_is_closed_for_a_while_loses_no_more_than_that() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone, a_telephone() as other:
        engine.open(Told()).agree(terms(other))
        stream = engine.open(told)
        stream.play(clip(3.0))
        stream.agree(terms(phone))
        phone.say(stream.port, voice(0.1))
        await told.until(Heard)
        assert direct(stream)
        loop = asyncio.get_running_loop()
        loop.remove_reader(phone.rtp)
        phone.rtp.close()
        before = stream.totals.sent
        await other.until(lambda: stream.totals.sent >= before + 10)
        assert stream.totals.refused == 0
        phone.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


async def test_a_bridge_takes_packets_on_arrival_and_slots_take_them_again() -> None:
    async with an_engine() as engine, a_telephone() as one, a_telephone() as two:
        streams = [engine.open(Told()) for _ in range(2)]
        for stream, phone in zip(streams, (one, two), strict=True):
            stream.agree(terms(phone))
            phone.say(stream.port, voice(0.1))
        await one.until(lambda: all(stream.totals.received == 5 for stream in streams) and one.packets)
        bridge = Bridge(*streams)
        engine._stop()  # pyright: ignore[reportPrivateUsage] - no slot is served from now on
        one.say(streams[0].port, voice(0.2, 3))
        await two.until(lambda: streams[0].totals.received == 15)
        bridge.end()
        engine._set_timer()  # pyright: ignore[reportPrivateUsage]
        one.say(streams[0].port, voice(0.2, 3))
        await one.until(lambda: streams[0].totals.received == 25)


async def test_one_that_fails_does_not_make_the_others_deaf() -> None:
    arrivals, socks, taken = Arrivals(), [bound(), bound()], list[int]()

    def fail(now: int) -> None:
        raise RuntimeError(now)

    def take(now: int) -> None:
        socks[1].recv(10)
        taken.append(now)

    for sock, each in zip(socks, (fail, take), strict=True):
        arrivals.join(sock, each)
        sock.sendto(b"x", sock.getsockname())
    arrivals.look(7)
    arrivals.leave(socks[1])
    arrivals.leave(socks[1])
    socks[1].sendto(b"x", socks[1].getsockname())
    arrivals.look(8)
    assert taken == [7]
    arrivals.close()
    for sock in socks:
        sock.close()


async def test_a_flood_is_taken_a_little_at_a_time() -> None:
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(Told())
        stream.agree(terms(phone))
        flood = Telephone(host="127.0.0.3")
        for _ in range(60):
            flood.rtp.sendto(b"x", (LOOPBACK, stream.port))
        engine._arrivals.look(0)  # pyright: ignore[reportPrivateUsage]
        assert stream.totals.malformed + stream.totals.strangers <= 4
        flood.close()
