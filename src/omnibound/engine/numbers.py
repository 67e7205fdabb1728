"""Numbers for rows: growing, and telling when, so that what is old is a range of them."""

from omnibound.ports import Clock


class Numbers:
    """Microseconds UTC, or one more than the last number where that is not above it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def __call__(self) -> int:
        """The next one."""
        self._last = max(self._last + 1, self._clock())
        return self._last

    def above(self, number: int) -> None:
        """Rows up to this number exist: an earlier start's clock may have been ahead of ours."""
        self._last = max(self._last, number)
