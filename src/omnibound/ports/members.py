"""People of campaigns as they are searched, counted and changed. Times: microseconds UTC."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct

from omnibound.domain.member import Member, Stand, Traits

Range = tuple[int, int]
"""From and to, both included."""
ALWAYS: Range = (0, (1 << 63) - 1)


class Search(Struct, frozen=True, kw_only=True):
    """Who is wanted, in the order in which they came; those that are GONE never.

    `external`, `numbers` and the attribute's texts are patterns of a whole value, whatever the case of its letters:
    `*` stands for any run, `?` for one character; None: any. `stands` and `traits` say which ones fit: they are asked
    once for each that occurs in the campaign, not for each person.
    """

    account: int
    campaign: str
    external: str | None = None
    numbers: str | None = None
    stands: Callable[[Stand], bool] | None = None
    traits: Callable[[Traits], bool] | None = None
    due: Range = ALWAYS
    changed: Range = ALWAYS
    attribute: str | None = None
    value: str | None = None
    offset: int = 0
    limit: int = 100


class Count(NamedTuple):
    """So many people stand alike."""

    stand: Stand
    traits: Traits
    number: int


class MemberStore(Protocol):
    """Who they are; they are added and changed by `record`."""

    async def search(self, search: Search) -> list[Member]:
        """A page of those that fit."""
        ...

    async def taken(self, account: int, campaign: str, externals: Sequence[str]) -> set[str]:
        """Which of these external ids the campaign has already, of those that are GONE too."""
        ...

    async def named(self, account: int, campaign: str, externals: Sequence[str]) -> dict[str, int]:
        """The ids of those with these external ids, of those that are GONE too."""
        ...

    def with_numbers(self, account: int, campaign: str, keys: Collection[str]) -> AsyncIterator[list[int]]:
        """Ids of those who may have one of these numbers (as `number_key` writes them), some at a time.

        Also of those that are closed, and of those that had one before: they are to be looked at once more.
        """
        ...

    async def next_external(self, account: int, campaign: str) -> int:
        """A whole number above all external ids of the campaign that are whole numbers, at least 1."""
        ...

    async def changed_after(self, account: int, campaign: str, changed_at: int, id_: int, limit: int) -> list[Member]:
        """Those behind (changed_at, id) in the order of both, the GONE ones too: a reader that goes on from the last
        one it read misses nothing."""
        ...

    async def counts(self, account: int, campaign: str) -> list[Count]:
        """How many stand how, as of one commit."""
        ...
