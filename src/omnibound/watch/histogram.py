"""How many values fell into which range."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

FAST: tuple[float, ...] = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds: for what takes milliseconds."""

SLOW: tuple[float, ...] = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400)
"""Seconds: for what waits for a network or a telephone."""

ROWS: tuple[float, ...] = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class Histogram:
    """`unit` is what a value is divided by to be of the bounds' unit: 1,000,000 for microseconds."""

    def __init__(self, bounds: Iterable[float], unit: float = 1) -> None:
        self.bounds = tuple(bounds)
        self._unit = unit
        self._steps = [bound * unit for bound in self.bounds]
        self._counts = [0] * (len(self.bounds) + 1)
        self._sum = 0.0

    def take(self, values: Iterable[float], each: int = 1) -> None:
        """Count these; `each` stands for so many like it."""
        for value in values:
            self._counts[bisect_left(self._steps, value)] += each
            self._sum += value * each

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self._counts)

    @property
    def sum(self) -> float:
        """Of all values, in the unit of the bounds."""
        return self._sum / self._unit

    def buckets(self) -> list[tuple[str, float]]:
        """(upper bound, how many were not above it), as Prometheus has it; the last has all."""
        names = [*(f"{bound:g}" for bound in self.bounds), "+Inf"]
        return [(name, float(number)) for name, number in zip(names, accumulate(self._counts), strict=True)]
