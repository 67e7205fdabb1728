"""Any sampling rate to another: a polyphase FIR low-pass (a sinc under a Kaiser window), so that nothing folds back."""

from math import ceil, gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_PASS: Final = 0.85
"""The share of the narrower band that passes: 3,400 Hz of 4,000, which is what telephones carry."""
_ATTENUATION_DB: Final = 70.0
_MOST_PHASES: Final = 4_000


class Resampler:
    """Samples at `rate`, fed in pieces, as samples at `into`: as many as the time asks for, and without delay."""

    def __init__(self, rate: int, into: int) -> None:
        self._up, self._down = _ratio(rate, into)
        self._taps = _filter(self._up, self._down)
        self._width: int = self._taps.shape[1]
        self._delay = (self._width - 1) // 2 * self._up
        self._kept: Floats = np.zeros(self._width, np.float32)
        # Counted in input samples since the start: the first of those kept, and how many were fed.
        self._base = -self._width
        self._fed = 0
        self._made = 0

    def feed(self, samples: Floats) -> Floats:
        """The output that these samples complete."""
        self._fed += len(samples)
        return self._more(samples)

    def finish(self) -> Floats:
        """The rest of the output: half a filter's length hangs behind."""
        missing = ceil(self._fed * self._up / self._down) - self._made
        return self._more(np.zeros(self._width, np.float32))[: max(0, missing)]

    def _more(self, samples: Floats) -> Floats:
        kept: Floats = np.concatenate((self._kept, samples))
        ready = ((self._base + len(kept)) * self._up - 1 - self._delay) // self._down + 1 - self._made
        out = np.empty(max(0, ready), np.float32)
        if len(out):
            windows = np.lib.stride_tricks.sliding_window_view(kept, self._width)
            self._fill(out, windows)
        self._made += len(out)
        first = min(self._newest(self._made) - self._width + 1, self._base + len(kept))
        self._kept, self._base = kept[first - self._base :], first
        return out

    def _fill(self, out: Floats, windows: Floats) -> None:
        """Every up-th output falls on the same phase of the filter, `down` input samples behind the one before."""
        for number in range(min(self._up, len(out))):
            column = out[number :: self._up]
            phase = ((self._made + number) * self._down + self._delay) % self._up
            oldest = self._newest(self._made + number) - self._width + 1 - self._base
            column[:] = windows[oldest :: self._down][: len(column)] @ self._taps[phase]

    def _newest(self, number: int) -> int:
        """The newest input sample that an output sample is made of."""
        return (number * self._down + self._delay) // self._up


def resample(samples: Floats, rate: int, into: int) -> Floats:
    """All samples at once."""
    resampler = Resampler(rate, into)
    return np.concatenate([resampler.feed(samples), resampler.finish()])


def _ratio(rate: int, into: int) -> tuple[int, int]:
    """Up and down; an odd rate is taken for the nearest with few phases (an error below 0.03 %, which nobody hears)."""
    common = gcd(rate, into)
    up, down = into // common, rate // common
    if up <= _MOST_PHASES:
        return up, down
    return _MOST_PHASES, max(1, round(_MOST_PHASES * rate / into))


def _filter(up: int, down: int) -> Floats:
    """The taps of each phase, oldest input sample first, newest last; shape (up, taps of a phase)."""
    if up == down:
        return np.ones((1, 1), np.float32)
    band = min(1.0, up / down)
    # Kaiser's estimate of how many taps the way from pass band to stop band needs, in input samples.
    half = ceil((_ATTENUATION_DB - 8) / (2.285 * np.pi * band * (1 - _PASS)) / 2) + 1
    count = 2 * half * up + 1
    at = (np.arange(count) - half * up) / up
    cut = band * (1 + _PASS) / 2
    whole = cut * np.sinc(cut * at) * np.kaiser(count, 0.1102 * (_ATTENUATION_DB - 8.7))
    phases = np.concatenate([whole, np.zeros(-count % up)]).reshape(-1, up).T[:, ::-1]
    return np.ascontiguousarray(phases / phases.sum(axis=1, keepdims=True), dtype=np.float32)
