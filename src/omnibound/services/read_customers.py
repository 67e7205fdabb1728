"""The people of a campaign as their client reads them: one, a page of those that fit, or those that have changed."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import SECOND
from omnibound.domain.member import Member, Progress
from omnibound.ports import Store
from omnibound.ports.members import Search
from omnibound.services.find_member import find_member
from omnibound.services.keep_campaigns import Campaigns

SETTLED: Final = 2 * SECOND
"""What happened within it may still be joined by an earlier change that is about to be committed."""

_CURSOR: Final = re.compile(r"([0-9]{1,18})\.([0-9]{1,19})", re.ASCII)
_LARGEST: Final = (1 << 63) - 1


class Changed(NamedTuple):
    """People in the order of their last changes, and the cursor behind the last of them."""

    members: list[Member]
    next: str


class ReadCustomers:
    """Reads them."""

    def __init__(self, store: Store, campaigns: Campaigns, clock: Callable[[], int]) -> None:
        self._store = store
        self._campaigns = campaigns
        self._clock = clock

    async def one(self, account: Account, campaign: str, who: str) -> tuple[Campaign, Member]:
        """By our id, or by the client's own. Raises NotFound, also for one that was deleted."""
        found = await self._campaigns.one(account, campaign)
        member = await find_member(self._store, account, campaign, who)
        if member.stand.progress is Progress.GONE:
            raise NotFound(f"nobody of the campaign has the id {who}", "member")
        return found, member

    async def page(self, account: Account, search: Search) -> list[Member]:
        """Those that fit, in the order in which they came. Raises NotFound."""
        await self._campaigns.one(account, search.campaign)
        return await self._store.members.search(search)

    async def changed(self, account: Account, campaign: str, cursor: str, limit: int) -> Changed:
        """Those that have changed behind a cursor (empty: from the first on), the deleted ones too.

        Whoever goes on from `next` misses nobody, and reads those again that change again. Changes of the last
        moments come the next time. Raises NotFound, Invalid for a cursor that is none.
        """
        await self._campaigns.one(account, campaign)
        place = _CURSOR.fullmatch(cursor or "0.0")
        if place is None or int(place[2]) > _LARGEST:
            raise Invalid("is not the `next` of another page", "changed_after")
        at, id_ = int(place[1]), int(place[2])
        settled = self._clock() - SETTLED
        found = await self._store.members.changed_after(account.id, campaign, at, id_, limit)
        members = [member for member in found if member.changed_at <= settled]
        return Changed(members, f"{members[-1].changed_at}.{members[-1].id}" if members else cursor)
