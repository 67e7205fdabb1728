"""Filters, block lists or hours were changed: those who wait are judged again, in batches, both ways.

Who is in memory is about to be called, and is judged then (`check_dials`).
"""

import asyncio
from collections.abc import Callable, Collection, Sequence

from omnibound.domain.campaign import CHANNEL, Campaign, State
from omnibound.domain.changes import Changes
from omnibound.domain.due import Dues
from omnibound.domain.exclusion import blocked_by, exclusion, judged
from omnibound.domain.law import Law
from omnibound.domain.member import Member
from omnibound.domain.number import number_key
from omnibound.ports import Store
from omnibound.ports.store import Stale

CHUNK = 500
"""Deliveries of a transaction at most: the hot path waits for no more."""

SLICE = 100
"""After so many others have their turn on the loop."""

PAGE = 100
"""Campaigns that are read at once."""


class JudgeMembers:
    """Judges again; each call may be repeated, and changes nothing then."""

    def __init__(self, store: Store, law: Law, clock: Callable[[], int]) -> None:
        self._store = store
        self._law = law
        self._clock = clock

    async def of_campaign(self, campaign: Campaign) -> int:
        """All of a campaign, as it is now; how many stand otherwise than before."""
        dues = Dues(campaign, self._clock(), self._law)
        after = changed = 0
        while members := await self._store.campaigns.open_members(campaign.account, campaign.id, after, CHUNK):
            changed += len(await self._settle(campaign, dues, members))
            after = members[-1].id
        return changed

    async def of_members(self, campaign: Campaign, ids: Sequence[int]) -> int:
        """These of a campaign, at most `CHUNK`."""
        moved = judged = await self._of(campaign, ids)
        while moved:
            # What has changed while it was written is seen now: whoever lifts a block later finds these as they are.
            anew = await self._store.campaigns.one(campaign.account, campaign.id)
            moved = await self._of(anew, moved) if anew else []
        return len(judged)

    async def of_numbers(self, account: int, keys: Collection[str]) -> int:
        """Who has one of these numbers (as `number_key` writes them), in all campaigns of an account that dial."""
        changed, after = 0, ""
        while campaigns := await self._store.campaigns.page(account, after, PAGE):
            for campaign in campaigns:
                if campaign.dialled and campaign.state is not State.FINISHED:
                    changed += await self._having(campaign, keys)
            after = campaigns[-1].id
        return changed

    async def _having(self, campaign: Campaign, keys: Collection[str]) -> int:
        changed = 0
        async for ids in self._store.members.with_numbers(campaign.account, campaign.id, keys):
            for start in range(0, len(ids), CHUNK):
                changed += await self.of_members(campaign, ids[start : start + CHUNK])
            await asyncio.sleep(0)
        return changed

    async def _of(self, campaign: Campaign, ids: Sequence[int]) -> list[int]:
        found = await self._store.campaigns.members_of(ids)
        still = [member for member in found.values() if not member.closed and member.campaign == campaign.id]
        return await self._settle(campaign, Dues(campaign, self._clock(), self._law), still)

    async def _settle(self, campaign: Campaign, dues: Dues, members: Sequence[Member]) -> list[int]:
        """In one commit; who stands otherwise now.

        Where somebody was moved meanwhile, the halves are tried alone: who moves is judged then.
        """
        changes = await self._judged(campaign, dues, members)
        if not changes.moved:
            return []
        try:
            await self._store.record(changes)
        except Stale:
            half = len(members) // 2
            if not half:
                return []
            anew = await self._store.campaigns.members_of([member.id for member in members])
            halves = [member for member in anew.values() if not member.closed]
            return [
                *await self._settle(campaign, dues, halves[:half]), *await self._settle(campaign, dues, halves[half:]),
            ]  # fmt: skip
        return [live.id for live, _, _ in changes.moved]

    async def _judged(self, campaign: Campaign, dues: Dues, members: Sequence[Member]) -> Changes:
        blocked = {}
        if campaign.dialled:
            keys = sorted({number_key(number) for member in members for number in member.numbers})
            blocked = await self._store.campaigns.suppressed(campaign.account, CHANNEL, keys)
        loaded = {each.live.id: each for each in await self._store.deliveries.load([member.id for member in members])}
        changes = Changes()
        for place, member in enumerate(members, 1):
            if not place % SLICE:
                await asyncio.sleep(0)
            each = loaded.get(member.id)
            if each is None or each.owner:
                continue
            reason = blocked_by(map(number_key, member.numbers), blocked)
            verdict = judged(dues, member, each.live, exclusion(campaign, member, reason))
            if verdict is not None:
                changes.moved.append((verdict.live, 0, each.live.version))
                changes.results.append(verdict.result)
        return changes
