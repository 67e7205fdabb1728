"""What is known of somebody of a campaign is changed: who waits is judged anew, and waits where they belong."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign, State
from omnibound.domain.campaign_flow import lane_of
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Calling, Forbidden, Invalid, NotFound
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import Member
from omnibound.domain.message import Addresses, Message
from omnibound.ports import Loaded, Stale, Store, Taken
from omnibound.services.enrol_members import addresses_of, keys_of, missing_numbers
from omnibound.services.find_member import customer
from omnibound.services.keep_campaigns import Campaigns
from omnibound.services.keep_customers import NOT_UNIQUE

RETRY_AFTER_S: Final = 5
_UNDER_WAY: Final = "a call of theirs is under way: ask again"
_RACES: Final = 5
"""How often somebody may be moved just before their change is committed."""


class ChangeCustomers:
    """Call it with somebody of a campaign. Calls that are over stay as they were, with the numbers of then."""

    def __init__(self, store: Store, campaigns: Campaigns, clock: Callable[[], int]) -> None:
        self._store = store
        self._campaigns = campaigns
        self._clock = clock

    async def __call__(self, account: Account, campaign: str, id_: int, changed: Callable[[Member], Member]) -> Member:
        """As `changed` wants them, and as they stand then. What `changed` raises changes nothing.

        Raises NotFound, Invalid, Forbidden when the campaign is finished, and Calling while they are being called.
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
        raise Calling(_UNDER_WAY, RETRY_AFTER_S)

    async def _one(self, campaign: Campaign, id_: int) -> Member:
        member = await customer(self._store, campaign, id_)
        if member is None:
            raise NotFound("nobody of the campaign has this id", "member")
        return member

    async def _commit(self, campaign: Campaign, member: Member, changed: Callable[[Member], Member]) -> None:
        """With the version of who waits: they wait where their priority belongs, and are not called meanwhile."""
        after = changed(member)
        await self._check(campaign, member, after)
        changes = Changes(revised=[replace(after, changed_at=self._clock())])
        loaded = await self._store.deliveries.load([member.id]) if not member.closed else []
        for each in loaded:
            if each.owner or each.live.stage is not Stage.WAITING:
                raise Calling(_UNDER_WAY, RETRY_AFTER_S)
            await self._move(changes, campaign, each, after)
        try:
            await self._store.record(changes)
        except Taken as error:
            raise Invalid(NOT_UNIQUE, "external") from error

    async def _check(self, campaign: Campaign, member: Member, after: Member) -> None:
        """Raises Invalid for what cannot be."""
        for name in ("priority", "numbers"):
            if getattr(after, name) != getattr(member, name) and not campaign.dialled:
                field = "phones" if name == "numbers" else name
                raise Invalid("stays as it is where no dialer keeps the order", field)
        own = [] if after.external == member.external else [after.external]
        if await self._store.members.taken(campaign.account, campaign.id, own):
            raise Invalid(NOT_UNIQUE, "external")

    async def _move(self, changes: Changes, campaign: Campaign, loaded: Loaded, after: Member) -> None:
        live, delivery = loaded.live, loaded.delivery
        moved = replace(live, version=live.version + 1)
        if campaign.dialled:
            moved = replace(moved, channel=lane_of(campaign, after.priority))
            to = addresses_of(after, keys_of(after))
            if to != delivery.to:
                changes.readdressed.append(replace(delivery, to=to))
            if campaign.calls and (to.phone, to.more) != (delivery.to.phone, delivery.to.more):
                message = await self._store.deliveries.message(live.message)
                moved = _renumbered(moved, message, to) if message else moved
        changes.moved.append((moved, 0, live.version))


def _renumbered(live: Live, message: Message, to: Addresses) -> Live:
    """Their next call goes to the number in the same place, else to the first: what was struck were other numbers."""
    missing = missing_numbers(message, to)
    return replace(live, struck=missing, step=0 if missing >> live.step & 1 else live.step)
