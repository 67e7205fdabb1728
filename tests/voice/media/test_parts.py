"""The parts without a socket: terms, who is believed, what is played, rings, tracks, ports."""

import socket
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.errors import Busy
from omnibound.voice.media import Clip, Ports, Terms
from omnibound.voice.media.playing import Play, Playing
from omnibound.voice.media.remote import Remote
from omnibound.voice.media.rings import Ring
from omnibound.voice.media.track import LAG, Track, nearest
from omnibound.voice.media.wheel import Wheel
from omnibound.wire.rtp import Law
from tests.voice.media.telephone import LOOPBACK, spare_ports

# -- terms ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (Terms(address="192.0.2.1", port=4_000), (0, True, True, 4, 160)),
        (Terms(address="192.0.2.1", port=4_000, law=Law.A, ptime=30), (8, True, True, 6, 240)),
        (Terms(address="192.0.2.1", port=4_000, payload=97, ptime=10, direction="sendonly"), (97, True, False, 2, 80)),
        (Terms(address="192.0.2.1", port=4_000, direction="recvonly"), (0, False, True, 4, 160)),
        (Terms(address="2001:db8::1", port=4_000, direction="inactive"), (0, False, False, 4, 160)),
        (Terms(address="0.0.0.0", port=4_000), (0, False, True, 4, 160)),
    ],
    ids=["plain", "a-law 30", "own number", "recvonly", "inactive", "null address"],
)
def test_terms(terms: Terms, found: tuple[int, bool, bool, int, int]) -> None:
    assert (terms.number, terms.sends, terms.hears, terms.slots, terms.samples) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "239.1.2.3"}, {"address": "255.255.255.255"}, {"address": "ff02::1"}, {"address": "example.org"},
        {"port": 0}, {"port": 65_536}, {"rtcp_port": -1}, {"ptime": 5}, {"ptime": 65}, {"ptime": 22}, {"payload": 72},
        {"dtmf": 128}, {"noise": -1},
    ],
    ids=str,
)  # fmt: skip
def test_terms_that_cannot_be(wrong: dict[str, object]) -> None:
    fields: dict[str, object] = {"address": "192.0.2.1", "port": 4_000, **wrong}
    with pytest.raises(ValueError, match=r"telephone|port|packets|payload|address"):
        Terms(**fields)  # pyright: ignore[reportArgumentType]


# -- who is believed -----------------------------------------------------------------------------------------------

NAMED = ("192.0.2.1", 4_000)
SAME = ("192.0.2.1", 4_666)
OTHER = ("198.51.100.7", 9_000)
EVIL = ("203.0.113.9", 1)


def believed(*packets: tuple[tuple[str, int], int, int], learns: bool = True) -> tuple[str, tuple[str, int]]:
    """Which packets (source, SSRC, sequence) are believed, and where ours go in the end."""
    remote = Remote(NAMED, learns)
    return "".join("x" if remote.believes(*packet) else "-" for packet in packets), remote.address


def run(
    source: tuple[str, int], count: int, ssrc: int = 1, first: int = 65_534
) -> list[tuple[tuple[str, int], int, int]]:
    return [(source, ssrc, (first + place) & 0xFFFF) for place in range(count)]


@pytest.mark.parametrize(
    ("packets", "learns", "found"),
    [
        (run(NAMED, 2), True, ("xx", NAMED)),
        (run(SAME, 3), True, ("-xx", SAME)),
        (run(OTHER, 6), True, ("----xx", OTHER)),
        (run(OTHER, 4), True, ("----", NAMED)),
        (run(SAME, 3) + run(OTHER, 20), False, ("-" * 23, NAMED)),
        (run(NAMED, 1) + run(EVIL, 20), True, ("x" + "-" * 20, NAMED)),
        (run(OTHER, 5) + run(EVIL, 20) + run(OTHER, 1), True, ("----x" + "-" * 20 + "x", OTHER)),
        (run(OTHER, 5) + run(NAMED, 1) + run(OTHER, 9), True, ("----xx" + "-" * 9, NAMED)),
        ([(OTHER, 1, n * 100) for n in range(20)], True, ("-" * 20, NAMED)),
        ([(OTHER, n, n) for n in range(20)], True, ("-" * 20, NAMED)),
        (run(SAME, 1) + run(EVIL, 9) + [(SAME, 1, 65_535)], True, ("-" * 10 + "x", SAME)),
    ],
    ids=[
        "named", "another port", "behind a NAT", "too few", "does not learn", "late stranger", "stranger after a NAT",
        "the named one takes it back", "sequence without rhyme", "sources without rhyme", "mixes into the named host",
    ],
)  # fmt: skip
def test_who_is_believed(
    packets: list[tuple[tuple[str, int], int, int]], learns: bool, found: tuple[str, tuple[str, int]]
) -> None:
    assert believed(*packets, learns=learns) == found


def test_a_new_name_begins_anew() -> None:
    remote = Remote(NAMED)
    assert [remote.believes(*packet) for packet in run(SAME, 2)] == [False, True]
    remote.name(NAMED)
    assert (remote.address, remote.settled) == (SAME, True)
    remote.name(OTHER)
    assert (remote.address, remote.settled) == (OTHER, False)
    assert not remote.believes(*run(SAME, 1)[0])


def test_who_is_silent_may_move() -> None:
    remote = Remote(NAMED)
    assert remote.believes(NAMED, 1, 1)
    remote.forget()
    assert remote.address == NAMED
    assert [remote.believes(*packet) for packet in run(OTHER, 5)] == [False] * 4 + [True]


# -- what is played ------------------------------------------------------------------------------------------------


def counting(frames: int, first: int = 0) -> Clip:
    """A clip whose every frame of 20 ms is told by its octets."""
    octets = b"".join(bytes([first + frame]) * 160 for frame in range(frames))
    return Clip(dict.fromkeys(Law, octets))


def played(playing: Playing, slots: range) -> list[int | None]:
    """The first octet of each frame."""
    frames = [playing.frame(slot) for slot in slots]
    return [frame[0] if frame else None for frame in frames]


def a_playing(*clips: tuple[Clip, int]) -> tuple[Playing, list[tuple[int, bool]]]:
    over: list[tuple[int, bool]] = []
    playing = Playing(lambda play, whole: over.append((play.tag, whole)))
    for tag, (clip, repeat) in enumerate(clips):
        playing.add(Play(clip=clip, tag=tag, repeat=repeat))
    return playing, over


def test_clips_in_turn() -> None:
    playing, over = a_playing((counting(3), 1), (counting(2, 10), 2))
    assert playing
    assert played(playing, range(1, 36, 4)) == [0, 1, 2, 10, 11, 10, 11, None, None]
    assert over == [(0, True), (1, True)]
    assert not playing


def test_what_is_late_is_skipped() -> None:
    playing, over = a_playing((counting(9), 1), (counting(2, 20), 1))
    assert played(playing, range(1, 6, 4)) == [0, 1]
    assert played(playing, range(25, 30, 4)) == [6, 7]
    # The second began at most a frame ago, however late we are.
    assert played(playing, range(101, 110, 4)) == [21, None, None]
    assert over == [(0, True), (1, True)]


def test_hold_misses_nothing() -> None:
    playing, _ = a_playing((counting(4), 1))
    assert played(playing, range(1, 6, 4)) == [0, 1]
    playing.hold(6)
    playing.hold(8)
    assert played(playing, range(9, 50, 4)) == [None] * 11
    playing.go_on(50)
    playing.go_on(70)
    assert played(playing, range(53, 62, 4)) == [2, 3, None]


def test_stop_tells_all() -> None:
    playing, over = a_playing((counting(4), 1), (counting(4), 1))
    playing.frame(1)
    playing.stop()
    assert (over, playing.frame(5)) == ([(0, False), (1, False)], None)


def test_frames_of_30_ms_end_in_silence_or_in_the_repeat() -> None:
    for repeat, last in ((1, b"\xff"), (2, b"\0")):
        playing, _ = a_playing((counting(2), repeat))
        playing.speak(Law.MU, 240)
        assert playing.frame(0) == bytes(160) + b"\1" * 80
        assert playing.frame(6) == b"\1" * 80 + last * 160


def test_another_law_in_mid_clip() -> None:
    clip = Clip({Law.MU: b"\1" * 320, Law.A: b"\2" * 320})
    playing, _ = a_playing((clip, 1))
    assert playing.frame(0) == b"\1" * 160
    playing.speak(Law.A, 80)
    assert playing.frame(4) == b"\2" * 80


def test_played_no_times() -> None:
    with pytest.raises(ValueError, match="0 times"):
        a_playing((counting(1), 0))


def test_what_is_added_when_one_ends_follows_at_once() -> None:
    playing = Playing(lambda _play, _whole: playing.add(Play(clip=counting(1, 9), tag=2)))
    playing.add(Play(clip=counting(1), tag=1))
    assert played(playing, range(1, 10, 4)) == [0, 9, 9]


# -- rings and the wheel -------------------------------------------------------------------------------------------


def test_members_are_dealt_to_the_emptiest_phase() -> None:
    ring: Ring[int] = Ring(4)
    for member in range(10):
        ring.join(member)
    assert [len(phase) for phase in ring.phases] == [3, 3, 2, 2]
    ring.leave(3)
    ring.leave(77)
    ring.join(11)
    ring.join(11)
    assert ([len(phase) for phase in ring.phases], len(ring)) == ([3, 3, 2, 2], 10)


@given(st.integers(1, 12), st.integers(0, 100), st.integers(0, 100))
def test_what_is_late_is_due_for_40_ms_and_the_newest_always(period: int, first: int, count: int) -> None:
    ring: Ring[int] = Ring(period)
    for member in range(period):
        ring.join(member)
    slots = [slot for slot, members in ring.due(first, first + count - 1) if members]
    assert slots == list(range(max(first, first + count - max(period, 8)), first + count))


class Hands:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def turned(wheel: Wheel, hands: Hands, seconds: float) -> None:
    hands.now = 100.0 + seconds
    wheel.turn()


def test_the_wheel() -> None:
    hands, called = Hands(), []
    wheel = Wheel(hands)
    tick: Callable[[int], None] = called.append
    wheel.join(4, tick)
    for slots in range(1, 10):
        turned(wheel, hands, slots * 0.005 + 0.001)
    assert called == [4, 8]
    turned(wheel, hands, 0.2)
    assert called == [4, 8, 36, 40]
    assert (wheel.slot, wheel.samples(), wheel.wait()) == (40, 1_600, pytest.approx(0.005))
    wheel.leave(4, tick)
    wheel.leave(9, tick)
    turned(wheel, hands, 0.3)
    assert len(called) == 4


def test_one_that_fails_does_not_silence_the_others() -> None:
    hands, called = Hands(), []
    wheel = Wheel(hands)

    def fail(slot: int) -> None:
        raise RuntimeError(slot)

    for tick in (fail, called.append, fail):
        wheel.join(1, tick)
    turned(wheel, hands, 0.0051)
    turned(wheel, hands, 0.0101)
    assert called == [1, 2]


# -- tracks --------------------------------------------------------------------------------------------------------


def piece(value: int, count: int = 160) -> np.ndarray:
    return np.full(count, value, np.int16)


def test_a_track_puts_sound_in_its_place() -> None:
    track = Track(0)
    for value, timestamp, arrived in [(1, 0xFFFFFF60, 0), (3, 160, 330), (2, 0, 335)]:
        track.heard(piece(value), timestamp, arrived)
    assert track.take(640).tolist() == [1] * 160 + [2] * 160 + [3] * 160 + [0] * 160
    assert track.take(640).tolist() == []


def test_what_is_too_late_or_too_far_is_left_out() -> None:
    track = Track(0)
    track.heard(piece(1), 0, 0)
    assert len(track.take(400)) == 400
    track.put(piece(2), 200)
    track.put(piece(2), 320)
    track.put(piece(3), 30_000)
    assert track.take(480).tolist() == [2] * 80
    assert track.missed == 2


def test_a_source_that_changes_its_clock() -> None:
    track = Track(0)
    track.heard(piece(1), 1_000, 0)
    track.heard(piece(2), 900_000, 160)
    assert track.take(320).tolist() == [1] * 160 + [2] * 160


def test_a_long_pause_is_silence() -> None:
    track = Track(0)
    track.put(piece(1), 0)
    taken = track.take(40_000)
    assert (len(taken), int(taken.sum())) == (40_000, 160)
    track.put(piece(1), 40_000)
    assert track.take(40_160).tolist() == [1] * 160
    assert LAG == 800


@given(st.integers(0, 2**40), st.integers(-(2**31), 2**31 - 1))
def test_the_nearest_instant(instant: int, beside: int) -> None:
    assert nearest((instant + beside) & 0xFFFFFFFF, instant) == instant + beside


# -- ports ---------------------------------------------------------------------------------------------------------


def test_pairs_are_even_and_rest_after_use() -> None:
    now = [0.0]
    ports = Ports(20_001, 20_005, LOOPBACK, quarantine_s=10)
    ports._clock = lambda: now[0] + 0
    one, other = ports.open(), ports.open()
    assert [each.getsockname()[1] for pair in (one, other) for each in pair] == [20_002, 20_003, 20_004, 20_005]
    with pytest.raises(Busy, match="No RTP port is free"):
        ports.open()
    ports.close(one)
    assert ports.free == 0
    now[0] = 10
    assert ports.free == 1
    ports.close(ports.open())
    ports.close(other)


def test_ports_of_others_are_passed_over() -> None:
    ports = spare_ports(3)
    first = ports.open()
    port = first[0].getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((LOOPBACK, port + 3))
        second = ports.open()
    assert second[0].getsockname()[1] == port + 4
    for pair in (first, second):
        ports.close(pair)


def test_an_address_that_is_not_ours() -> None:
    ports = Ports(20_010, 20_013, "192.0.2.1")
    with pytest.raises(OSError, match="assign"):
        ports.open()
    assert ports.free == 2


def test_pairs_on_ipv6() -> None:
    ports = Ports(20_020, 20_021, "::1")
    try:
        pair = ports.open()
    except OSError:
        assert not socket.has_ipv6 or ports.free == 1
        return
    assert pair[0].family is socket.AF_INET6
    ports.close(pair)


@pytest.mark.parametrize(("first", "last"), [(5, 5), (0, 10), (10, 9), (65_534, 65_536), (7, 8)])
def test_no_range(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="no pair of ports"):
        Ports(first, last, LOOPBACK)
