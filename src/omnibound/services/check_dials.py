"""Before calls are dialled: who may be called now, and what each is told. One read for a list of attempts."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from omnibound.domain.action import Action, Speech
from omnibound.domain.calendar import day_of
from omnibound.domain.call_outcome import UNCOUNTED
from omnibound.domain.campaign import CHANNEL, Campaign, Machine
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Failure
from omnibound.domain.law import Law, calls_a_day, customer_zones, least_ring, may_reserve
from omnibound.domain.member import Member
from omnibound.domain.message import Attempt
from omnibound.domain.number import number_key
from omnibound.domain.objection import Case, objection
from omnibound.domain.outbound import AGENT_WAIT
from omnibound.domain.status import Reason
from omnibound.ports import Store
from omnibound.services.fill_actions import filled_actions
from omnibound.services.fill_speech import Voices, filled, values_of
from omnibound.services.join_calls import Joining, Lines, waits_of
from omnibound.wire.telephone import Join

_GONE = Failure(Reason.BLOCKED, "", retry=False)
"""There is no such campaign any more."""

_NO_AGENT = Failure(Reason.CLOSED, "agent", retry=True, after=AGENT_WAIT)
"""Whom only an agent may call who is kept for it; none is free."""


class Dial(Struct, frozen=True, gc=False, kw_only=True):
    """A call that may be made now: what it says, its templates filled, and what keys lead to.

    `ring`: how long who does not answer is let ring at least (microseconds); 0: as the trunk says. `machine`: what is
    done about answering machines.
    """

    member: Member
    caller: str
    trunk: str
    speech: Speech
    actions: tuple[Action, ...]
    ring: int = 0
    machine: Machine = Machine.NOTHING
    join: Join | None = None
    """Whom those who answer are joined to; None: nobody."""
    farewell: Speech = Speech()
    """What they hear if nobody is there in time."""


class Known(Struct, frozen=True, kw_only=True):
    """What is known of numbers of an account: which are blocked and why, and when calls to them ended of late.

    `abandoned`: until when those are left alone by the law who found nobody there when they answered.
    """

    blocked: Mapping[str, Reason]
    calls: Mapping[str, Sequence[int]]
    abandoned: Mapping[str, int] = {}

    def abandoned_until(self, campaign: Campaign, member: Member, phone: str) -> int:
        """When a member may be called again as far as that goes; 0: at once."""
        return max((self.abandoned.get(key, 0) for key in (phone, *_keys(campaign, member))), default=0)


class CheckDials:
    """Call it with attempts of campaigns, just before they are dialled."""

    def __init__(self, store: Store, clock: Callable[[], int], voices: Voices, law: Law, lines: Lines = tuple) -> None:
        self._store = store
        self._lines = lines
        self._voices = voices
        self._clock = clock
        self._law = law

    async def __call__(self, attempts: Sequence[Attempt]) -> dict[int, Dial | Failure]:
        """By delivery. A failure with `after` says when they may be called; until NEVER: when somebody changes it."""
        members = await self._store.campaigns.members_of([attempt.delivery for attempt in attempts])
        by_campaign: dict[tuple[int, str], list[Attempt]] = defaultdict(list)
        for attempt in attempts:
            if attempt.delivery in members:
                by_campaign[attempt.message.account, attempt.message.campaign].append(attempt)
        told: dict[int, Dial | Failure] = {}
        for key, own in sorted(by_campaign.items()):
            campaign = await self._store.campaigns.one(*key)
            if campaign is None:
                told |= dict.fromkeys((attempt.delivery for attempt in own), _GONE)
            else:
                told |= await self._verdicts(
                    campaign, [(members[attempt.delivery], attempt.address) for attempt in own]
                )
        return told

    async def _verdicts(self, campaign: Campaign, asked: list[tuple[Member, str]]) -> dict[int, Dial | Failure]:
        known = await known_of(self._store, self._law, campaign, asked, self._clock())
        joining = Joining(campaign, await waits_of(self._store, campaign), self._lines())
        now = self._clock()
        told: dict[int, Dial | Failure] = {}
        for member, phone in asked:
            against = objection(case_of(self._law, campaign, member, phone, now, known))
            needs_agent = known.abandoned_until(campaign, member, phone) > now
            told[member.id] = (
                against.failure(now, campaign.dialled) if against
                else self._reserved(campaign, member, joining) if needs_agent
                else self._dial(campaign, member, joining.of(member))
            )  # fmt: skip
        return told

    def _reserved(self, campaign: Campaign, member: Member, joining: Joining) -> Dial | Failure:
        join = joining.reserved(member)
        return self._dial(campaign, member, join) if join else _NO_AGENT

    def _dial(self, campaign: Campaign, member: Member, join: Join | None) -> Dial | Failure:
        speech = campaign.speech if member.speech is None else member.speech
        try:
            said = filled(speech, values_of(member), self._voices)
            farewell = filled(campaign.farewell, values_of(member), self._voices)
            actions = filled_actions(campaign.actions, member, self._voices)
        except Invalid as error:
            return Failure(Reason.NO_CONTENT, error.text, retry=False)
        ring = least_ring(self._law, campaign) if campaign.dialled else 0
        return Dial(
            member=member,
            caller=campaign.caller,
            trunk=campaign.trunk,
            speech=said,
            actions=actions,
            ring=ring,
            machine=campaign.machine,
            join=join,
            farewell=farewell,
        )


async def known_of(store: Store, law: Law, campaign: Campaign, asked: Sequence[tuple[Member, str]], now: int) -> Known:
    """What is known of the numbers of these members, and of calls to those (the second of each pair) that are asked."""
    keys = {key for member, phone in asked for key in (phone, *_keys(campaign, member))}
    blocked = await store.campaigns.suppressed(campaign.account, CHANNEL, sorted(keys))
    calls: dict[str, list[int]] = defaultdict(list)
    if calls_a_day(law, campaign):
        since = min(day_of(customer_zones(member.traits.zone, phone), now).opens for member, phone in asked)
        for rung in await store.calls.today(campaign.account, sorted({phone for _, phone in asked}), since):
            if rung.reason not in UNCOUNTED:
                calls[rung.number].append(rung.ended_at)
    return Known(blocked=blocked, calls=calls, abandoned=await _abandoned(store, law, campaign, asked, now))


async def _abandoned(
    store: Store, law: Law, campaign: Campaign, asked: Sequence[tuple[Member, str]], now: int
) -> dict[str, int]:
    """Until when numbers of these are left alone, whichever campaign of the account abandoned them."""
    if not law.abandoned or not campaign.calls:
        return {}
    keys = {key for member, phone in asked for key in (phone, *_keys(campaign, member))}
    rungs = await store.calls.today(campaign.account, sorted(keys), now - law.abandoned)
    return {
        rung.number: rung.ended_at + law.abandoned
        for rung in sorted(rungs, key=lambda rung: rung.ended_at)
        if rung.reason is Reason.ABANDONED
    }


def case_of(law: Law, campaign: Campaign, member: Member, phone: str, now: int, known: Known) -> Case:
    """A call to a number of a member, to be judged."""
    blocked = (known.blocked.get(key) for key in (phone, *_keys(campaign, member)))
    alone = 0 if may_reserve(law, campaign) else known.abandoned_until(campaign, member, phone)
    return Case(
        campaign=campaign, law=law, member=member, phone=phone, now=now,
        blocked=next((reason for reason in blocked if reason is not None), None), calls=known.calls.get(phone, ()),
        abandoned_until=alone,
    )  # fmt: skip


def _keys(campaign: Campaign, member: Member) -> list[str]:
    """The numbers that exclude a member where they are blocked: of a campaign that is dialled, all of theirs."""
    return [number_key(number) for number in member.numbers] if campaign.dialled else []
