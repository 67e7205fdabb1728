"""Who has answered: a person, an answering machine, a fax or a modem, by the sound of the first seconds.

A person says a word or two and waits; a machine talks on, or gives its tone; a fax and a modem give tones of their
own (ITU-T T.30, V.25). The verdict on speech is a guess: people who answer with a whole sentence are taken for
machines, so nothing is cut off by it unless a campaign says so.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from omnibound.voice.media.detect import FRAME, Activity
from omnibound.wire.rtp import RATE, Samples

INITIAL_SILENCE_S: Final = 2.5
"""Silence from the answer on after which nobody knows."""
GREETING_S: Final = 1.5
"""A greeting that is longer is a machine's."""
AFTER_GREETING_S: Final = 0.8
"""Silence after a greeting that says that a person waits for us."""
MOST_WORDS: Final = 3
"""More words without such a silence are a machine's."""
LONGEST_VERDICT_S: Final = 5.0
"""Then it is decided by what is known."""


class Verdict(IntEnum):
    """What was heard."""

    PERSON = 1
    MACHINE = 2
    FAX = 3
    MODEM = 4
    UNSURE = 5
    BEEP = 6
    """The tone of a machine has ended: it records. Told after MACHINE, or as the first sign of one."""


class Tone(NamedTuple):
    """A pure tone that has begun, goes on, or has ended."""

    hz: float
    seconds: float
    ended: bool


# -- Tones ----------------------------------------------------------------------------------------------------------

BLOCK: Final = 2 * FRAME
"""Samples looked at together: 40 ms, in bins of 25 Hz."""
_LEAST_POWER: Final = 10 ** (-40 / 10)
"""Of full scale."""
_PURE: Final = 0.9
"""The share of the power within some bins of the peak; no voice has it for long."""
_NEAR: Final = 2
_SAME_HZ: Final = 30.0
_LOWEST, _HIGHEST = 350.0, 2_600.0

_window = np.hanning(BLOCK)
_frequencies = np.fft.rfftfreq(BLOCK, 1 / RATE)


class ToneMeter:
    """Finds pure tones in samples that are given in pieces."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, np.int16)
        self._hz = 0.0
        self._blocks = 0

    def __call__(self, samples: Samples) -> list[Tone]:
        """What became of tones in what follows the samples of the call before: at most one a block."""
        whole = np.concatenate([self._rest, samples])
        count = len(whole) // BLOCK
        self._rest = whole[count * BLOCK :]
        return [
            tone
            for hz in map(_pure_tone, whole[: count * BLOCK].reshape(count, BLOCK) / 32_768)
            for tone in self._heard(hz)
        ]

    def _heard(self, hz: float) -> list[Tone]:
        if hz and self._hz and abs(hz - self._hz) <= _SAME_HZ:
            self._blocks += 1
            return [Tone(self._hz, self._seconds, ended=False)]
        over = [Tone(self._hz, self._seconds, ended=True)] if self._hz else []
        self._hz, self._blocks = hz, 1
        return over

    @property
    def _seconds(self) -> float:
        return self._blocks * BLOCK / RATE


def _pure_tone(block: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The frequency of a block that is one tone and nothing else, else 0."""
    if float(np.mean(np.square(block))) < _LEAST_POWER:
        return 0.0
    powers = np.square(np.abs(np.fft.rfft(block * _window)))
    peak = int(powers.argmax())
    near = powers[max(0, peak - _NEAR) : peak + _NEAR + 1]
    hz = float(_frequencies[peak])
    return hz if _LOWEST <= hz <= _HIGHEST and float(near.sum()) >= _PURE * float(powers.sum()) else 0.0


# -- Verdicts -------------------------------------------------------------------------------------------------------


class Signal(NamedTuple):
    """A tone that says who it is: its frequency, how long it has to last, and whether to wait for its end."""

    verdict: Verdict
    low: float
    high: float
    seconds: float
    whole: bool = False


SIGNALS: Final = (
    Signal(Verdict.FAX, 2_075, 2_125, 0.4),
    Signal(Verdict.MODEM, 2_200, 2_250, 0.4),
    Signal(Verdict.FAX, 1_075, 1_125, 0.4),
    Signal(Verdict.BEEP, _LOWEST, 2_050, 0.12, whole=True),
)
"""The first that fits: a called fax or modem, an old modem, a calling fax, an answering machine."""
_LONGEST_BEEP_S: Final = 2.0


def signal_of(tone: Tone) -> Verdict | None:
    """What a tone says; None as long as it says nothing."""
    for signal in SIGNALS:
        if signal.low <= tone.hz <= signal.high and tone.seconds >= signal.seconds:
            if not signal.whole:
                return signal.verdict
            return signal.verdict if tone.ended and tone.seconds <= _LONGEST_BEEP_S else None
    return None


class Cadence:
    """Words and silences since the answer; `verdict` is None as long as nothing speaks for either. Times: seconds."""

    def __init__(self) -> None:
        self.words = 0
        self._first: float | None = None
        self._talks = False
        self._since = 0.0

    def voice(self, talks: bool, at: float) -> None:
        """They begin or stop to talk."""
        self._talks, self._since = talks, at
        if talks:
            self.words += 1
            self._first = at if self._first is None else self._first

    def verdict(self, now: float) -> Verdict | None:
        """What the time that has passed says."""
        if self._first is None:
            return Verdict.UNSURE if now >= INITIAL_SILENCE_S else None
        if self.words > MOST_WORDS or (self._talks and now - self._first >= GREETING_S):
            return Verdict.MACHINE
        if not self._talks and now - self._since >= AFTER_GREETING_S:
            return Verdict.PERSON
        return Verdict.UNSURE if now >= LONGEST_VERDICT_S else None


class AnswerEar:
    """A `Listener` that tells its verdict once, and after that of a machine when it begins to record.

    A fax or a modem may reveal itself after a first verdict as well: that is told then.
    """

    def __init__(self, tell: Callable[[Verdict], None]) -> None:
        self._tell = tell
        self._meter = ToneMeter()
        self._cadence = Cadence()
        self._activity = Activity(self._cadence.voice)
        self._heard = 0
        self._told: Verdict | None = None

    def __call__(self, samples: Samples) -> None:
        """Listen to what follows the samples of the call before."""
        self._heard += len(samples)
        sounds = False
        for tone in self._meter(samples):
            sounds |= not tone.ended
            verdict = signal_of(tone)
            if verdict:
                self._say(verdict)
        # A tone is no word: the clock of the cadence goes on in silence.
        self._activity(np.zeros_like(samples) if sounds else samples)
        if self._told is None and not sounds:
            verdict = self._cadence.verdict(self._heard / RATE)
            if verdict:
                self._say(verdict)

    def _say(self, verdict: Verdict) -> None:
        if verdict is Verdict.BEEP and self._told is None:
            self._told = Verdict.MACHINE
            self._tell(Verdict.MACHINE)
        if self._told is None or (verdict > self._told and verdict in _LATE):
            self._told = verdict
            self._tell(verdict)


_LATE: Final = frozenset((Verdict.FAX, Verdict.MODEM, Verdict.BEEP))
"""What may be told after another verdict, once."""
