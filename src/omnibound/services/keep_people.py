"""Lists of people: make one, add people to it, read."""

import re
from collections.abc import Callable, Sequence
from secrets import token_hex

from omnibound.domain.account import Account
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.people import PeopleList, Profile
from omnibound.ports import PeopleStore, Taken

KEY = "^[0-9A-Za-z_-]{1,64}$"
"""What a key of a client's own looks like; a made one is 32 upper-case hex digits."""


class People:
    """What a client may do with its lists of people."""

    def __init__(self, people: PeopleStore, clock: Callable[[], int]) -> None:
        self._store = people
        self._clock = clock

    async def create(self, account: Account, name: str, key: str = "") -> PeopleList:
        """A new, empty list. Raises Invalid for a blank name, a strange key, or one that the account uses already."""
        if not name.strip():
            raise Invalid("must not be blank", "name")
        if key and not re.fullmatch(KEY, key):
            raise Invalid("must be 1 to 64 letters, digits, dashes or underscores", "key")
        made = PeopleList(key=key or token_hex(16).upper(), account=account.id, name=name, created_at=self._clock())
        try:
            await self._store.add(made)
        except Taken as error:
            raise Invalid("another list has this key", "key") from error
        return made

    async def get(self, account: Account, key: str) -> PeopleList:
        """By its key. Raises NotFound."""
        return _there(await self._store.one(account.id, key), key)

    async def page(self, account: Account, limit: int, page: int) -> tuple[list[PeopleList], int]:
        """A zero-based page in the order of creation, and how many there are altogether."""
        return await self._store.page(account.id, limit, page)

    async def add(self, account: Account, key: str, people: Sequence[Profile]) -> PeopleList:
        """Add all of these people, or none. Raises NotFound, and Invalid for somebody whom nothing reaches."""
        lost = next((number for number, profile in enumerate(people) if not profile.reachable()), None)
        if lost is not None:
            raise Invalid("needs a phone number or an e-mail address", f"people[{lost}]")
        return _there(await self._store.extend(account.id, key, people), key)

    async def people(self, account: Account, key: str, after: int, limit: int) -> list[tuple[int, Profile]]:
        """Those of a list after a number, in the order in which they came. Raises NotFound."""
        await self.get(account, key)
        return await self._store.people(account.id, key, after, limit)


def _there(found: PeopleList | None, key: str) -> PeopleList:
    if found is None:
        raise NotFound(f"no list of people has the key {key}", "key")
    return found
