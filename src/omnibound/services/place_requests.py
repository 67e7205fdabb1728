"""Requests of a campaign: each becomes a member and its delivery, all of a list or none."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from omnibound.domain.account import Account
from omnibound.domain.action import Speech
from omnibound.domain.bulk import Stop, Target
from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import CHANNEL, Campaign, check_takes
from omnibound.domain.due import Dues
from omnibound.domain.errors import Forbidden, Invalid, NotFound
from omnibound.domain.ids import Mint
from omnibound.domain.live import Live
from omnibound.domain.member import Member, Traits
from omnibound.domain.number import NO_NUMBER, is_callable, number_key
from omnibound.ports import Store
from omnibound.services.engine import Engine
from omnibound.services.enrol_members import NO_HOURS, Enrolment
from omnibound.services.fill_actions import filled_actions
from omnibound.services.fill_speech import Voices, filled, member_id, values_of
from omnibound.services.keep_campaigns import Campaigns

AT_MOST = 10_000
SLICE = 1_000

Put = Callable[[Stop], Awaitable[bool]]
"""Holds deliveries back, and commits that."""


class CallRequest(Struct, frozen=True, gc=False, kw_only=True):
    """Somebody to be called. What is None is as the campaign has it; `not_before`: microseconds UTC."""

    phone: str
    speech: Speech | None = None
    custom: dict[str, Any] | None = None
    priority: int | None = None
    not_before: int = 0


class Fault(NamedTuple):
    """What is wrong with one request of a list: its place, the member, and words."""

    place: int
    field: str
    text: str


class BadRequests(Invalid):
    """Some of a list cannot be taken, so none is."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(f"{len(faults)} of the list cannot be taken: {first.text}", f"[{first.place}].{first.field}")
        self.faults = faults


class Checked(NamedTuple):
    """What adding a list would say: its faults, and how many of it are not to be called at all."""

    faults: list[Fault]
    suppressed: int


class Standing(NamedTuple):
    """A member, and the state of its delivery while it is not finished."""

    member: Member
    live: Live | None


class Requests:
    """What a client may do with the requests of its campaigns."""

    def __init__(
        self, store: Store, campaigns: Campaigns, mint: Mint, clock: Callable[[], int], engine: Engine, put: Put
    ) -> None:
        self._store = store
        self._campaigns = campaigns
        self._mint = mint
        self._clock = clock
        self._engine = engine
        self._put = put

    # --- adding -------------------------------------------------------------------------------------------------------

    async def add(self, account: Account, id_: str, requests: Sequence[CallRequest]) -> list[Standing]:
        """Commit them all, in their order. Raises NotFound, Forbidden when it is finished, Invalid, Backlogged."""
        campaign = await self._campaigns.one(account, id_)
        _check_length(requests)
        await self._campaigns.check_announcements(account, [r.speech.announcement for r in requests if r.speech])
        self._engine.admit(len(requests))
        try:
            message, *ids = self._mint.take(1 + len(requests), self._clock())
            prepared, faults = await self._prepared(campaign, requests, ids)
            if faults:
                raise BadRequests(faults)
            async with self._campaigns.locks[account.id, id_]:
                return await self._commit(account, id_, message, prepared)
        finally:
            self._engine.release(len(requests))

    async def check(self, account: Account, id_: str, requests: Sequence[CallRequest]) -> Checked:
        """What adding these would say; nobody is added. Raises NotFound, Forbidden when it is finished, Invalid."""
        campaign = await self._campaigns.one(account, id_)
        check_takes(campaign)
        _check_length(requests)
        await self._campaigns.check_announcements(account, [r.speech.announcement for r in requests if r.speech])
        members, faults = await self._prepared(campaign, requests, [0] * len(requests))
        dues = Dues(campaign, self._clock(), self._campaigns.law)
        late = [place for place, member in enumerate(members) if dues.of(member) == NEVER]
        faults += [Fault(place, "calendar", NO_HOURS) for place in late]
        keys = [number_key(member.phone) for member in members]
        suppressed = await self._store.campaigns.suppressed(account.id, CHANNEL, keys)
        return Checked(sorted(faults), sum(key in suppressed for key in keys))

    async def _prepared(
        self, campaign: Campaign, requests: Sequence[CallRequest], ids: list[int]
    ) -> tuple[list[Member], list[Fault]]:
        now = self._clock()
        members: list[Member] = []
        faults: list[Fault] = []
        for start in range(0, len(requests), SLICE):
            for index in range(start, min(start + SLICE, len(requests))):
                member = _member(campaign, requests[index], ids[index], now)
                members.append(member)
                faults += _faults(campaign, member, index, self._campaigns.voices)
            if len(requests) > SLICE:
                await asyncio.sleep(0)
        return members, faults

    async def _commit(self, account: Account, id_: str, message: int, members: list[Member]) -> list[Standing]:
        campaign = await self._campaigns.one(account, id_)
        check_takes(campaign)
        keys = [number_key(member.phone) for member in members]
        suppressed = await self._store.campaigns.suppressed(account.id, CHANNEL, keys)
        now = self._clock()
        enrolment = Enrolment(campaign, message, now, Dues(campaign, now, self._campaigns.law))
        standing: list[Standing] = []
        for start in range(0, len(members), SLICE):
            for member, key in zip(members[start : start + SLICE], keys[start : start + SLICE], strict=True):
                standing.append(Standing(*enrolment.add(member, [key], suppressed.get(key))))
            await asyncio.sleep(0)
        await self._store.record(enrolment.changes)
        self._engine.on_born(enrolment.message, [], [], len(enrolment.changes.born))
        return standing

    # --- reading ------------------------------------------------------------------------------------------------------

    async def one(self, account: Account, id_: str, request: str) -> Standing:
        """By its public id. Raises NotFound."""
        await self._campaigns.one(account, id_)
        found = (await self._store.campaigns.members_of([member_id(request)])).values()
        own = [member for member in found if (member.account, member.campaign) == (account.id, id_)]
        if not own:
            raise NotFound(f"no request has the id {request}", "id")
        return (await self._standing(own))[0]

    async def page(
        self, account: Account, id_: str, fits: Callable[[Standing], bool] | None, offset: int, limit: int
    ) -> list[Standing]:
        """Those that fit, in the order in which they came. Raises NotFound."""
        await self._campaigns.one(account, id_)
        if fits is None:
            return await self._standing(await self._store.campaigns.members_at(account.id, id_, offset, limit))
        found: list[Standing] = []
        async for members in self._campaigns.members(account, id_):
            found += filter(fits, await self._standing(members))
            if len(found) >= offset + limit:
                break
        return found[offset : offset + limit]

    async def _standing(self, members: Sequence[Member]) -> list[Standing]:
        loaded = await self._store.deliveries.load([member.id for member in members if not member.closed])
        lives = {each.live.id: each.live for each in loaded}
        return [Standing(member, lives.get(member.id)) for member in members]

    # --- cancelling ---------------------------------------------------------------------------------------------------

    async def cancel(self, account: Account, id_: str, request: str) -> None:
        """Nobody is called for it any more; a call under way goes on. Raises NotFound, Forbidden when it is over."""
        standing = await self.one(account, id_, request)
        if standing.member.closed:
            raise Forbidden("the request is closed already", "id")
        await self._cancel(Target(account.id, delivery=standing.member.id))

    async def cancel_open(self, account: Account, id_: str) -> int:
        """The same for all that are not closed; how many. Raises NotFound."""
        return await self._campaigns.cancel_open(account, id_)

    async def _cancel(self, target: Target) -> None:
        now = self._clock()
        (up_to,) = self._mint.take(1, now)
        await self._put(Stop(target=target, cancelled=True, up_to=up_to, at=now))


def _check_length(requests: Sequence[CallRequest]) -> None:
    if not requests:
        raise Invalid("nobody to call", "data")
    if len(requests) > AT_MOST:
        raise Invalid(f"must not be more than {AT_MOST}", "data")


def _member(campaign: Campaign, request: CallRequest, id_: int, now: int) -> Member:
    return Member(
        id=id_, account=campaign.account, campaign=campaign.id, phone=request.phone, speech=request.speech,
        custom=request.custom, not_before=request.not_before, created_at=now, changed_at=now,
        traits=Traits(priority=campaign.priority if request.priority is None else request.priority),
    )  # fmt: skip


def _faults(campaign: Campaign, member: Member, index: int, voices: Voices) -> list[Fault]:
    faults: list[Fault] = []
    if not is_callable(number_key(member.phone)):
        faults.append(Fault(index, "phone", NO_NUMBER))
    speech = campaign.speech if member.speech is None else member.speech
    try:
        filled(speech, values_of(member), voices)
        filled_actions(campaign.actions, member, voices)
    except Invalid as error:
        faults.append(Fault(index, error.field, error.text))
    return faults
