"""Two calls joined: each hears the other, in its own codec, with the gaps and the order that the network made."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from omnibound.voice.media import Bridge, Digit, Stream, bridge
from omnibound.wire.rtp import Law, Packet, read_event, read_noise
from tests.voice.media.telephone import (
    Telephone,
    Told,
    a_telephone,
    an_engine,
    clip,
    likeness,
    terms,
    voice,
)

pytestmark = pytest.mark.anyio

Leg = tuple[Stream, Telephone, Told]


def said(phone: Telephone) -> list[Packet]:
    """What is not silence."""
    return [packet for packet in phone.packets if len(set(packet.payload)) > 1]


@asynccontextmanager
async def legs(law: Law = Law.MU, other: Law = Law.A, **more: int) -> AsyncGenerator[tuple[Leg, Leg]]:
    """Two calls that have agreed; `more` are terms of the second."""
    async with an_engine() as engine, a_telephone(law) as one, a_telephone(other) as two:
        told = Told(), Told()
        streams = engine.open(told[0]), engine.open(told[1])
        streams[0].agree(terms(one, dtmf=101, noise=13))
        streams[1].agree(terms(two, **more))
        yield (streams[0], one, told[0]), (streams[1], two, told[1])


@pytest.mark.parametrize(("law", "other"), [(Law.MU, Law.A), (Law.A, Law.MU), (Law.A, Law.A)])
async def test_each_hears_the_other(law: Law, other: Law) -> None:
    async with legs(law, other) as ((a, one, _), (b, two, _)):
        bridge(a, b)
        await asyncio.gather(one.talk(a.port, voice(0.5)), two.talk(b.port, voice(0.5, 2)))
        await two.until(lambda: likeness(two.sound(), voice(0.5)) > 0.95)
        await one.until(lambda: likeness(one.sound(), voice(0.5, 2)) > 0.95)
        assert {packet.payload_type for packet in two.packets} == {other.payload_type}
        assert {packet.ssrc for packet in two.packets} != {one.ssrc}


async def test_gaps_and_order_are_kept() -> None:
    async with legs() as ((a, one, _), (b, two, _)):
        bridge(a, b)
        await two.until(lambda: len(two.packets) > 2)
        frames = one.frames(voice(0.4))
        kept = [frame for place, frame in enumerate(frames) if place not in {5, 6}]
        kept[8], kept[9] = kept[9], kept[8]
        for frame in kept:
            one.send(a.port, frame)
        await two.until(lambda: len(said(two)) == len(kept))
        assert likeness(two.sound(), voice(0.4)[7 * 160 :]) > 0.95
        relayed = said(two)
        first, theirs = relayed[0], kept[0]
        steps = [
            ((p.sequence - first.sequence) & 0xFFFF, (p.timestamp - first.timestamp) & 0xFFFFFFFF) for p in relayed
        ]
        expected = [
            ((p.sequence - theirs.sequence) & 0xFFFF, (p.timestamp - theirs.timestamp) & 0xFFFFFFFF) for p in kept
        ]
        assert steps == expected
        silence_before = two.packets[two.packets.index(first) - 1]
        assert first.sequence == (silence_before.sequence + 1) & 0xFFFF
        assert [packet.marker for packet in relayed] == [True] + [False] * (len(relayed) - 1)


async def test_keys_go_through_under_the_others_number_and_are_told() -> None:
    async with legs(dtmf=96) as ((a, one, told), (b, two, _)):
        bridge(a, b)
        one.press(a.port, "4")
        assert await told.until(Digit) == [Digit(digit="4")]
        await two.until(lambda: sum(packet.payload_type == 96 for packet in two.packets) == 7)
        events = [read_event(packet.payload) for packet in two.packets if packet.payload_type == 96]
        assert [(event.digit, event.end) for event in events if event] == [("4", False)] * 4 + [("4", True)] * 3


async def test_noise_goes_to_those_who_agreed_to_it() -> None:
    async with legs(noise=13) as ((a, one, _), (b, two, _)):
        bridge(a, b)
        one.send(a.port, one.packet(13, b"\x32"))
        await two.until(
            lambda: any(packet.payload_type == 13 and read_noise(packet.payload) == 50 for packet in two.packets)
        )


async def test_what_is_played_goes_before_what_the_other_says() -> None:
    async with legs() as ((a, one, _), (b, two, _)):
        bridge(a, b)
        b.play(clip(0.5, 9))
        await one.talk(a.port, voice(0.5))
        await two.until(lambda: likeness(two.sound(), voice(0.5, 9)) > 0.95)
        await one.talk(a.port, voice(0.4, 3))
        await two.until(lambda: likeness(two.sound(), voice(0.4, 3)) > 0.95)


async def test_parted_they_hear_nothing_more() -> None:
    async with legs() as ((a, one, _), (b, two, _)):
        joined = bridge(a, b)
        with pytest.raises(ValueError, match="joined already"):
            bridge(b, a)
        joined.end()
        joined.end()
        one.say(a.port, voice(0.2))
        count = len(two.packets)
        await two.until(lambda: len(two.packets) > count + 5)
        assert all(len(set(packet.payload)) == 1 for packet in two.packets)
        assert isinstance(bridge(b, a), Bridge)


async def test_a_call_that_ends_parts_them() -> None:
    async with legs() as ((a, one, _), (b, _, _)):
        bridge(a, b)
        b.close()
        before = a.totals.refused
        one.say(a.port, voice(0.1))
        await one.until(lambda: a.totals.received == 5)
        assert (a.totals.refused, b.totals.refused) == (before, 0)
        assert a.legs
        assert a.legs[1].relay is None


async def test_who_cannot_be_joined() -> None:
    async with an_engine() as engine, a_telephone() as phone:
        one, two = engine.open(Told()), engine.open(Told())
        one.agree(terms(phone))
        for pair in ((one, two), (two, one), (one, one)):
            with pytest.raises(ValueError, match="that have agreed"):
                bridge(*pair)
