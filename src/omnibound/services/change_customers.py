"""What is known of somebody of a campaign is changed: who waits is judged anew, and waits where they belong."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign, State
from omnibound.domain.campaign_flow import lane_of
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Busy, Forbidden, Invalid, NotFound
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import Member
from omnibound.ports import Stale, Store
from omnibound.services.find_member import customer
from omnibound.services.keep_campaigns import Campaigns

RETRY_AFTER_S: Final = 5
_RACES: Final = 5
"""How often somebody may be moved just before their change is committed."""


class ChangeCustomers:
    """Call it with somebody of a campaign. Who they are, their numbers and their own id, stays."""

    def __init__(self, store: Store, campaigns: Campaigns, clock: Callable[[], int]) -> None:
        self._store = store
        self._campaigns = campaigns
        self._clock = clock

    async def __call__(self, account: Account, campaign: str, id_: int, changed: Callable[[Member], Member]) -> Member:
        """As `changed` wants them, and as they stand then. What `changed` raises changes nothing.

        Raises NotFound, Invalid, Forbidden when the campaign is finished, and Busy while they are being called.
        """
        async with self._campaigns.locks[account.id, campaign]:
            found = await self._campaigns.one(account, campaign)
            if found.state is State.FINISHED:
                raise Forbidden("the campaign is finished: nothing of it changes any more", "state")
            for _ in range(_RACES):
                try:
                    await self._commit(found, await self._one(found, id_), changed)
                except Stale:
                    continue
                await self._campaigns.judge.of_members(found, [id_])
                return await self._one(found, id_)
        raise Busy("they are being called: ask again", RETRY_AFTER_S)

    async def _one(self, campaign: Campaign, id_: int) -> Member:
        member = await customer(self._store, campaign, id_)
        if member is None:
            raise NotFound("nobody of the campaign has this id", "member")
        return member

    async def _commit(self, campaign: Campaign, member: Member, changed: Callable[[Member], Member]) -> None:
        """With the version of who waits: they wait where their priority belongs, and are not called meanwhile."""
        after = changed(member)
        if after.priority != member.priority and not campaign.dialled:
            raise Invalid("stays as it is where no dialer keeps the order", "priority")
        changes = Changes(revised=[replace(after, changed_at=self._clock())])
        loaded = await self._store.deliveries.load([member.id]) if not member.closed else []
        for each in loaded:
            if each.owner or each.live.stage is not Stage.WAITING:
                raise Busy("they are being called: ask again", RETRY_AFTER_S)
            changes.moved.append((_placed(campaign, each.live, after), 0, each.live.version))
        await self._store.record(changes)


def _placed(campaign: Campaign, live: Live, member: Member) -> Live:
    """Where they wait by their priority."""
    channel = lane_of(campaign, member.priority) if campaign.dialled else live.channel
    return replace(live, channel=channel, version=live.version + 1)
