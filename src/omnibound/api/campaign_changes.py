"""Campaigns that were made: change one, forget one, ask why its people wait."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, structs
from msgspec.structs import replace

from omnibound.api.base import Ask, to_date, word, words
from omnibound.api.campaign_shapes import (
    ActionIO,
    CampaignIn,
    CampaignOut,
    Conditions,
    ContentIO,
    Id,
    Instant,
    KindWord,
    MachineWord,
    ModeWord,
    OrderWord,
    SpeechIO,
)
from omnibound.api.campaign_words import KIND_BY, check_hours, read_campaign, write_campaign
from omnibound.api.hours import HoursIO
from omnibound.api.messages import Channel
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.why import Cause

_TIMES = ("schedule", "hours", "closed", "zone", "not_before", "end_at", "pause_s", "pauses_s", "results", "reserve")
"""Members that say when somebody is called: who waits is due anew where one of them is given."""


class CampaignChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays. People who wait follow, calls under way go on as they began."""

    name: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    remarks: Annotated[str, Meta(max_length=4_000)] | UnsetType = UNSET
    kind: KindWord | UnsetType = UNSET
    caller: Id | UnsetType = UNSET
    trunk: Id | UnsetType = UNSET
    speech: SpeechIO | UnsetType = UNSET
    actions: tuple[ActionIO, ...] | UnsetType = UNSET
    attempts: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    pause_s: Annotated[float, Meta(ge=0, le=31_536_000)] | UnsetType = UNSET
    pauses_s: dict[str, float] | UnsetType = UNSET
    schedule: Annotated[str, Meta(max_length=64, description="Empty: the hours stay, and are the campaign's own.")] | (
        UnsetType
    ) = UNSET
    hours: tuple[HoursIO, ...] | UnsetType = UNSET
    closed: tuple[str, ...] | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=0, le=1_000, description="Of those who are added later.")] | UnsetType = UNSET
    not_before: Instant | UnsetType | None = UNSET
    end_at: Instant | UnsetType | None = UNSET
    lasts_days: Annotated[float, Meta(gt=0, le=365)] | UnsetType = UNSET
    dialer: Id | UnsetType = UNSET
    mode: ModeWord | UnsetType = UNSET
    queue: Id | UnsetType = UNSET
    number: Annotated[str, Meta(max_length=400)] | UnsetType = UNSET
    scenario: Id | UnsetType = UNSET
    message: Annotated[dict[Channel, ContentIO], Meta(description="Of those who are added later.")] | UnsetType = UNSET
    pace: Annotated[int, Meta(ge=0, le=10_000_000)] | UnsetType = UNSET
    results: Id | UnsetType = UNSET
    script: Id | UnsetType = UNSET
    excluded: Conditions | UnsetType = UNSET
    lines: Annotated[int, Meta(ge=1, le=10_000)] | UnsetType = UNSET
    ring_s: Annotated[float, Meta(ge=15, le=120)] | UnsetType = UNSET
    per_day: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    machine: MachineWord | UnsetType = UNSET
    priority_order: OrderWord | UnsetType = UNSET
    reserve: bool | UnsetType = UNSET
    farewell: SpeechIO | UnsetType = UNSET


class WaitingOut(Struct, frozen=True, kw_only=True):
    """How many wait for the same; `until`: when the first of them goes on, null where no clock knows."""

    cause: Annotated[str, words(Cause)]
    number: int
    until: datetime | None


class WhyOut(Struct, frozen=True, kw_only=True):
    """Why people wait just now. Those who came first are looked at, at most 10,000: `looked_at` says how many."""

    looked_at: int
    waiting: list[WaitingOut]


async def change(ask: Ask[None, CampaignChange]) -> CampaignOut:
    """PATCH /api/v1/campaigns/{campaign}."""
    given = {name: value for name, value in structs.asdict(ask.body).items() if value is not UNSET}
    if not given:
        raise Invalid("nothing to change: give at least one member")

    def changed(campaign: Campaign) -> Campaign:
        return _changed(campaign, given)

    due = any(name in given for name in _TIMES)
    return write_campaign(await ask.services.amend.change(ask.account, ask.place["campaign"], changed, due=due))


def _changed(campaign: Campaign, given: dict[str, Any]) -> Campaign:
    """Read as one that is made: so both know the same rules."""
    check_hours(given, given.get("schedule", campaign.schedule))
    wish = replace(msgspec.convert(write_campaign(campaign), CampaignLike, from_attributes=True), **given)
    if "kind" not in given and any(given.get(name) for name in KIND_BY):
        wish = replace(wish, kind=None)
    kept = ("id", "account", "guid", "state", "created_at", "changed_at")
    return replace(read_campaign(wish), **{name: getattr(campaign, name) for name in kept})


class CampaignLike(CampaignIn, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A campaign that there is, as it would be asked for."""


async def forget(ask: Ask[None, None]) -> None:
    """DELETE /api/v1/campaigns/{campaign}."""
    await ask.services.amend.forget(ask.account, ask.place["campaign"])


async def waiting(ask: Ask[None, None]) -> WhyOut:
    """GET /api/v1/campaigns/{campaign}/waiting."""
    found, number = await ask.services.waiting(ask.account, ask.place["campaign"])
    return WhyOut(
        looked_at=number,
        waiting=[WaitingOut(cause=word(w.cause), number=w.number, until=to_date(w.until)) for w in found],
    )
