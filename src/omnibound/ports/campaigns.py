"""Campaigns, as the services see them. Times: microseconds UTC."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from omnibound.domain.campaign import Campaign
from omnibound.domain.member import Member
from omnibound.domain.status import Reason


class Suppression(NamedTuple):
    """A number (as `number_key` writes it) that is not to be reached, why, and since when."""

    key: str
    reason: Reason
    at: int


class CampaignStore(Protocol):
    """Campaigns, each account's own; their members are added and changed by `record`."""

    async def add(self, campaign: Campaign) -> None:
        """A new one. Raises Taken when the account has one with this id."""
        ...

    async def one(self, account: int, id_: str) -> Campaign | None:
        """By its id."""
        ...

    async def by_guid(self, account: int, guid: str) -> Campaign | None:
        """By its 32 hexadecimal digits, in capitals."""
        ...

    async def page(self, account: int, after: str, limit: int) -> list[Campaign]:
        """Those after an id, in the order of the ids."""
        ...

    async def change(self, account: int, id_: str, changed: Callable[[Campaign], Campaign]) -> Campaign | None:
        """The one as it is now; None if there is none. If `changed` raises, nothing has changed."""
        ...

    async def erase(self, account: int, campaign: str, bulk: str) -> bool:
        """Drop a chunk of it with all that was written of its people and of its bulk; whether there is more.

        The last one drops the campaign. Cut off, it is begun anew.
        """
        ...

    async def open_members(self, account: int, campaign: str, after: int, limit: int) -> list[Member]:
        """Those that are not closed, after an id, in the order in which they came."""
        ...

    async def members(self, account: int, campaign: str, after: int, limit: int) -> list[Member]:
        """Those after an id, in the order in which they came."""
        ...

    async def members_at(self, account: int, campaign: str, offset: int, limit: int) -> list[Member]:
        """The same by their place."""
        ...

    async def members_of(self, ids: Sequence[int]) -> dict[int, Member]:
        """By their ids, which are those of their deliveries."""
        ...

    async def counts(self, account: int, campaign: str) -> list[tuple[bool, Reason | None, int]]:
        """(whether they are closed, the reason of their last call, how many); who is cleared away stays counted."""
        ...

    async def suppress(self, account: int, channel: str, keys: Iterable[str], reason: Reason, at: int) -> None:
        """These numbers (as `number_key` writes them) are not to be reached on a channel any more."""
        ...

    async def unsuppress(self, account: int, channel: str, key: str) -> bool:
        """It may be reached again; whether it might not before."""
        ...

    async def suppressions(self, account: int, channel: str, after: str, limit: int) -> list[Suppression]:
        """Those after a number, in the order of the numbers as texts."""
        ...

    async def suppression(self, account: int, channel: str, key: str) -> Suppression | None:
        """Why a number is not to be reached, and since when; None: it may be."""
        ...

    async def suppressed(self, account: int, channel: str, keys: Sequence[str]) -> dict[str, Reason]:
        """Those of these numbers that are not to be reached, and why."""
        ...
