"""Lists of people, as the services see their store."""

from collections.abc import Sequence
from typing import Protocol

from omnibound.domain.people import PeopleList, Profile


class PeopleStore(Protocol):
    """Lists of people: each account's own, whatever another account calls its lists."""

    async def add(self, people_list: PeopleList) -> None:
        """A new, empty one. Raises Taken when the account has one with this key."""
        ...

    async def one(self, account: int, key: str) -> PeopleList | None:
        """By its key."""
        ...

    async def page(self, account: int, limit: int, page: int) -> tuple[list[PeopleList], int]:
        """A zero-based page in the order of creation, and how many there are altogether."""
        ...

    async def extend(self, account: int, key: str, people: Sequence[Profile]) -> PeopleList | None:
        """Add all of these people to a list, in their order, and say how it is then; None if there is no such list."""
        ...

    async def people(self, account: int, key: str, after: int, limit: int) -> list[tuple[int, Profile]]:
        """Those of a list after a number, numbered from 1 in the order in which they came."""
        ...
