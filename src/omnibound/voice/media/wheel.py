"""The clock that all calls share: slots of 5 ms, and who is due in which."""

import logging
import time
from collections.abc import Callable

from omnibound.voice.media.rings import Ring
from omnibound.voice.media.terms import SLOT_MS
from omnibound.wire.rtp import RATE

Tick = Callable[[int], None]
"""Is given the slot it is called for."""

_SLOT_S = SLOT_MS / 1_000
_log = logging.getLogger("omnibound.voice")


class Wheel:
    """Calls what is due. What is more than 40 ms late is skipped, but for the newest slot of each member."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rings: dict[int, Ring[Tick]] = {}
        self.began = clock()
        self.slot = 0
        """The newest that was served."""

    def samples(self) -> int:
        """Now, in samples since the start."""
        return int((self._clock() - self.began) * RATE)

    def join(self, period: int, tick: Tick) -> None:
        """Have it called every `period` slots from now on."""
        ring = self._rings.get(period)
        if ring is None:
            ring = self._rings[period] = Ring(period)
        ring.join(tick)

    def leave(self, period: int, tick: Tick) -> None:
        """Have it called no more. Nothing happens if it is not."""
        if ring := self._rings.get(period):
            ring.leave(tick)

    def members(self, period: int) -> int:
        """How many are called every `period` slots."""
        return len(self._rings.get(period, ()))

    def wait(self) -> float:
        """Seconds until the next slot; not positive when it is due."""
        return self.began + (self.slot + 1) * _SLOT_S - self._clock()

    def turn(self) -> None:
        """Serve every slot that is due."""
        due = int((self._clock() - self.began) / _SLOT_S)
        first, self.slot = self.slot + 1, max(due, self.slot)
        for ring in list(self._rings.values()):
            for slot, members in ring.due(first, due):
                for tick in members:
                    try:
                        tick(slot)
                    except Exception:  # noqa: BLE001 - logged, and it is left out
                        # One call's mistake must not silence all others.
                        _log.exception("a tick of slot %d has failed", slot)
                        ring.leave(tick)
