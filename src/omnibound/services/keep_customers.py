"""The people of a dialled campaign, one by one or in lists: who they are, more of them, fewer of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.bulk import Stop, Target
from omnibound.domain.campaign import CHANNEL, Campaign, check_takes
from omnibound.domain.changes import Changes
from omnibound.domain.due import Dues
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.exclusion import blocked_by
from omnibound.domain.ids import Mint
from omnibound.domain.member import Member
from omnibound.domain.standing import gone
from omnibound.domain.status import Reason
from omnibound.ports import Store, Taken
from omnibound.ports.members import Search
from omnibound.services.engine import Engine
from omnibound.services.enrol_members import Enrolment, keys_of
from omnibound.services.find_member import customer
from omnibound.services.judge_members import CHUNK
from omnibound.services.keep_campaigns import Campaigns

SLICE: Final = 500
NOT_UNIQUE: Final = "there is somebody with this id already"
_RACES: Final = 5
"""How often another node may have taken an id just before."""
_WHOLE: Final = 18
"""An external id of so many digits at most is a number, which a made one is greater than."""


class Verdict(NamedTuple):
    """What became of one of a list: its id, 0 where it was not added, and what is wrong with it, if anything is."""

    id: int = 0
    fault: Invalid | None = None


class _Numbers(NamedTuple):
    """Those of a list of people, as they are compared, and why some of them are blocked."""

    keys: Sequence[str]
    blocked: Mapping[str, Reason]


class Customers:
    """What a client may do with the people of its dialled campaigns. `put` holds deliveries back, and commits that."""

    def __init__(
        self,
        store: Store,
        campaigns: Campaigns,
        mint: Mint,
        clock: Callable[[], int],
        engine: Engine,
        put: Callable[[Stop], Awaitable[bool]],
    ) -> None:
        self._store = store
        self._campaigns = campaigns
        self._mint = mint
        self._clock = clock
        self._engine = engine
        self._put = put

    # --- reading ------------------------------------------------------------------------------------------------------

    async def search(self, search: Search) -> list[Member]:
        """A page of those that fit, in the order in which they came."""
        return await self._store.members.search(search)

    async def one(self, campaign: Campaign, id_: int) -> Member:
        """By its id. Raises NotFound, also for one that was deleted."""
        member = await customer(self._store, campaign, id_)
        if member is None:
            raise NotFound("there is no such customer", "id")
        return member

    # --- adding -------------------------------------------------------------------------------------------------------

    async def add(self, account: Account, id_: str, member: Member) -> int:
        """One more; its id. Raises NotFound, Forbidden when the campaign is finished, Invalid, Backlogged."""
        (verdict,) = await self.add_many(account, id_, [member])
        if verdict.fault:
            raise verdict.fault
        return verdict.id

    async def add_many(
        self, account: Account, id_: str, members: Sequence[Member], whole: bool = False
    ) -> list[Verdict]:
        """Commit those that can be, one after the other: of two with one external id the first. `whole`: all or none.

        Of a member counts what its client says of it: numbers, external id (empty: one is made), attributes, traits,
        the instant before which it is not called. Raises NotFound, Forbidden when the campaign is finished, Backlogged.
        """
        self._engine.admit(len(members))
        try:
            async with self._campaigns.locks[account.id, id_]:
                return await self._raced(account, id_, members, whole)
        finally:
            self._engine.release(len(members))

    async def check(self, account: Account, id_: str, members: Sequence[Member]) -> list[Verdict]:
        """What adding these would say; nobody is added. Raises NotFound, Forbidden when the campaign is finished."""
        _, verdicts, _ = await self._prepared(await self._taking(account, id_), members)
        return [verdict._replace(id=0) for verdict in verdicts]

    async def _raced(self, account: Account, id_: str, members: Sequence[Member], whole: bool) -> list[Verdict]:
        for _ in range(_RACES - 1):
            try:
                return await self._commit(account, id_, members, whole)
            except Taken:
                # Another node was faster; what it took is known now.
                continue
        return await self._commit(account, id_, members, whole)

    async def _commit(self, account: Account, id_: str, members: Sequence[Member], whole: bool) -> list[Verdict]:
        campaign = await self._taking(account, id_)
        enrolment, verdicts, numbers = await self._prepared(campaign, members)
        if whole and any(verdict.fault for verdict in verdicts):
            return [verdict._replace(id=0) for verdict in verdicts]
        if enrolment.changes.members:
            await self._store.record(enrolment.changes)
            self._engine.on_born(enrolment.message, [], [], len(enrolment.changes.born))
            await self._judged_anew(campaign, enrolment.changes.members, numbers)
        return verdicts

    async def _judged_anew(self, campaign: Campaign, members: Sequence[Member], numbers: _Numbers) -> None:
        """Whose number was blocked or let go while they were added: whoever did that has not found them yet."""
        now = await self._store.campaigns.suppressed(campaign.account, CHANNEL, numbers.keys)
        changed = now.keys() ^ numbers.blocked.keys()
        ids = [member.id for member in members if not changed.isdisjoint(keys_of(member))] if changed else []
        for start in range(0, len(ids), CHUNK):
            await self._campaigns.judge.of_members(campaign, ids[start : start + CHUNK])

    async def _taking(self, account: Account, id_: str) -> Campaign:
        campaign = await self._campaigns.one(account, id_)
        check_takes(campaign)
        return campaign

    async def _prepared(
        self, campaign: Campaign, members: Sequence[Member]
    ) -> tuple[Enrolment, list[Verdict], _Numbers]:
        """What is to be committed; whoever has a fault is not in it."""
        now = self._clock()
        message, *ids = self._mint.take(1 + len(members), now)
        named, doubled = await self._named(campaign, members)
        keys = [keys_of(member) for member in named]
        every = list(chain.from_iterable(keys))
        blocked = await self._store.campaigns.suppressed(campaign.account, CHANNEL, every)
        enrolment = Enrolment(campaign, message, now, Dues(campaign, now, self._campaigns.law))
        verdicts: list[Verdict] = []
        for place, member in enumerate(named):
            if place % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            if place in doubled:
                verdicts.append(Verdict(fault=Invalid(NOT_UNIQUE, "external")))
                continue
            reason = blocked_by(keys[place], blocked) if blocked else None
            own = replace(
                member, id=ids[place], account=campaign.account, campaign=campaign.id, created_at=now, changed_at=now
            )
            verdicts.append(_enrolled(enrolment, own, keys[place], reason))
        return enrolment, verdicts, _Numbers(every, blocked)

    async def _named(self, campaign: Campaign, members: Sequence[Member]) -> tuple[list[Member], set[int]]:
        """All of them with an external id, and the places of those whose id somebody has already."""
        given = [member.external for member in members if member.external]
        known = await self._store.members.taken(campaign.account, campaign.id, given) if given else set[str]()
        doubled: set[int] = set()
        for place, member in enumerate(members):
            if member.external in known:
                doubled.add(place)
            elif member.external:
                known.add(member.external)
        if len(given) == len(members):
            return list(members), doubled
        after = 1 + max((int(each) for each in given if is_whole(each)), default=0)
        following = max(after, await self._store.members.next_external(campaign.account, campaign.id))
        numbers = iter(range(following, following + len(members)))
        return [each if each.external else replace(each, external=str(next(numbers))) for each in members], doubled

    # --- deleting -----------------------------------------------------------------------------------------------------

    async def delete(self, account: Account, campaign: Campaign, id_: int) -> None:
        """It is seen and counted no more, at once; a call under way goes on, and stays in the history of calls.

        Raises NotFound.
        """
        member = await self.one(campaign, id_)
        if not member.closed:
            # First: what is held back is not called, even if nothing of what follows comes to pass.
            now = self._clock()
            (up_to,) = self._mint.take(1, now)
            await self._put(Stop(target=Target(account.id, delivery=id_), cancelled=True, up_to=up_to, at=now))
        await self._store.record(Changes(results=[gone(id_, self._clock())]))


def _enrolled(enrolment: Enrolment, member: Member, keys: Sequence[str], blocked: Reason | None) -> Verdict:
    try:
        enrolment.add(member, keys, blocked)
    except Invalid as fault:
        return Verdict(fault=fault)
    return Verdict(member.id)


def is_whole(external: str) -> bool:
    """Whether an external id is a whole number."""
    return external.isascii() and external.isdecimal() and len(external) <= _WHOLE
