"""Campaigns as they come -> the domain's, and back."""

from collections.abc import Mapping
from typing import Any

import msgspec

from omnibound.api.base import from_date, to_date, word
from omnibound.api.campaign_shapes import ActionIO, CampaignIn, CampaignOut, ContentIO, RequestIO, SpeechIO
from omnibound.api.hours import read_calendar, write_hours
from omnibound.api.messages import read_content
from omnibound.domain.action import Action, Deed, Request, Speech
from omnibound.domain.campaign import Campaign, Kind, Machine, PriorityOrder
from omnibound.domain.campaign_checks import lacking
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, SECOND
from omnibound.domain.member import Mode
from omnibound.domain.message import Content
from omnibound.domain.outbound import ResultSet
from omnibound.domain.status import Reason
from omnibound.wire.conditions import read_condition, write_condition

KIND_BY = {"queue": Kind.QUEUE, "number": Kind.NUMBER, "scenario": Kind.MESSAGES}
"""What a campaign is by the member that is given."""


def read_campaign(wish: CampaignIn) -> Campaign:
    """The campaign that is wished for; its results are named only. Raises Invalid."""
    return Campaign(
        id=wish.id, account=0, name=wish.name, remarks=wish.remarks, kind=_read_kind(wish), caller=wish.caller,
        trunk=wish.trunk, speech=read_speech(wish.speech), actions=tuple(_read_action(each) for each in wish.actions),
        attempts=wish.attempts, pause=int(wish.pause_s * SECOND),
        pauses={read_reason(name, "pauses_s"): int(seconds * SECOND) for name, seconds in wish.pauses_s.items()},
        schedule=wish.schedule, calendar=read_calendar(wish.hours, wish.closed, wish.zone), priority=wish.priority,
        not_before=from_date(wish.not_before), end_at=from_date(wish.end_at), lasts=int(wish.lasts_days * DAY),
        dialer=wish.dialer, mode=Mode[wish.mode.upper()], queue=wish.queue, number=wish.number, scenario=wish.scenario,
        message={
            channel: read_content(f"message.{channel}", each.text, each.subject, each.options)
            for channel, each in wish.message.items()
        },
        pace=wish.pace, results=ResultSet(id=wish.results) if wish.results else None, script=wish.script,
        excluded=tuple(read_condition(text, f"excluded[{place}]") for place, text in enumerate(wish.excluded)),
        lines=wish.lines, ring=int(wish.ring_s * SECOND), per_day=wish.per_day, machine=Machine[wish.machine.upper()],
        farewell=read_speech(wish.farewell), priority_order=PriorityOrder[wish.priority_order.upper()],
        reserve=wish.reserve,
    )  # fmt: skip


def _read_kind(wish: CampaignIn) -> Kind:
    if wish.kind is not None:
        return Kind[wish.kind.upper()]
    given = [name for name in KIND_BY if getattr(wish, name)]
    if len(given) > 1:
        raise Invalid(f"calls lead to one thing: give {' or '.join(given)}", given[1])
    return KIND_BY[given[0]] if given else Kind.ANNOUNCEMENT


def check_hours(given: Mapping[str, Any], schedule: str) -> None:
    """Raises Invalid for hours beside a schedule, which says all of them."""
    name = next((name for name in ("hours", "closed", "zone") if given.get(name)), None)
    if schedule and name:
        raise Invalid("is said by the schedule: give one or the other", name)


def read_speech(speech: SpeechIO) -> Speech:
    """What is to be said."""
    return msgspec.convert(speech, Speech, from_attributes=True)


def _read_action(action: ActionIO) -> Action:
    return Action(
        on=action.on,
        do=Deed[action.do.upper()],
        play=read_speech(action.play) if action.play else None,
        http=msgspec.convert(action.http, Request, from_attributes=True) if action.http else None,
    )


def read_reason(name: str, field: str) -> Reason:
    """By its word. Raises Invalid, naming the field."""
    try:
        return Reason[name.upper()]
    except KeyError as error:
        raise Invalid(f"there is no reason {name}", field) from error


def write_campaign(campaign: Campaign) -> CampaignOut:
    """The campaign as the API shows it."""
    return CampaignOut(
        id=campaign.id, guid=campaign.guid, name=campaign.name, remarks=campaign.remarks, lacks=list(lacking(campaign)),
        caller=campaign.caller, trunk=campaign.trunk, speech=_speech(campaign.speech),
        actions=[_action(action) for action in campaign.actions], attempts=campaign.attempts,
        pause_s=campaign.pause / SECOND,
        pauses_s={word(reason): wait / SECOND for reason, wait in campaign.pauses.items()},
        schedule=campaign.schedule, hours=write_hours(campaign.calendar), closed=list(campaign.calendar.closed),
        zone=campaign.calendar.zone, priority=campaign.priority, not_before=to_date(campaign.not_before),
        end_at=to_date(campaign.end_at), lasts_days=campaign.lasts / DAY, dialer=campaign.dialer, queue=campaign.queue,
        number=campaign.number, scenario=campaign.scenario,
        message={channel: _content(content) for channel, content in campaign.message.items()}, pace=campaign.pace,
        results=campaign.results.id if campaign.results else "", script=campaign.script,
        excluded=[write_condition(each) for each in campaign.excluded], lines=campaign.lines,
        ring_s=campaign.ring / SECOND, per_day=campaign.per_day, reserve=campaign.reserve,
        farewell=_speech(campaign.farewell), created_at=to_date(campaign.created_at),
        changed_at=to_date(campaign.changed_at), **_words(campaign),
    )  # fmt: skip


def _words(campaign: Campaign) -> dict[str, Any]:
    return {name: word(getattr(campaign, name)) for name in ("state", "kind", "mode", "machine", "priority_order")}


def _speech(speech: Speech) -> SpeechIO:
    return msgspec.convert(speech, SpeechIO, from_attributes=True)


def _content(content: Content) -> ContentIO:
    return ContentIO(text=content.text, subject=content.subject, options=content.options)


def _action(action: Action) -> ActionIO:
    return ActionIO(
        on=action.on,
        do=word(action.do),  # pyright: ignore[reportArgumentType] - the names of the deeds
        play=_speech(action.play) if action.play else None,
        http=msgspec.convert(action.http, RequestIO, from_attributes=True) if action.http else None,
    )
