"""Campaigns that were made: change one, and all who wait in it follow; forget one that is finished."""

from collections.abc import Callable

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign, Kind, State, bulk_of
from omnibound.domain.campaign_flow import flow_of
from omnibound.domain.errors import Busy, Forbidden
from omnibound.ports import Store
from omnibound.services.engine import Engine
from omnibound.services.follow_campaigns import Follow
from omnibound.services.keep_campaigns import Campaigns

RETRY_AFTER_S = 10


class AmendCampaigns:
    """What a client may do with a campaign after it was made, besides to start, pause and finish it."""

    def __init__(self, store: Store, campaigns: Campaigns, engine: Engine, clock: Callable[[], int]) -> None:
        self._store = store
        self._campaigns = campaigns
        self._engine = engine
        self._clock = clock
        self._follow = Follow(campaigns.judge)

    async def change(
        self, account: Account, id_: str, changed: Callable[[Campaign], Campaign], *, due: bool
    ) -> Campaign:
        """As `changed` wants it; with `due`, or another filter, all who wait are due by it when this returns.

        Raises NotFound, Invalid, and Forbidden when it is finished. Cut off, it is asked for again.
        """
        async with self._campaigns.locks[account.id, id_]:
            before = await self._campaigns.one(account, id_)
            if before.state is State.FINISHED:
                raise Forbidden("the campaign is finished: nothing of it changes any more", "state")
            after = replace(changed(before), changed_at=self._clock())
            await self._check_way(before, after)
            async with self._campaigns.part_locks[account.id]:
                after = await self._campaigns.prepared(account, after)
                await self._put(after)
            if due or after.excluded != before.excluded:
                await self._follow(after)
        return after

    async def renew(self, account: Account, id_: str) -> None:
        """What it copies of the parts that it names is as they are now, and all who wait are due by it.

        A finished one stays as it is. Raises NotFound. Cut off, it is asked for again.
        """
        async with self._campaigns.locks[account.id, id_]:
            before = await self._campaigns.one(account, id_)
            if before.state is State.FINISHED:
                return
            async with self._campaigns.part_locks[account.id]:
                after = await self._campaigns.named(account, before)
                if after != before:
                    after = replace(after, changed_at=self._clock())
                    await self._put(after)
            await self._follow(after)

    async def _put(self, after: Campaign) -> None:
        await self._store.campaigns.change(after.account, after.id, lambda _: after)
        self._engine.revise(after.account, after.id, flow_of(after))

    async def _check_way(self, before: Campaign, after: Campaign) -> None:
        """Raises Forbidden where people who are in it already would have to wait elsewhere."""
        same = (before.dialled, before.kind is Kind.MESSAGES) == (after.dialled, after.kind is Kind.MESSAGES)
        if not same and await self._store.campaigns.members(before.account, before.id, 0, 1):
            field = "dialer" if before.dialled != after.dialled else "kind"
            raise Forbidden("the campaign has people already: copy it, and add them there", field)

    async def forget(self, account: Account, id_: str) -> None:
        """Erase a finished one: its people, what they were told and what came of it; its numbers stay suppressed.

        Raises NotFound, Forbidden for one that is not finished, Busy while somebody of it is not over. Cut off, the
        campaign is still there.
        """
        async with self._campaigns.locks[account.id, id_]:
            campaign = await self._campaigns.one(account, id_)
            if campaign.state is not State.FINISHED:
                raise Forbidden("only a finished campaign can be deleted", "state")
            counts = await self._store.campaigns.counts(account.id, id_)
            unfinished = sum(count for closed, _, count in counts if not closed)
            if unfinished:
                raise Busy(f"{unfinished} of its people are not over yet: ask again when they are", RETRY_AFTER_S)
            while await self._store.campaigns.erase(account.id, id_, bulk_of(id_)):
                pass
