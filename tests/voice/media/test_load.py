"""Two hundred calls at a time: each hears all of its own; and what the engine says when it does not keep up."""

import asyncio
import time

import pytest

from omnibound.voice.media import Played
from omnibound.wire.rtp import Law
from tests.voice.media.telephone import Telephone, Told, a_telephone, an_engine, clip, terms

pytestmark = pytest.mark.anyio
CALLS = 200


async def test_two_hundred_calls_hear_their_own() -> None:
    clips = [clip(0.6, seed) for seed in range(5)]
    told, phones = Told(), [Telephone() for _ in range(CALLS)]
    async with an_engine(CALLS) as engine:
        for number, phone in enumerate(phones):
            stream = engine.open(told)
            stream.play(clips[number % 5], tag=number)
            stream.agree(terms(phone))
            await asyncio.sleep(0)
        await told.until(Played, CALLS)
        skipped = sum(stream.totals.skipped for stream in engine.streams)
        phases = [len(phase) for phase in engine.wheel._rings[4].phases]
    for phone in phones:
        phone.close()
    assert sorted(played.tag for played in told.of(Played) if played.whole) == list(range(CALLS))
    assert phases == [CALLS // 4] * 4
    whole = 0
    for number, phone in enumerate(phones):
        octets = clips[number % 5].octets[Law.MU]
        frames = [octets[at : at + 160] for at in range(0, len(octets), 160)]
        got = [packet.payload for packet in phone.packets if len(set(packet.payload)) > 1]
        assert set(got) <= set(frames)
        whole += len(got)
    # A busy machine may make us late; what is late is skipped and counted, never lost without a word.
    assert whole + skipped >= CALLS * 30 * 0.98


async def test_an_engine_that_does_not_keep_up_has_no_room_until_it_does() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        stream.play(clip(1.0), tag=1)
        await phone.until(lambda: len(phone.packets) > 3)
        time.sleep(0.2)  # noqa: ASYNC251 - a loop that is held up is what this is about
        await phone.until(lambda: engine.lag_s > 0.15)
        assert not engine.room()
        assert engine.spare() == 0
        began = asyncio.get_running_loop().time()
        await told.until(Played)
        assert asyncio.get_running_loop().time() - began < 1.0
        assert stream.totals.skipped >= 6
        await phone.until(lambda: engine.room() and 0 < engine.spare() <= engine._ports.free)


async def test_a_lag_ends_with_the_last_call() -> None:
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(Told())
        stream.agree(terms(phone))
        await phone.until(lambda: phone.packets)
        time.sleep(0.2)  # noqa: ASYNC251 - a loop that is held up is what this is about
        await phone.until(lambda: not engine.room())
        stream.close()
        assert engine.room()


async def test_a_second_of_nobody_is_no_lag() -> None:
    async with an_engine() as engine, a_telephone() as phone:
        engine.open(Told()).close()
        time.sleep(0.3)  # noqa: ASYNC251 - no stream, so nobody is late
        stream = engine.open(Told())
        stream.agree(terms(phone))
        await phone.until(lambda: phone.packets)
        assert engine.lag_s < 0.2
