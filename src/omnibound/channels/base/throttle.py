"""How many parts a connector may write a second: a token bucket with a share of it kept free for urgent traffic."""

from math import ceil

from omnibound.ports import Clock

UNLIMITED = 1 << 30
"""What `room` says where there is no rate."""

_BURST_S = 0.1
_SECOND = 1_000_000


class Throttle:
    """`rate` parts a second (0: unlimited), at most `burst` of them at once (0: a tenth of a second's, at least 1).

    Over any span of t seconds no more than `burst + rate * t` parts are given to callers that ask `room` first. One
    attempt with more parts than there is room may be taken all the same: the debt is worked off before the next.
    """

    def __init__(self, rate: float, clock: Clock, burst: float = 0.0) -> None:
        self.rate, self.burst = _bounds(rate, burst)
        self.paused_until = 0
        """Microseconds UTC; not after now when it is not paused."""
        self._clock = clock
        self._tokens = self.burst
        self._at = clock()

    def limit(self, rate: float, burst: float = 0.0) -> None:
        """Another rate from now on; what has been used up stays so, and a pause goes on."""
        self._fill(self._clock())
        self.rate, self.burst = _bounds(rate, burst)
        self._tokens = min(self._tokens, self.burst)

    def room(self, share: float = 1.0) -> int:
        """How many parts may be written now. With `share` below 1 the upper part of the burst stays free.

        A low class finds nothing while the bucket is below its reserve, an urgent one still does; but what flows in
        above the reserve is anybody's, so that a low class alone uses the whole rate.
        """
        now = self._clock()
        if now < self.paused_until:
            return 0
        if not self.rate:
            return UNLIMITED
        self._fill(now)
        return max(0, int(self._tokens - self._reserve(share)))

    def take(self, parts: int) -> None:
        """Use up parts that are written now."""
        if self.rate:
            self._fill(self._clock())
            self._tokens -= parts

    def give_back(self, parts: int) -> None:
        """Undo `take` for parts that were not written after all."""
        self._tokens = min(self.burst, self._tokens + parts)

    def pause(self, until: int) -> None:
        """No room until this instant (microseconds UTC). Of several pauses the last to end counts."""
        self.paused_until = max(self.paused_until, until)

    def resume(self) -> None:
        """End a pause."""
        self.paused_until = 0

    def due(self, share: float = 1.0) -> int:
        """The first instant (microseconds UTC, now or later) with room for a part, if nobody takes any until then."""
        now = self._clock()
        free_at = now
        if self.rate:
            self._fill(now)
            missing = 1 + self._reserve(share) - self._tokens
            free_at += max(0, ceil(missing * _SECOND / self.rate))
        return max(free_at, self.paused_until)

    def _reserve(self, share: float) -> float:
        # Never so much that a full bucket has no whole token left for a low class.
        return min((1 - share) * self.burst, self.burst - 1)

    def _fill(self, now: int) -> None:
        # A clock that was set back gives nothing, but does not stop the flow either.
        if now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate / _SECOND)
        self._at = now


def _bounds(rate: float, burst: float) -> tuple[float, float]:
    if rate < 0 or burst < 0:
        raise ValueError("a rate and a burst are not negative")
    return rate, max(1.0, burst or rate * _BURST_S)
