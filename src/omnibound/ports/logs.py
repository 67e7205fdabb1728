"""What logs are found by, as services and engine see it. Times are microseconds UTC."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from omnibound.domain.logs import Entry, Shelf, Standing


class Touch(NamedTuple):
    """Deliveries that a commit has touched. Touches are numbered, and gone when their deliveries are filed."""

    number: int
    deliveries: list[int]


class Walked(NamedTuple):
    """What a walk over the index found: (instant, delivery), the newest first.

    That is all down to the instant `down_to`; None when nothing older is left.
    """

    found: list[tuple[int, int]]
    down_to: int | None


class LogStore(Protocol):
    """What logs are found by: an index that is filled behind `record`, and touches: what it does not know yet.

    A day is 24 hours UTC, counted since 1970; a range is a subject and the number of a shelf.
    """

    async def touches(self, last: int, limit: int) -> list[Touch]:
        """Up to `limit` of those whose number is at most `last`, the oldest first."""
        ...

    async def newest_touch(self) -> int:
        """The highest number there is; 0 where there is none."""
        ...

    async def standings(self, deliveries: Sequence[int], account: int | None = None) -> list[Standing]:
        """How deliveries stand, in no order; without those that are gone or another account's."""
        ...

    async def by_refs(self, account: int, days: Sequence[int], hashes: Sequence[int]) -> list[int]:
        """The newest delivery with each of these client-made ids, in no order, where there is one."""
        ...

    async def file(self, touches: Sequence[int], entries: Sequence[Entry]) -> bool:
        """Drop these touches and put their deliveries where they belong, in one transaction.

        False if somebody else has filed one of them: then nothing is changed.
        """
        ...

    async def shelves(self, account: int) -> dict[int, Shelf]:
        """All shelves of an account by their numbers."""
        ...

    async def walk(self, day: int, ranges: Sequence[tuple[int, int]], since: int, until: int, most: int) -> Walked:
        """The newest `most` of each range, or some more, from `until` down to `since`; both included."""
        ...
