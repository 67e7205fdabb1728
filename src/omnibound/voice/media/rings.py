"""Who is due in which slot: streams with the same period are dealt to its phases, the emptiest first."""

from typing import Final, Generic, TypeVar

T = TypeVar("T")

GRACE: Final = 8
"""Slots: what is up to 40 ms late still finds its place in a telephone's jitter buffer."""


class Ring(Generic[T]):
    """Members that are due every `period` slots."""

    def __init__(self, period: int) -> None:
        self.period = period
        self.phases: list[list[T]] = [[] for _ in range(period)]

    def __len__(self) -> int:
        return sum(map(len, self.phases))

    def join(self, member: T) -> None:
        """Add a member to the emptiest phase."""
        min(self.phases, key=len).append(member)

    def leave(self, member: T) -> None:
        """Take a member out, if it is in."""
        for number, phase in enumerate(self.phases):
            if member in phase:
                # A new list: the old one may be walked over at this moment.
                self.phases[number] = [each for each in phase if each != member]
                return

    def due(self, first: int, last: int) -> list[tuple[int, list[T]]]:
        """Slots of `first` to `last` with their members. What is later than `GRACE`, and not the newest, is skipped."""
        oldest = last - max(self.period, GRACE) + 1
        return [(slot, self.phases[slot % self.period]) for slot in range(max(first, oldest), last + 1)]
