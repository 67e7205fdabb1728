"""One call with a real telephone on real sockets: what each hears of the other, whatever happens on the way."""

import asyncio
import wave
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.errors import Busy
from omnibound.voice.media import (
    Care,
    Clip,
    Dialled,
    Digit,
    Heard,
    Left,
    Played,
    Recorded,
    Silent,
    Stream,
    Terms,
    Totals,
    Unheard,
)
from omnibound.wire.rtp import (
    Block,
    Goodbye,
    Law,
    Packet,
    ReceiverReport,
    SenderReport,
    decode,
    read_event,
    read_noise,
    write,
)
from tests.voice.media.telephone import (
    LOOPBACK,
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


def spoken(phone: Telephone) -> list[Packet]:
    return [packet for packet in phone.packets if packet.payload_type in {0, 8}]


def silence(packet: Packet) -> bool:
    return len(set(packet.payload)) == 1


# -- playing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ptime", [10, 20, 30, 60])
@pytest.mark.parametrize("law", Law)
async def test_a_clip_arrives_as_it_is(law: Law, ptime: int) -> None:
    told = Told()
    async with an_engine() as engine, a_telephone(law) as phone:
        stream = engine.open(told)
        stream.agree(terms(phone, ptime=ptime))
        stream.play(clip(0.6), tag=5)
        await told.until(Played)
        await phone.until(lambda: likeness(phone.sound(), voice(0.6)) > 0.95)
    assert told.of(Played) == [Played(tag=5, whole=True)]
    packets = spoken(phone)
    assert {(packet.payload_type, len(packet.payload), packet.ssrc) for packet in packets} == {
        (law.payload_type, ptime * 8, packets[0].ssrc)
    }
    assert [packet.marker for packet in packets] == [True] + [False] * (len(packets) - 1)
    steps = {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(packets)}
    assert steps == {1}


async def test_what_is_played_before_the_terms_waits_for_them() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.play(clip(0.04, 1), tag=1)
        stream.play(clip(0.04, 2), tag=2, repeat=2)
        stream.agree(terms(phone))
        await told.until(Played, 2)
    assert told.of(Played) == [Played(tag=1, whole=True), Played(tag=2, whole=True)]
    frames = [
        clip(0.04, seed).octets[Law.MU][at : at + 160] for seed, at in ((1, 0), (1, 160), *((2, 0), (2, 160)) * 2)
    ]
    assert [packet.payload for packet in spoken(phone) if not silence(packet)] == frames


async def test_stop_and_hold() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        stream.play(clip(30), tag=1)
        stream.play(clip(30), tag=2)
        await phone.until(lambda: len(spoken(phone)) > 3)
        stream.hold()
        count = len(phone.packets)
        await phone.until(lambda: len(phone.packets) > count + 8)
        assert all(silence(packet) for packet in phone.packets[-5:])
        stream.go_on()
        await phone.until(lambda: not silence(phone.packets[-1]))
        sound = b"".join(packet.payload for packet in spoken(phone) if not silence(packet))
        assert clip(30).octets[Law.MU].startswith(sound)
        stream.stop()
        assert told.of(Played) == [Played(tag=1, whole=False), Played(tag=2, whole=False)]


async def test_silence_is_noise_now_and_then_where_it_was_agreed() -> None:
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(Told())
        stream.agree(terms(phone, noise=13))
        await phone.until(lambda: len(phone.packets) == 3)
        steps = np.diff([packet.timestamp for packet in phone.packets]).tolist()
    assert [(packet.payload_type, read_noise(packet.payload)) for packet in phone.packets] == [(13, 70)] * 3
    # A slot that a busy machine served late was left out, and not counted.
    assert all(1_600 <= step < 3_200 and step % 160 == 0 for step in steps), steps


# -- keys ----------------------------------------------------------------------------------------------------------


async def test_keys_go_as_events() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone, dtmf=101))
        stream.send_digits("5#")
        assert (await told.until(Dialled)) == [Dialled(digits="5#")]
        events = [(packet, read_event(packet.payload)) for packet in phone.packets if packet.payload_type == 101]
    found = [(event.digit, event.duration, event.end, packet.marker) for packet, event in events if event]
    press = [(160, False, True), (320, False, False), (480, False, False), (640, False, False)] + [
        (800, True, False)
    ] * 3
    assert found == [(digit, *each) for digit in "5#" for each in press]
    assert len({packet.timestamp for packet, _ in events}) == 2


async def test_keys_go_as_tones_to_those_who_know_no_events_and_are_found_in_the_sound() -> None:
    told, other = Told(), Told()
    async with an_engine() as engine:
        one, two = engine.open(told), engine.open(other, Care(tones=True))
        two.agree(Terms(address=LOOPBACK, port=one.port))
        one.agree(Terms(address=LOOPBACK, port=two.port))
        one.send_digits("18")
        one.send_digits("D")
        assert await told.until(Dialled, 2) == [Dialled(digits="18"), Dialled(digits="D")]
        assert await other.until(Digit, 3) == [Digit(digit=digit, tone=True) for digit in "18D"]


async def test_keys_that_are_none() -> None:
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(Told())
        with pytest.raises(ValueError, match="nothing is agreed"):
            stream.send_digits("1")
        for dtmf in (None, 101):
            stream.agree(terms(phone, dtmf=dtmf))
            with pytest.raises(ValueError, match="no key 'x'"):
                stream.send_digits("1x")


@pytest.mark.parametrize(
    "drop", [(), (0, 1, 2, 3), (4, 5, 6), (1, 2, 3, 5, 6), (0, 1, 2, 3, 4, 5)],
    ids=["all", "no start", "no end", "first and end", "last end only"],
)  # fmt: skip
async def test_each_press_is_told_once_whatever_is_lost(drop: tuple[int, ...]) -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone, dtmf=101))
        for digit in "1122*":
            phone.press(stream.port, digit, drop)
            phone.say(stream.port, voice(0.1))
        await told.until(Digit, 5)
        phone.press(stream.port, "#")
        await told.until(Digit, 6)
    assert [happening.digit for happening in told.of(Digit)] == list("1122*#")


# -- hearing -------------------------------------------------------------------------------------------------------


async def heard_by(stream: Stream, seconds: float, then: Callable[[], object]) -> np.ndarray:
    """What a listener hears for a while."""
    pieces: list[np.ndarray] = []
    enough = asyncio.Event()

    def listen(samples: np.ndarray) -> None:
        pieces.append(samples)
        if sum(map(len, pieces)) >= seconds * 8_000:
            enough.set()

    stream.listen(listen)
    then()
    async with asyncio.timeout(15):
        await enough.wait()
    stream.unlisten(listen)
    return np.concatenate(pieces)


@pytest.mark.parametrize("law", Law)
async def test_a_listener_hears_all_of_it_though_packets_come_twice_and_overtake(law: Law) -> None:
    told = Told()
    async with an_engine() as engine, a_telephone(law) as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        frames = phone.frames(voice(0.5))
        for at in range(1, len(frames) - 4, 4):
            frames[at], frames[at + 1] = frames[at + 1], frames[at]
        frames += frames[3:9]

        def talk() -> None:
            for frame in frames:
                phone.send(stream.port, frame)

        sound = await heard_by(stream, 1.0, talk)
        totals = stream.totals
    assert likeness(sound, voice(0.5)) > 0.95
    assert (totals.received, totals.lost, totals.duplicates, totals.late) == (25, 0, 6, 5)
    assert told.all == [Heard(address=LOOPBACK, port=phone.port)]


async def test_what_is_lost_is_silence_in_its_place_and_counted() -> None:
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(Told())
        stream.agree(terms(phone))
        frames = phone.frames(voice(0.5))
        sound = await heard_by(
            stream, 1.0, lambda: [phone.send(stream.port, each) for each in frames if each is not frames[7]]
        )
        totals = stream.totals
    expected = decode(b"".join(frame.payload for frame in frames), Law.MU).copy()
    expected[7 * 160 : 8 * 160] = 0
    assert likeness(sound, expected) > 0.999
    assert (totals.received, totals.lost) == (24, 1)


async def test_nothing_is_heard_while_they_may_not_speak() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone, direction="sendonly", dtmf=101))
        sound = await heard_by(stream, 0.3, lambda: (phone.say(stream.port, voice(0.1)), phone.press(stream.port, "1")))
    assert not sound.any()
    assert told.of(Digit) == []


async def test_a_source_that_begins_anew() -> None:
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(Told())
        stream.agree(terms(phone))

        def talk() -> None:
            phone.say(stream.port, voice(0.1))
            phone.ssrc, phone.sequence, phone.timestamp = 99, 5, 123_456
            phone.say(stream.port, voice(0.4, 2))

        sound = await heard_by(stream, 1.0, talk)
        assert likeness(sound, voice(0.4, 2)) > 0.95
        assert (stream.totals.received, stream.totals.lost) == (25, 0)


# -- who is believed -----------------------------------------------------------------------------------------------


async def test_a_stranger_cannot_take_the_call() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone, a_telephone() as stranger:
        stream = engine.open(told)
        stream.agree(terms(phone, dtmf=101))
        phone.say(stream.port, voice(0.02))
        await told.until(Heard)
        for digit in "999":
            stranger.press(stream.port, digit)
        phone.press(stream.port, "1")
        assert await told.until(Digit) == [Digit(digit="1")]
        await phone.until(lambda: len(phone.packets) > 3)
    assert stranger.packets == []
    assert stream.totals.strangers == 21


async def test_the_far_end_is_followed_to_where_it_sends_from() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as named, a_telephone() as real:
        stream = engine.open(told)
        stream.agree(terms(named))
        real.say(stream.port, voice(0.1))
        assert await told.until(Heard) == [Heard(address=LOOPBACK, port=real.port)]
        await real.until(lambda: len(real.packets) > 2)


async def test_who_does_not_learn_sends_where_it_was_told() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as named, a_telephone() as real:
        stream = engine.open(told, Care(learns=False))
        stream.agree(terms(named))
        real.say(stream.port, voice(0.2))
        await named.until(lambda: len(named.packets) > 2 and stream.totals.strangers == 10)
    assert (real.packets, told.all) == ([], [])


# -- new terms -----------------------------------------------------------------------------------------------------


async def test_another_codec_packet_time_and_address_in_mid_clip() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as one, a_telephone(Law.A) as two:
        stream = engine.open(told)
        stream.agree(terms(one))
        stream.play(clip(1.0), tag=1)
        await one.until(lambda: len(one.packets) > 10)
        stream.agree(terms(two, ptime=30))
        await told.until(Played)
        await two.until(lambda: silence(two.packets[-1]))
    assert {(packet.payload_type, len(packet.payload)) for packet in two.packets} == {(8, 240)}
    assert {packet.payload_type for packet in one.packets} == {0}
    assert {packet.ssrc for packet in one.packets} == {packet.ssrc for packet in two.packets}
    played = len(spoken(one)) * 160 + sum(240 for packet in spoken(two) if not silence(packet))
    assert played == pytest.approx(8_000, abs=600)
    assert likeness(two.sound(), voice(1.0)[-2_400:]) > 0.95


async def test_another_number_for_keys() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone, dtmf=96))
        phone.press(stream.port, "1")
        await phone.until(lambda: stream.totals.received == 7)
        stream.agree(terms(phone, dtmf=101))
        phone.press(stream.port, "2")
        assert await told.until(Digit) == [Digit(digit="2")]


async def test_hold_by_them_and_back() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        stream.play(clip(0.4), tag=1)
        await phone.until(lambda: len(phone.packets) > 4)
        stream.agree(terms(phone, direction="recvonly"))
        count = len(phone.packets)
        sound = await heard_by(stream, 0.3, lambda: phone.say(stream.port, voice(0.2, 3)))
        assert likeness(sound, voice(0.2, 3)) > 0.95
        assert len(phone.packets) <= count + 2
        stream.agree(terms(phone))
        await told.until(Played)
    sounds = b"".join(packet.payload for packet in spoken(phone) if not silence(packet))
    assert sounds == clip(0.4).octets[Law.MU]


# -- recordings ----------------------------------------------------------------------------------------------------


def recorded(path: Path) -> tuple[int, np.ndarray]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (8_000, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return file.getnchannels(), sound.reshape(-1, file.getnchannels())


async def test_a_recording_has_both_directions(tmp_path: Path) -> None:
    told, path = Told(), tmp_path / "call.wav"
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        stream.record(path)
        with pytest.raises(ValueError, match=r"being recorded to call\.wav"):
            stream.record(path)
        stream.play(clip(0.5), tag=1)
        await phone.talk(stream.port, voice(0.5, 2))
        await told.until(Played)
        stream.end_record()
        stream.end_record()
        (end,) = await told.until(Recorded)
    channels, sound = recorded(path)
    assert (end.path, end.why, end.error, channels) == (str(path), "stopped", "", 2)
    assert end.seconds == pytest.approx(len(sound) / 8_000)
    assert likeness(sound[:, 0], voice(0.5, 2)) > 0.95
    assert likeness(sound[:, 1], voice(0.5)) > 0.95


async def test_a_recording_of_theirs_with_an_end(tmp_path: Path) -> None:
    told, path = Told(), tmp_path / "call.wav"
    async with an_engine() as engine, a_telephone(Law.A) as phone:
        stream = engine.open(told)
        stream.record(path, both=False, longest_s=0.25)
        stream.agree(terms(phone))
        phone.say(stream.port, voice(0.3))
        assert await told.until(Recorded) == [Recorded(path=str(path), seconds=0.25, why="longest")]
    channels, sound = recorded(path)
    assert (channels, len(sound)) == (1, 2_000)
    assert likeness(sound[:, 0], voice(0.2)) > 0.95


async def test_a_recording_ends_with_the_call(tmp_path: Path) -> None:
    told, path = Told(), tmp_path / "call.wav"
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        stream.record(path)
        await phone.talk(stream.port, voice(0.2))
        stream.close()
        (end,) = await told.until(Recorded)
    assert (end.why, recorded(path)[0]) == ("closed", 2)


async def test_a_recording_that_cannot_be_written(tmp_path: Path) -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        stream.record(tmp_path / "nowhere" / "call.wav", longest_s=0.2)
        (end,) = await told.until(Recorded)
    assert (end.why, end.error, end.seconds) == ("failed", "No such file or directory", 0)


# -- silence, reports, the end -------------------------------------------------------------------------------------


async def test_silence_is_told_once_and_its_end_too() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told, Care(silence_s=0.5))
        stream.agree(terms(phone))
        (silent,) = await told.until(Silent)
        assert 0.5 <= silent.seconds < 3
        phone.say(stream.port, voice(0.02))
        await told.until(Heard)
        await told.until(Silent, 2)
    assert [type(each) for each in told.all] == [Silent, Heard, Silent]


async def test_who_reports_is_there_though_silent() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told, Care(silence_s=1.5))
        stream.agree(terms(phone, noise=13))
        for _ in range(15):
            phone.report(stream.port, ReceiverReport(ssrc=77))
            await asyncio.sleep(0.2)
        assert told.of(Silent) == []
        await told.until(Silent)


async def test_who_holds_us_is_not_waited_for() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream, other = engine.open(told, Care(silence_s=0.5)), Told()
        stream.agree(terms(phone, direction="recvonly"))
        compared = engine.open(other, Care(silence_s=1.5))
        compared.agree(terms(phone))
        await other.until(Silent)
        assert told.all == []
        # Held no more, it is.
        stream.agree(terms(phone))
        await told.until(Silent)


async def test_what_came_before_the_terms_is_not_heard() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        phone.press(stream.port, "1")
        phone.say(stream.port, voice(0.4))
        stream.agree(terms(phone, dtmf=101))
        phone.press(stream.port, "2")
        await told.until(Digit)
        assert told.of(Digit) == [Digit(digit="2")]
        assert stream.totals.received <= 7


async def test_reports_both_ways() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        phone.say(stream.port, voice(0.1))
        phone.report(stream.port, SenderReport(ssrc=77, ntp=0x0001_0002_0003_0004, timestamp=0, packets=5, octets=800))
        await phone.until(lambda: any(isinstance(report, SenderReport) for report in phone.reports))
        report = next(report for report in phone.reports if isinstance(report, SenderReport))
        (block,) = report.blocks
        assert (block.ssrc, block.lost, block.highest & 0xFFFF, block.last_report) == (77, 0, 65_535, 0x0002_0003)
        assert report.packets <= stream.totals.sent
        assert report.octets == report.packets * 160
        middle = report.ntp >> 16 & 0xFFFFFFFF
        said = Block(ssrc=report.ssrc, lost=3, highest=9, jitter=80, last_report=middle, delay=0)
        phone.report(stream.port, ReceiverReport(ssrc=77, blocks=(said, Block(ssrc=1, lost=9))), Goodbye(ssrcs=(77,)))
        assert await told.until(Left) == [Left()]
        totals = stream.totals
        assert (totals.their_lost, totals.their_jitter_ms) == (3, 10.0)
        assert totals.round_trip_ms is not None
        assert 0 <= totals.round_trip_ms < 10_000
        stream.close()
        await phone.until(lambda: isinstance(phone.reports[-1], Goodbye))


async def test_audio_that_goes_one_way_is_told() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        await phone.until(lambda: phone.packets)
        ours = phone.packets[0].ssrc
        for _ in range(2):
            phone.report(stream.port, ReceiverReport(ssrc=77, blocks=(Block(ssrc=ours, fraction=255, lost=900),)))
        await told.until(Unheard)
        assert stream.totals.one_way


async def test_reports_on_the_same_port() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stream = engine.open(told)
        stream.agree(terms(phone))
        phone.report(stream.port - 1, ReceiverReport(ssrc=1), Goodbye(ssrcs=(1,), why="end"))
        assert await told.until(Left) == [Left(why="end")]


async def test_reports_of_a_stranger_are_not_believed() -> None:
    told = Told()
    async with an_engine() as engine, a_telephone() as phone:
        stranger = Telephone(host="127.0.0.2")
        stream = engine.open(told)
        stream.agree(terms(phone))
        for port in (stream.port - 1, stream.port):
            stranger.report(port, ReceiverReport(ssrc=1), Goodbye(ssrcs=(1,), why="stranger"))
        phone.report(stream.port, ReceiverReport(ssrc=1), Goodbye(ssrcs=(1,), why="real"))
        assert await told.until(Left) == [Left(why="real")]
        stranger.close()


async def test_closing_twice_and_what_it_tells() -> None:
    told = Told()
    async with an_engine(1) as engine, a_telephone() as phone:
        never = engine.open(told)
        never.play(clip(1), tag=3)
        assert never.close() == Totals()
        assert told.all == [Played(tag=3, whole=False)]
        assert bool(engine.room()) is (engine._ports.free > 0)
        stream = engine.open(told)
        stream.agree(terms(phone))
        await phone.until(lambda: len(phone.packets) > 2)
        totals = stream.close()
        assert stream.close().sent == totals.sent >= 3
        assert (totals.received, totals.one_way, totals.sent_octets) == (0, True, totals.sent * 160)
        assert engine.streams == set()


async def test_no_port_is_busy() -> None:
    async with an_engine(1) as engine:
        streams = [engine.open(Told()) for _ in range(engine._ports.free)]
        assert not engine.room()
        with pytest.raises(Busy, match="No RTP port"):
            engine.open(Told())
        assert len(engine.streams) == len(streams)


# -- strange datagrams ---------------------------------------------------------------------------------------------

datagrams = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.builds(
            lambda kind, payload, sequence: write(
                Packet(payload_type=kind, sequence=sequence, timestamp=0, ssrc=77, payload=payload)
            ),
            st.sampled_from([0, 8, 13, 101, 34]), st.binary(max_size=30), st.integers(0, 65_535),
        ),
    ),
    max_size=12,
)  # fmt: skip


@given(datagrams)
def test_no_datagram_harms(found: list[bytes]) -> None:
    async def call() -> None:
        told = Told()
        async with an_engine() as engine, a_telephone() as phone:
            stream = engine.open(told)
            stream.agree(terms(phone, dtmf=101, noise=13))
            stream.listen(lambda samples: None)
            for octets in found:
                phone.rtp.sendto(octets, (LOOPBACK, stream.port))
                phone.rtcp.sendto(octets, (LOOPBACK, stream.port + 1))
            phone.ssrc = 78
            phone.press(stream.port, "7")
            await told.until(Digit)
            while told.of(Digit)[-1].digit != "7":
                await told.until(Digit, len(told.of(Digit)) + 1)

    asyncio.run(call())


async def test_an_empty_clip_is_none() -> None:
    with pytest.raises(ValueError, match="whole frames"):
        Clip.of(np.zeros(0, np.int16))
