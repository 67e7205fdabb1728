"""Whether somebody talks. What tells a person from a machine, and finds its beep, listens in the same way: see
`Listener`.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from omnibound.wire.rtp import RATE, Samples

Listener = Callable[[Samples], None]
"""Gets what they say in pieces of 100 ms, without gaps: 16-bit samples at 8,000 Hz, silence where nothing came."""

FRAME: Final = RATE // 50
_LEAST: Final = 10 ** (-45 / 20) * 32_768
"""Root mean square below which nothing is a voice."""
_ABOVE_NOISE: Final = 3.0
_MOST_CROSSINGS: Final = 0.45
"""The share of samples whose sign differs from the one before; hiss has about half, a voiced sound less than a
fifth.
"""
_BEGINS, _ENDS = 3, 12
"""Frames of 20 ms that have to agree, so that a click is no word and a plosive no pause."""


class Activity:
    """Energy above an adapting noise floor, without the sound of hiss. `tell(talks, at)`: `at` in seconds since it
    listens.
    """

    def __init__(self, tell: Callable[[bool, float], None]) -> None:
        self._tell = tell
        self._noise = _LEAST
        self._frames = 0
        self._streak = 0
        self.talks = False

    def __call__(self, samples: Samples) -> None:
        """Listen to whole frames of 20 ms."""
        frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float32)
        powers = np.sqrt(np.mean(np.square(frames), axis=1))
        crossings = np.mean(np.signbit(frames[:, 1:]) != np.signbit(frames[:, :-1]), axis=1)
        for power, crossing in zip(powers.tolist(), crossings.tolist(), strict=True):
            self._heard(power, crossing)

    def _heard(self, power: float, crossing: float) -> None:
        voice = power > max(_LEAST, _ABOVE_NOISE * self._noise) and crossing < _MOST_CROSSINGS
        # Down at once, up slowly: what goes on for seconds at one level is noise.
        self._noise = power if power < self._noise else self._noise * 1.005 + 0.05
        self._frames += 1
        self._streak = self._streak + 1 if voice != self.talks else 0
        if self._streak == (_ENDS if self.talks else _BEGINS):
            self.talks = voice
            began = self._frames - self._streak
            self._streak = 0
            self._tell(voice, began * FRAME / RATE)
