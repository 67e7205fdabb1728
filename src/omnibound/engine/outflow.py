"""How fast deliveries leave the queues of this node."""

from omnibound.domain.flow import SECOND
from omnibound.ports import Clock

SPAN = SECOND // 5


class Outflow:
    """A rate over the last fifth of a second, measured when somebody asks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at = clock()
        self._total = 0
        self._rate = 0.0

    def per_second(self, total: int) -> float:
        """The rate, given how many have left since the start."""
        now = self._clock()
        span = now - self._at
        if span >= SPAN:
            self._rate = (total - self._total) * SECOND / span
            self._at, self._total = now, total
        return self._rate
