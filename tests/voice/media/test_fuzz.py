"""Almost right packets, by the thousand, against a stream that is talking: none harms it, and none is kept."""

import asyncio
import math
import random
from typing import Any

import msgspec
import pytest

from omnibound.voice.media import Care, Digit
from omnibound.voice.media.stream import Stream
from omnibound.wire.rtp import Event, Packet, code_of, write, write_event, write_noise, write_rtcp
from omnibound.wire.rtp.rtcp import Block, Description, Goodbye, ReceiverReport, SenderReport
from tests.mutations import mutated
from tests.voice.media.telephone import LOOPBACK, Told, a_telephone, an_engine, clip, terms

pytestmark = pytest.mark.anyio

PACKETS = 6_000


def sound(dice: random.Random, number: int) -> bytes:
    kind, payload = dice.choice(
        [
            (0, bytes(dice.choice([160, 80, 0, 400]))), (8, b"\xd5" * 160), (13, write_noise()), (34, b"video"),
            (101, write_event(Event(code=code_of(dice.choice("0123456789*#")), end=dice.random() < 0.5, duration=800))),
        ]
    )  # fmt: skip
    packet = Packet(
        payload_type=kind, sequence=(number + dice.choice([0, 0, 0, -3, 5, 40_000])) & 0xFFFF,
        timestamp=(number * 160) & 0xFFFFFFFF, ssrc=dice.choice([77, 77, 77, dice.getrandbits(32)]), payload=payload,
        marker=dice.random() < 0.1, csrcs=dice.choice([(), (), (1, 2)]),
        extension=dice.choice([None, None, (0xBEDE, bytes(8))]),
    )  # fmt: skip
    return write(packet, pad_to=dice.choice([0, 0, 4]))


def control(dice: random.Random, ours: int) -> bytes:
    number = dice.getrandbits
    block = Block(
        ssrc=dice.choice([ours, 5]), fraction=number(8), lost=number(20), highest=number(32), jitter=number(32),
        last_report=number(32), delay=number(32),
    )  # fmt: skip
    first = dice.choice(
        [
            SenderReport(ssrc=77, ntp=number(64), timestamp=number(32), packets=number(32), octets=9, blocks=(block,)),
            ReceiverReport(ssrc=77, blocks=(block,) * dice.choice([0, 1, 3])),
        ]
    )
    return write_rtcp(first, Description(ssrc=77, items=((1, "far"), (2, "é" * 40))), Goodbye(ssrcs=(77, 78), why="x"))


def feed(stream: Stream, dice: random.Random, number: int) -> None:
    assert stream.legs
    outgoing, incoming = stream.legs
    data = sound(dice, number) if dice.random() < 0.7 else control(dice, outgoing.ssrc)
    if dice.random() < 0.8:
        data = mutated(data, dice)
    source = dice.choice([outgoing.remote.named, outgoing.remote.named, ("127.0.0.66", dice.randrange(1, 65_536))])
    incoming._recvfrom = lambda _size: (data, source)  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    incoming.receive()


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_harms_a_stream(seed: int) -> None:
    dice = random.Random(seed)
    failures: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: failures.append(context))
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told, Care(silence_s=float("inf"), tones=True))
        stream.agree(terms(phone, dtmf=101, noise=13))
        stream.play(clip(1))
        assert stream.legs
        receive = stream.legs[1]._recvfrom  # pyright: ignore[reportPrivateUsage]
        for number in range(PACKETS):
            feed(stream, dice, number)
            if number % 200 == 0:
                await asyncio.sleep(0)
        assert len(stream.legs[1].receptions) <= 17
        figures = msgspec.to_builtins(stream.totals)
        # They may report that more has come than was sent: it came twice.
        ours = [value for name, value in figures.items() if name != "their_lost"]
        assert all(value is None or (math.isfinite(value) and value >= 0) for value in ours), figures
        assert figures["received"] + figures["malformed"] + figures["strangers"] <= PACKETS
        # Who is well, is still heard.
        stream.legs[1]._recvfrom = receive  # pyright: ignore[reportPrivateUsage]
        stream.legs[0].remote.forget()
        told.all.clear()
        phone.ssrc = 4_711
        phone.press(stream.port, "7")
        assert (await told.until(Digit))[0] == Digit(digit="7")
        await phone.until(lambda: phone.packets)
        assert stream.legs[0].remote.address[0] == LOOPBACK
    assert (failures, engine.streams) == ([], set())
