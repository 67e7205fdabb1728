"""Sound put in its place in time, whatever order it comes in: for those who listen and for recordings."""

from typing import Final

import numpy as np

from omnibound.wire.rtp import RATE, Samples

LAG: Final = RATE // 10
"""Samples that are waited for what comes late: 100 ms."""
_LONGEST: Final = 2 * RATE
_STEP: Final = RATE // 2
"""Samples: a source whose time is further off than this has changed its clock, and is put to the time of arrival."""


def nearest(timestamp: int, instant: int) -> int:
    """What a timestamp of 32 bits stands for: of all instants that it may be, the one nearest to this."""
    return instant + (timestamp - instant + 0x80000000 & 0xFFFFFFFF) - 0x80000000


class Track:
    """One direction of a call on the engine's clock, in samples since it started. What never came is silence."""

    __slots__ = ("_offset", "_samples", "_taken", "missed")

    def __init__(self, start: int) -> None:
        """A track from an instant on."""
        self._samples: Samples = np.zeros(_LONGEST, np.int16)
        self._taken = start
        self._offset: int | None = None
        self.missed = 0
        """Pieces that came too late or belonged nowhere."""

    def heard(self, samples: Samples, timestamp: int, arrived: int) -> None:
        """Put sound of theirs by its RTP timestamp; `arrived` is the instant on our clock."""
        if self._offset is None or abs(self._place(timestamp, arrived) - arrived) > _STEP:
            self._offset = arrived - timestamp
        self.put(samples, self._place(timestamp, arrived))

    def put(self, samples: Samples, place: int) -> None:
        """Put sound at an instant."""
        first, last = place - self._taken, place - self._taken + len(samples)
        if last <= 0 or last > _LONGEST:
            self.missed += 1
            return
        self._samples[max(0, first) : last] = samples[max(0, -first) :]

    def take(self, until: int) -> Samples:
        """Everything up to an instant that was not taken yet; at most two seconds, what lies before is left out."""
        count = until - self._taken
        if count <= 0:
            return np.zeros(0, np.int16)
        kept = min(count, _LONGEST)
        out = self._samples[:kept].copy()
        self._samples[: _LONGEST - kept] = self._samples[kept:]
        self._samples[_LONGEST - kept :] = 0
        self._taken = until
        return np.concatenate([out, np.zeros(count - kept, np.int16)])

    def _place(self, timestamp: int, arrived: int) -> int:
        return nearest(timestamp + (self._offset or 0), arrived)
