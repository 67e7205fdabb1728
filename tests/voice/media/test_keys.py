"""Keys: presses told apart whatever the packets do; tones made and found, and not found in speech; talk and silence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.voice.media import Activity
from omnibound.voice.media.digits import DigitsIn, DigitsOut
from omnibound.voice.media.tones import BLOCK, ToneEar, tones
from omnibound.wire.rtp import DIGITS, Event, Law, code_of, decode, read_event
from tests.voice.media.telephone import voice

Row = tuple[str, int, bool]


def told(*rows: Row) -> str:
    """The digits that packets (digit, timestamp, end) are told as."""
    digits = DigitsIn()
    return "".join(digits.heard(Event(code=code_of(digit), end=end), at & 0xFFFFFFFF) for digit, at, end in rows)


@pytest.mark.parametrize(
    ("rows", "digits"),
    [
        ([("1", 0, False), ("1", 0, False), ("1", 0, True), ("1", 0, True)], "1"),
        ([("1", 0, True), ("1", 0, True), ("1", 1_600, True)], "11"),
        ([("1", 0, False), ("1", 1_600, False)], "11"),
        ([("1", 0, False), ("2", 160, False)], "12"),
        ([("1", 0, False), ("2", 1_600, False), ("1", 0, True), ("2", 1_600, True)], "12"),
        ([("1", -1_600, True), ("2", 0, True), ("1", -1_600, True)], "12"),
        ([("1", n * 160, False) for n in range(6)] + [("1", 960, True)], "1"),
        ([("1", 0, False), ("1", 0xFFFF, False), ("1", 2 * 0xFFFF, True)], "1"),
        ([("1", 0, True), ("1", 0xFFFF, True)], "11"),
    ],
    ids=[
        "one", "two", "no end", "another at once", "late end", "over zero", "a telephone that counts up", "held long",
        "the same much later",
    ],
)  # fmt: skip
def test_presses(rows: list[Row], digits: str) -> None:
    assert told(*rows) == digits


def test_other_events_are_no_digits() -> None:
    assert DigitsIn().heard(Event(code=16), 5) == ""


@given(st.text(DIGITS, min_size=1, max_size=8), st.sampled_from([2, 4, 6, 8, 12]), st.data())
def test_what_is_pressed_is_told_over_a_line_that_loses(pressed: str, slots: int, data: st.DataObject) -> None:
    out, heard, found = DigitsOut(), DigitsIn(), ""
    out.add(pressed)
    slot = 1
    while out:
        packets = out.due(slot, slots * 40)
        lost = data.draw(st.integers(0, len(packets) - 1)) if len(packets) > 1 else 0
        for packet in packets[lost:]:
            event = read_event(packet.payload)
            assert event
            found += heard.heard(event, packet.began * 40)
        slot += slots
    assert found == pressed


def test_what_is_dropped() -> None:
    out = DigitsOut()
    out.add("123")
    out.due(1, 160)
    assert (out.drop(), bool(out), out.due(5, 160)) == ("123", False, [])


# -- tones ---------------------------------------------------------------------------------------------------------


def found(samples: np.ndarray, piece: int = 800) -> str:
    digits: list[str] = []
    ear = ToneEar(digits.append)
    for at in range(0, len(samples), piece):
        ear(samples[at : at + piece])
    return "".join(digits)


@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize("piece", [160, 800, 1_000_000])
def test_every_key_is_found(law: Law, piece: int) -> None:
    assert found(decode(tones(DIGITS + "1122").octets[law], law), piece) == DIGITS + "1122"


@pytest.mark.parametrize("noise_db", [-30, -20])
def test_keys_are_found_in_noise(noise_db: int) -> None:
    sound = decode(tones("159D").octets[Law.MU], Law.MU).astype(float)
    hiss = np.random.default_rng(3).normal(0, 32_768 * 0.25 * 10 ** (noise_db / 20), len(sound))
    assert found((sound + hiss).astype(np.int16)) == "159D"


@pytest.mark.parametrize(
    "samples",
    [voice(20), np.zeros(8_000, np.int16), np.random.default_rng(1).normal(0, 3_000, 80_000).astype(np.int16)],
    ids=["tones alone", "silence", "noise"],
)
def test_what_is_no_key(samples: np.ndarray) -> None:
    assert found(samples) == ""


def test_a_key_much_too_quiet_or_too_uneven() -> None:
    at = np.arange(1_600) / 8_000
    low, high = np.sin(2 * np.pi * 770 * at), np.sin(2 * np.pi * 1_336 * at)
    assert found((8_000 * (low + high)).astype(np.int16)) == "5"
    for sound in (100 * (low + high), 8_000 * (low + 0.1 * high), 8_000 * (0.3 * low + high)):
        assert found(sound.astype(np.int16)) == ""


def test_a_key_much_too_short() -> None:
    pressed = decode(tones("5").octets[Law.MU], Law.MU)[: BLOCK + 40]
    pause = np.zeros(10 * BLOCK, np.int16)
    assert found(np.concatenate([pause, pressed, pause])) == ""


def test_no_tones() -> None:
    with pytest.raises(ValueError, match="no keys"):
        tones("")
    with pytest.raises(ValueError, match="no key 'E'"):
        tones("1E")


# -- talk ----------------------------------------------------------------------------------------------------------


def heard(*parts: np.ndarray) -> list[tuple[bool, float]]:
    changes: list[tuple[bool, float]] = []
    activity = Activity(lambda talks, at: changes.append((talks, round(at, 1))))
    samples = np.concatenate(parts).astype(np.int16)
    for at in range(0, len(samples), 800):
        activity(samples[at : at + 800])
    return changes


PAUSE = np.zeros(8_000, np.int16)
HISS = np.random.default_rng(1).normal(0, 300, 16_000)


def test_talk_and_pauses() -> None:
    assert heard(PAUSE, voice(0.8), PAUSE, voice(0.8), PAUSE) == [(True, 1.0), (False, 1.8), (True, 2.8), (False, 3.6)]


@pytest.mark.parametrize(
    "parts",
    [(PAUSE, PAUSE), (HISS,), (PAUSE, voice(0.04), PAUSE), (voice(2) / 400,)],
    ids=["silence", "hiss", "a click", "very quiet"],
)
def test_what_is_no_talk(parts: tuple[np.ndarray, ...]) -> None:
    assert heard(*parts) == []


def test_a_short_gap_is_no_pause() -> None:
    assert heard(PAUSE, voice(0.5), PAUSE[:1_600], voice(0.5), PAUSE) == [(True, 1.0), (False, 2.2)]
