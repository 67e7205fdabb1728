"""What a benchmark tells."""

from typing import NamedTuple


class Figure(NamedTuple):
    """One line of the result: what, how much, and the mark it is held against (empty: none)."""

    what: str
    value: float
    unit: str
    mark: str = ""


def percentile(values: list[float], share: float) -> float:
    """The value that so many lie below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
