"""Numbers for rows: growing, and telling when, so that what is old is a range of them; no two nodes have the same."""

from omnibound.ports import Clock


class Numbers:
    """Microseconds UTC, or the next number above the last where that is not above it.

    Of each `nodes` numbers that follow each other one is this node's: the one that leaves `slot` as the remainder.
    """

    def __init__(self, clock: Clock, slot: int = 0, nodes: int = 1) -> None:
        self._clock = clock
        self._slot = slot
        self._nodes = nodes
        self._last = slot

    def __call__(self) -> int:
        """The next one."""
        self._last = max(self._last + self._nodes, self._own(self._clock()))
        return self._last

    def above(self, number: int) -> None:
        """Rows up to this number exist: an earlier start's clock may have been ahead of ours."""
        self._last = max(self._last, self._own(number))

    def _own(self, number: int) -> int:
        return number - number % self._nodes + self._slot
