"""Dialers, queues, call results, schedules and scripts: make one, look at it, change it, take it away."""

from collections.abc import AsyncIterator, Callable
from secrets import token_hex
from typing import Any

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Forbidden, Invalid
from omnibound.domain.outbound import Script
from omnibound.domain.parts import PARTS, Part, PartKind, check_part
from omnibound.ports import Store, Taken
from omnibound.services.amend_campaigns import AmendCampaigns
from omnibound.services.keep_campaigns import Campaigns
from omnibound.services.name_parts import part_of

ID_BYTES = 16
CHUNK = 100
_TOLD = 10
"""Campaigns that a refusal names."""


class Parts:
    """What a client may do with what its campaigns share; every kind of it alike."""

    def __init__(self, store: Store, campaigns: Campaigns, amend: AmendCampaigns) -> None:
        self._store = store
        self._campaigns = campaigns
        self._amend = amend

    async def add(self, account: Account, kind: PartKind, part: Part) -> Any:
        """A new one, under a made id if it has none. Raises Invalid."""
        id_ = kind.read_id(part.id) or token_hex(ID_BYTES).upper()
        made = kind.joined(None, replace(part, id=id_))
        check_part(kind, made)
        if kind.always is not None and id_ == kind.always.id:
            raise _taken(kind, id_)
        try:
            await self._store.parts.add(account.id, kind.word, made)
        except Taken as error:
            raise _taken(kind, id_) from error
        return made

    async def one(self, account: Account, kind: PartKind, id_: str) -> Any:
        """By its id. Raises NotFound."""
        return await part_of(self._store, account, kind, id_)

    async def page(self, account: Account, kind: PartKind, after: str, limit: int) -> list[Any]:
        """Those after an id, in the order of the ids."""
        found = await self._store.parts.page(account.id, kind.word, after, limit)
        always = kind.always
        if always is not None and always.id > after and all(part.id != always.id for part in found):
            found = [*found, await part_of(self._store, account, kind, always.id)]
        return sorted(found, key=lambda part: part.id)[:limit]

    async def script_of(self, account: Account, campaign: Campaign) -> Script | None:
        """What its agents ask; None where it has no script."""
        return await self.one(account, PARTS["script"], campaign.script) if campaign.script else None

    async def change(self, account: Account, kind: PartKind, id_: str, changed: Callable[[Any], Any]) -> Any:
        """As `changed` wants it; the campaigns that name it follow, and so do those who wait in them.

        Raises NotFound, Invalid. Cut off, it is asked for again.
        """
        async with self._campaigns.part_locks[account.id]:
            before = await part_of(self._store, account, kind, id_)
            after = kind.joined(before, replace(changed(before), id=before.id))
            check_part(kind, after)
            if not await self._store.parts.put(account.id, kind.word, after):
                # What every account has is written down once it is changed.
                await self._store.parts.add(account.id, kind.word, after)
        if kind.copied:
            async for campaign in self._users(account, kind, before.id):
                await self._amend.renew(account, campaign.id)
        return after

    async def remove(self, account: Account, kind: PartKind, id_: str) -> None:
        """Take it away. Raises NotFound, and Forbidden while a campaign names it, or where every account has it."""
        async with self._campaigns.part_locks[account.id]:
            part = await part_of(self._store, account, kind, id_)
            if kind.always is not None and part.id == kind.always.id:
                raise Forbidden(f"every account has the {kind.word} {part.name}", "id")
            users = [campaign.id async for campaign in self._users(account, kind, part.id)]
            if users:
                more = f" and {len(users) - _TOLD} more" if len(users) > _TOLD else ""
                raise Forbidden(f"campaigns use it: {', '.join(users[:_TOLD])}{more}", "id")
            await self._store.parts.remove(account.id, kind.word, part.id)

    async def _users(self, account: Account, kind: PartKind, id_: str) -> AsyncIterator[Campaign]:
        """The campaigns that name a part."""
        after = ""
        while found := await self._campaigns.page(account, after, CHUNK):
            for campaign in found:
                if kind.used(campaign) == id_:
                    yield campaign
            after = found[-1].id


def _taken(kind: PartKind, id_: str) -> Invalid:
    return Invalid(f"there is a {kind.word} with the id {id_} already", "id")
