"""Before calls are dialled: who may be called now, and what each is told. One read for a list of attempts."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from omnibound.domain.action import Action, Speech
from omnibound.domain.calendar import NEVER, next_open
from omnibound.domain.campaign import CHANNEL, Campaign, Member
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Failure
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason
from omnibound.domain.zones import zones_of
from omnibound.ports.campaigns import CampaignStore
from omnibound.services.fill_actions import filled_actions
from omnibound.services.fill_speech import filled, values_of


class Dial(Struct, frozen=True, gc=False, kw_only=True):
    """A call that may be made now: what it says, its templates filled, and what keys lead to."""

    member: Member
    caller: str
    trunk: str
    speech: Speech
    actions: tuple[Action, ...]


class CheckDials:
    """Call it with attempts of campaigns, just before they are dialled."""

    def __init__(self, campaigns: CampaignStore, clock: Callable[[], int]) -> None:
        self._campaigns = campaigns
        self._clock = clock

    async def __call__(self, attempts: Sequence[Attempt]) -> dict[int, Dial | Failure]:
        """By delivery. A failure with `after` says when its hours begin; who is suppressed meanwhile is BLOCKED."""
        members = await self._campaigns.members_of([attempt.delivery for attempt in attempts])
        known = [attempt for attempt in attempts if attempt.delivery in members]
        campaigns = await self._campaigns_of(known)
        blocked = await self._blocked(known)
        told: dict[int, Dial | Failure] = {}
        for attempt in known:
            account = attempt.message.account
            campaign = campaigns.get((account, attempt.message.campaign))
            suppressed = blocked.get((account, attempt.address))
            told[attempt.delivery] = self._verdict(members[attempt.delivery], attempt, campaign, suppressed)
        return told

    async def _campaigns_of(self, attempts: Sequence[Attempt]) -> dict[tuple[int, str], Campaign]:
        wanted = {(attempt.message.account, attempt.message.campaign) for attempt in attempts}
        found = [await self._campaigns.one(*key) for key in sorted(wanted)]
        return {(campaign.account, campaign.id): campaign for campaign in found if campaign}

    async def _blocked(self, attempts: Sequence[Attempt]) -> dict[tuple[int, str], Reason]:
        numbers: dict[int, list[str]] = {}
        for attempt in attempts:
            numbers.setdefault(attempt.message.account, []).append(attempt.address)
        blocked: dict[tuple[int, str], Reason] = {}
        for account, keys in numbers.items():
            found = await self._campaigns.suppressed(account, CHANNEL, keys)
            blocked |= {(account, key): reason for key, reason in found.items()}
        return blocked

    def _verdict(
        self, member: Member, attempt: Attempt, campaign: Campaign | None, suppressed: Reason | None
    ) -> Dial | Failure:
        if campaign is None or suppressed is not None:
            return Failure(Reason.BLOCKED, suppressed.name.lower() if suppressed else "", retry=False)
        now = self._clock()
        earliest = max(now, campaign.not_before, member.not_before)
        opens = next_open(campaign.calendar, zones_of(attempt.address), earliest)
        if opens != now:
            return Failure(Reason.CLOSED, "", retry=opens != NEVER, after=opens - now)
        speech = campaign.speech if member.speech is None else member.speech
        try:
            said, actions = filled(speech, values_of(member)), filled_actions(campaign.actions, member)
        except Invalid as error:
            return Failure(Reason.NO_CONTENT, error.text, retry=False)
        return Dial(member=member, caller=campaign.caller, trunk=campaign.trunk, speech=said, actions=actions)
