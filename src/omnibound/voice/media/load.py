"""How many more calls a process can take: by what calls cost it, measured, before those that run would suffer."""

import time
from collections.abc import Callable
from typing import Final

MOST: Final = 0.85
"""Of a core that is given to calls: what is above is for bursts. Whoever waits in the store waits better than who
rings."""
LEAST: Final = 0.3
"""What is given at least, however often we were late."""
_BACK_OFF: Final = 0.9
"""What is left of the limit after a second in which slots were late."""
_RECOVERY: Final = 0.02
"""More of a core after each second that went well."""
_BURST_S: Final = 0.1
"""Of set-ups that may come at once."""
_ENOUGH: Final = 20
"""Calls that a cost is measured by."""
_SOUND: Final = 0.001
"""Of a core, for the sound of one call, until it is measured; a slow machine needs as much."""
_SET_UP_S: Final = 0.002
"""The same for beginning and ending one."""
_MEMORY: Final = 200
"""Calls that the share of those that are answered is taken of."""


class Load:
    """What a call costs has two parts: setting it up and ending it, once; and its sound, for as long as it talks.

    `sound` is the second as a share of a core, `set_up_s` the first in seconds of the processor. Both are measured
    anew each second. When slots are late all the same, because others take the processor, less is promised (`limit`).
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, cpu: Callable[[], float] = time.process_time
    ) -> None:
        self._clock = clock
        self._cpu = cpu
        self.limit = MOST
        self.sound = _SOUND
        self.set_up_s = _SET_UP_S
        self._answered = 1.0
        self._sound_s = 0.0
        self._changes = 0
        self._since = clock()
        self._cpu_since = cpu()
        # Set-ups that may begin now, and since when they have not been counted up.
        self._ready = _BURST_S * MOST / _SET_UP_S
        self._ready_at = self._since

    # -- what happens --------------------------------------------------------------------------------------------

    def began(self) -> None:
        """There are calls again: what was before is not measured."""
        self._since, self._cpu_since = self._clock(), self._cpu()
        self._sound_s = 0.0
        self._changes = 0

    def served(self, seconds: float) -> None:
        """So much of the processor went to a slot."""
        self._sound_s += seconds

    def opened(self) -> None:
        """A call begins."""
        self._changes += 1
        # Who opened it without asking for room has no debt: it is measured like all others.
        self._ready = max(0.0, self._ready - 1)

    def closed(self, talked: bool) -> None:
        """A call is over; whether there was any sound."""
        self._changes += 1
        self._answered += (talked - self._answered) / _MEMORY

    def measure(self, talking: int, late: bool) -> None:
        """Learn from the time since the last measure, usually a second, in which so many were talking."""
        now, cpu = self._clock(), self._cpu()
        took = max(now - self._since, 1e-3)
        share, sound = (cpu - self._cpu_since) / took, self._sound_s / took
        if talking >= _ENOUGH:
            self.sound += (sound / talking - self.sound) / 2
        if self._changes >= 2 * _ENOUGH:
            # Half of the changes are ends.
            self.set_up_s += (max(0.0, share - sound) * took / (self._changes / 2) - self.set_up_s) / 2
        self.limit = max(LEAST, self.limit * _BACK_OFF) if late else min(MOST, self.limit + _RECOVERY)
        self.began()

    # -- what follows --------------------------------------------------------------------------------------------

    def room(self, calls: int, talking: int) -> int:
        """How many more may begin now; of those that ring as many will talk as did lately."""
        will_talk = self.sound * max(self._answered, 1 / _MEMORY)
        left = self.limit - self.sound * talking - will_talk * max(0, calls - talking)
        rate = max(0.0, left) / max(self.set_up_s, 1e-6)
        now = self._clock()
        self._ready = min(self._ready + rate * (now - self._ready_at), max(1.0, rate * _BURST_S))
        self._ready_at = now
        return max(0, int(min(self._ready, left / max(will_talk, 1e-9))))
