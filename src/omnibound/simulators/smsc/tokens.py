"""A rate as a bucket of tokens: how many of a list may pass now."""

from collections.abc import Callable


class Tokens:
    """One second's worth at most is saved up. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tokens = float("inf")
        self._at = clock()

    def take(self, wanted: int, rate: float) -> int:
        """How many of `wanted` pass at `rate` a second; 0 lets all pass. The rate may be another every time."""
        now = self._clock()
        if not rate:
            self._at, self._tokens = now, float("inf")
            return wanted
        self._tokens = min(self._tokens + (now - self._at) * rate, max(rate, 1.0))
        self._at = now
        given = min(wanted, int(self._tokens))
        self._tokens -= given
        return given
