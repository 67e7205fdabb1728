"""Who is due in which slot: streams with the same period are dealt to its phases, the emptiest first."""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

T = TypeVar("T", bound=Hashable)

GRACE: Final = 8
"""Slots: what is up to 40 ms late still finds its place in a telephone's jitter buffer."""


class Ring(Generic[T]):
    """Members that are due every `period` slots."""

    def __init__(self, period: int) -> None:
        self.period = period
        self.phases: list[list[T]] = [[] for _ in range(period)]
        self._sizes = [0] * period
        self._where: dict[T, int] = {}

    def __len__(self) -> int:
        return len(self._where)

    def join(self, member: T) -> None:
        """Add a member to the emptiest phase, unless it is in."""
        if member not in self._where:
            emptiest = self._sizes.index(min(self._sizes))
            self._where[member] = emptiest
            self._sizes[emptiest] += 1
            self.phases[emptiest].append(member)

    def leave(self, member: T) -> None:
        """Take a member out, if it is in."""
        number = self._where.pop(member, None)
        if number is not None:
            # A new list: the old one may be walked over at this moment.
            self.phases[number] = phase = self.phases[number].copy()
            phase.remove(member)
            self._sizes[number] -= 1

    def due(self, first: int, last: int) -> list[tuple[int, list[T]]]:
        """Slots of `first` to `last` with their members. What is later than `GRACE`, and not the newest, is skipped."""
        oldest = last - max(self.period, GRACE) + 1
        return [(slot, self.phases[slot % self.period]) for slot in range(max(first, oldest), last + 1)]
