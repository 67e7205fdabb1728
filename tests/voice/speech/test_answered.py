"""What answered, from voices that really speak and from tones. Sound comes in pieces of 100 ms, as a call gives it."""

from typing import Any

import numpy as np
import pytest

from omnibound.voice.media.answered import AnswerEar, Cadence, Tone, Verdict, signal_of
from omnibound.wire.rtp import RATE, Law, Samples, decode, encode
from tests.voice.speech.conftest import Make

PIECE = RATE // 10


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


def tone(hz: float, seconds: float, level: float = 0.3) -> Samples:
    at = np.arange(int(seconds * RATE)) / RATE
    return np.rint(level * 32_767 * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def over_the_line(samples: Samples) -> Samples:
    """As it is after mu-law."""
    return decode(encode(samples, Law.MU), Law.MU)


def verdicts(*parts: "np.ndarray[Any, Any]") -> list[Verdict]:
    told: list[Verdict] = []
    ear = AnswerEar(told.append)
    sound = over_the_line(np.concatenate([*parts, silence(3)]))
    for start in range(0, len(sound) - PIECE + 1, PIECE):
        ear(sound[start : start + PIECE])
    return told


TONES = [
    ("a called fax", [silence(0.5), tone(2_100, 3.0)], [Verdict.FAX]),
    ("an old modem", [silence(0.2), tone(2_225, 2.0)], [Verdict.MODEM]),
    ("a calling fax", [silence(0.2), tone(1_100, 0.5), silence(3), tone(1_100, 0.5)], [Verdict.FAX]),
    ("only a beep", [silence(1.0), tone(1_000, 0.4)], [Verdict.MACHINE, Verdict.BEEP]),
    ("nothing at all", [silence(4.0)], [Verdict.UNSURE]),
    ("a sound too short for a tone, as a word", [silence(0.5), tone(1_000, 0.06)], [Verdict.PERSON]),
    ("a tone that is too long", [silence(0.2), tone(440, 4.0)], [Verdict.UNSURE]),
    ("a key", [silence(0.5), tone(770, 0.5, 0.2) + tone(1_336, 0.5, 0.2)], [Verdict.PERSON]),
]


@pytest.mark.parametrize(("parts", "told"), [row[1:] for row in TONES], ids=[row[0] for row in TONES])
def test_tones(parts: list[Samples], told: list[Verdict]) -> None:
    assert verdicts(*parts) == told


PEOPLE = ["Hello?", "Yes, hello.", "Smith."]
MACHINES = [
    "Hello, you have reached the voice mail of the Miller family. Please leave a message after the tone.",
    "The person you have called is not available. Please leave your name and your number after the tone.",
]


@pytest.mark.anyio
@pytest.mark.parametrize("words", PEOPLE)
async def test_people_say_a_word_and_wait(booth: Make, words: str) -> None:
    said = await booth().hear("kate", words)
    assert verdicts(silence(0.4), said) == [Verdict.PERSON]


@pytest.mark.anyio
@pytest.mark.parametrize("words", MACHINES)
async def test_machines_talk_on_and_give_a_tone(booth: Make, words: str) -> None:
    said = await booth().hear("kate", words)
    assert verdicts(silence(0.4), said, silence(0.3), tone(1_000, 0.5)) == [Verdict.MACHINE, Verdict.BEEP]


CADENCES = [
    ("a word, then silence", [(True, 0.4), (False, 0.9)], 1.8, Verdict.PERSON),
    ("still within the silence", [(True, 0.4), (False, 0.9)], 1.5, None),
    ("talks on", [(True, 0.4)], 2.0, Verdict.MACHINE),
    ("four words", [(True, 0.2), (False, 0.5), (True, 0.6), (False, 0.8), (True, 0.9), (False, 1.0), (True, 1.2)], 1.3,
     Verdict.MACHINE),
    ("nothing yet", [], 2.4, None),
    ("nothing", [], 2.5, Verdict.UNSURE),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "now", "verdict"), [row[1:] for row in CADENCES], ids=[row[0] for row in CADENCES])
def test_cadences(heard: list[tuple[bool, float]], now: float, verdict: Verdict | None) -> None:
    cadence = Cadence()
    for talks, at in heard:
        cadence.voice(talks, at)
    assert cadence.verdict(now) is verdict


def test_a_beep_is_told_when_it_has_ended() -> None:
    assert [signal_of(Tone(1_000, 0.3, ended=ended)) for ended in (False, True)] == [None, Verdict.BEEP]
