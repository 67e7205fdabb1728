"""Keys as sounds (ITU-T Q.23, Q.24): made for telephones that know no events, and found in what is heard."""

from collections.abc import Callable
from typing import Final

import numpy as np

from omnibound.voice.media.clips import Clip
from omnibound.voice.media.digits import PAUSE_MS, PRESS_MS
from omnibound.wire.rtp import RATE, Samples, code_of

_LOW: Final = (697, 770, 852, 941)
_HIGH: Final = (1209, 1336, 1477, 1633)
_KEYS: Final = ("123A", "456B", "789C", "*0#D")

BLOCK: Final = 205
"""Samples looked at together: 25.6 ms, in which all eight tones fall near whole periods."""
_LEAST_POWER: Final = 10 ** (-36 / 10)
"""Of full scale, for each of the two tones."""
_PURE: Final = 0.75
"""The share of all power that the two tones have; speech has it spread."""
_ALONE: Final = 4.0
"""How many times stronger a tone is than the others of its group."""
_TWIST: Final = (10 ** (-8 / 10), 10 ** (4 / 10))
"""How much weaker or stronger the high tone may be than the low one (Q.24)."""
_PRESS_LEVEL: Final = 0.25

_at = np.arange(BLOCK) / RATE
_waves = np.exp(-2j * np.pi * np.outer(_at, [*_LOW, *_HIGH])) * np.sqrt(2) / BLOCK


def tones(digits: str) -> Clip:
    """The sound of keys pressed one after the other. Raises ValueError for what is no key, and for none."""
    parts = [part for digit in digits for part in (_tone(digit), np.zeros(PAUSE_MS * RATE // 1_000))]
    if not parts:
        raise ValueError("no keys")
    return Clip.of(np.rint(np.concatenate(parts) * 32_767).astype(np.int16))


def _tone(digit: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    code_of(digit)
    row = next(number for number, keys in enumerate(_KEYS) if digit.upper() in keys)
    low, high = _LOW[row], _HIGH[_KEYS[row].index(digit.upper())]
    at = np.arange(PRESS_MS * RATE // 1_000) / RATE
    return _PRESS_LEVEL * (np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at))


class ToneEar:
    """Finds keys in 16-bit samples that are given in pieces; `tell` gets each press once, when two blocks agree on
    it.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._rest: Samples = np.zeros(0, np.int16)
        self._before = self._pressed = ""

    def __call__(self, samples: Samples) -> None:
        """Listen to what follows the samples of the call before."""
        whole = np.concatenate([self._rest, samples])
        count = len(whole) // BLOCK
        blocks = whole[: count * BLOCK].reshape(count, BLOCK) / 32_768
        self._rest = whole[count * BLOCK :]
        for digit in map(_digit, np.mean(np.square(blocks), axis=1), np.square(np.abs(blocks @ _waves))):
            self._heard(digit)

    def _heard(self, digit: str) -> None:
        """A press begins when two blocks have it and ends when two have something else."""
        if digit == self._before and digit != self._pressed:
            self._pressed = digit
            if digit:
                self._tell(digit)
        self._before = digit


def _digit(power: float, powers: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    """The key whose two tones make up a block; "" if it is anything else. `powers` are those of the eight tones."""
    low, high = powers[:4], powers[4:]
    row, column = int(low.argmax()), int(high.argmax())
    one, other = float(low[row]), float(high[column])
    if min(one, other) < _LEAST_POWER or one + other < _PURE * power:
        return ""
    alone = all(_ALONE * np.delete(group, best).max() < group[best] for group, best in ((low, row), (high, column)))
    return _KEYS[row][column] if alone and _TWIST[0] <= other / one <= _TWIST[1] else ""
