"""Campaigns of calls: make, look at, start, pause, finish; ask for calls; results."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response, StreamingResponse

from omnibound.api.base import Ask, from_date, to_date, word
from omnibound.api.tables import CSV, write_csv, write_date
from omnibound.domain.action import Action, Deed, Request, Speech
from omnibound.domain.calendar import DAY_MINUTES, Calendar, Hours
from omnibound.domain.call import Call
from omnibound.domain.campaign import Campaign, Member, Tally, Wish
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, SECOND
from omnibound.domain.status import Reason
from omnibound.services.fill_speech import public_id
from omnibound.services.place_requests import CallRequest, Standing
from omnibound.services.read_calls import LastOf

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", description="HH:MM, in their own time.")]
DeedWord = Literal["play", "repeat", "opt_out", "hang_up", "http"]


class SpeechIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a call says: an announcement by its id, or a text or SSML in a voice. SSML wins over text."""

    announcement: str = ""
    text: str = ""
    ssml: str = ""
    voice: str = ""


class HoursIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When people may be called; `since` and `until` are the first and the last date."""

    begin: Clock
    end: Clock
    days: tuple[Weekday, ...] = _WEEK
    since: str = ""
    until: str = ""


class RequestIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An HTTP request, made while the call lasts; all of it may hold templates."""

    url: str
    method: str = "POST"
    headers: dict[str, str] = {}
    body: str = ""


class ActionIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a key (`0` to `9`, `*`, `#`), or the `end` of what is said, leads to."""

    on: str
    do: DeedWord
    play: SpeechIO | None = None
    http: RequestIO | None = None


class CampaignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campaign to make. It is not started: requests are taken and wait."""

    name: Annotated[str, Meta(max_length=200)]
    id: Annotated[str, Meta(max_length=64, description="Your id for it; made if it is left out.")] = ""
    caller: Annotated[str, Meta(max_length=64, description="The number that is shown.")] = ""
    trunk: Annotated[str, Meta(max_length=64, description="The connector that calls take; any if left out.")] = ""
    speech: SpeechIO = SpeechIO()
    actions: tuple[ActionIO, ...] = ()
    attempts: Annotated[int, Meta(ge=1, le=100, description="Calls a person, at most.")] = 3
    pause_s: Annotated[float, Meta(ge=0, le=31_536_000, description="Between two calls.")] = 600
    pauses_s: Annotated[dict[str, float], Meta(description="The same by the reason of a call: `busy`.")] = {}
    hours: tuple[HoursIO, ...] = ()
    closed: Annotated[tuple[str, ...], Meta(description="Dates on which nobody is called.")] = ()
    zone: Annotated[str, Meta(description="An IANA name; by each number if left out.")] = ""
    priority: Annotated[int, Meta(ge=0, le=1_000)] = 100
    not_before: Annotated[datetime, Meta(tz=True)] | None = None
    lasts_days: Annotated[float, Meta(gt=0, le=365, description="How long a person is tried.")] = 30


class CampaignOut(Struct, frozen=True, kw_only=True):
    """A campaign."""

    id: str
    name: str
    state: Literal["new", "started", "paused", "finished"]
    caller: str
    trunk: str
    speech: SpeechIO
    actions: list[ActionIO]
    attempts: int
    pause_s: float
    pauses_s: dict[str, float]
    hours: list[HoursIO]
    closed: list[str]
    zone: str
    priority: int
    not_before: datetime | None
    lasts_days: float
    created_at: datetime | None
    changed_at: datetime | None


class CampaignsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and how much."""

    after: Annotated[str, Meta(max_length=64, description="The last id of the page before.")] = ""
    limit: Annotated[int, Meta(ge=1, le=1_000, description="Campaigns a page.")] = 100


class CampaignsOut(Struct, frozen=True, kw_only=True):
    """A page, in the order of the ids."""

    campaigns: list[CampaignOut]


class CountsOut(Struct, frozen=True, kw_only=True):
    """Where its people stand. `why`: those that wait, by the reason of their last call; `new` were not called yet."""

    waiting: int
    answered: int
    machine: int
    busy: int
    no_answer: int
    failed: int
    stopped: int
    why: dict[str, int]


class CallIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be called; what is left out is as the campaign has it."""

    phone: Annotated[str, Meta(max_length=64)]
    speech: SpeechIO | None = None
    custom: dict[str, Any] | None = None
    priority: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    not_before: Annotated[datetime, Meta(tz=True)] | None = None


class CallsIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 10,000, all taken or none."""

    requests: list[CallIn]


class CallOut(Struct, frozen=True, kw_only=True):
    """A request under its id."""

    id: str
    phone: str


class CallsOut(Struct, frozen=True, kw_only=True):
    """In the order of the request."""

    requests: list[CallOut]


# --- operations -------------------------------------------------------------------------------------------------------


async def add(ask: Ask[None, CampaignIn]) -> CampaignOut:
    """POST /api/v1/campaigns."""
    return write_campaign(await ask.services.campaigns.add(ask.account, read_campaign(ask.body)))


async def page(ask: Ask[CampaignsWish, None]) -> CampaignsOut:
    """GET /api/v1/campaigns?after=&limit=."""
    found = await ask.services.campaigns.page(ask.account, ask.query.after, ask.query.limit)
    return CampaignsOut(campaigns=[write_campaign(each) for each in found])


async def one(ask: Ask[None, None]) -> CampaignOut:
    """GET /api/v1/campaigns/{campaign}."""
    return write_campaign(await ask.services.campaigns.one(ask.account, ask.place["campaign"]))


async def start(ask: Ask[None, None]) -> CampaignOut:
    """POST /api/v1/campaigns/{campaign}/start."""
    return write_campaign(await ask.services.campaigns.say(ask.account, ask.place["campaign"], Wish.START))


async def pause(ask: Ask[None, None]) -> CampaignOut:
    """POST /api/v1/campaigns/{campaign}/pause."""
    return write_campaign(await ask.services.campaigns.say(ask.account, ask.place["campaign"], Wish.PAUSE))


async def finish(ask: Ask[None, None]) -> CampaignOut:
    """POST /api/v1/campaigns/{campaign}/finish."""
    return write_campaign(await ask.services.campaigns.say(ask.account, ask.place["campaign"], Wish.FINISH))


async def counts(ask: Ask[None, None]) -> CountsOut:
    """GET /api/v1/campaigns/{campaign}/counts."""
    id_ = ask.place["campaign"]
    tallies = await ask.services.campaigns.tallies(ask.account, id_)
    why = await ask.services.campaigns.waiting_for(ask.account, id_)
    numbers = {word(tally): tallies[tally] for tally in Tally}
    return CountsOut(**numbers, why={word(reason) if reason else "new": count for reason, count in why.items()})


async def call(ask: Ask[None, CallsIn]) -> CallsOut:
    """POST /api/v1/campaigns/{campaign}/requests."""
    requests = [read_call(each) for each in ask.body.requests]
    standing = await ask.services.requests.add(ask.account, ask.place["campaign"], requests)
    return CallsOut(requests=[_call(each) for each in standing])


async def results(ask: Ask[None, None]) -> Response:
    """GET /api/v1/campaigns/{campaign}/results: a line a request, in their order."""
    campaign = await ask.services.campaigns.one(ask.account, ask.place["campaign"])
    pages = ask.services.campaigns.members(ask.account, campaign.id)
    return StreamingResponse(_lines(pages, ask.services.calls.last_of), media_type=CSV)


# --- results as CSV ---------------------------------------------------------------------------------------------------

_COLUMNS = (
    "id", "phone", "state", "reason", "detail", "calls", "created_at", "changed_at", "answered_at", "talked_ms",
    "digits", "custom",
)  # fmt: skip


async def _lines(pages: AsyncIterator[list[Member]], last_of: LastOf) -> AsyncIterator[str]:
    yield write_csv([_COLUMNS])
    async for members in pages:
        calls = await last_of([member.id for member in members])
        yield write_csv([_line(member, calls.get(member.id)) for member in members])


def _line(member: Member, call: Call | None) -> tuple[object, ...]:
    """Of its calls the last one."""
    return (
        public_id(member.id), member.phone, "closed" if member.closed else "open",
        word(member.reason) if member.reason else "", member.detail, member.tries, write_date(member.created_at),
        write_date(member.changed_at), write_date(call.answered_at) if call else "", call.talked_ms if call else "",
        call.digits if call else "", msgspec.json.encode(member.custom).decode() if member.custom is not None else "",
    )  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------


def read_campaign(wish: CampaignIn) -> Campaign:
    """The campaign that is wished for. Raises Invalid for a reason that there is not."""
    return Campaign(
        id=wish.id,
        account=0,
        name=wish.name,
        caller=wish.caller,
        trunk=wish.trunk,
        speech=_read_speech(wish.speech),
        actions=tuple(_read_action(action) for action in wish.actions),
        attempts=wish.attempts,
        pause=int(wish.pause_s * SECOND),
        pauses={_read_reason(name): int(seconds * SECOND) for name, seconds in wish.pauses_s.items()},
        calendar=Calendar(hours=tuple(map(_read_hours, wish.hours)), closed=wish.closed, zone=wish.zone),
        priority=wish.priority,
        not_before=from_date(wish.not_before),
        lasts=int(wish.lasts_days * DAY),
    )


def _read_speech(speech: SpeechIO) -> Speech:
    return msgspec.convert(speech, Speech, from_attributes=True)


def _read_action(action: ActionIO) -> Action:
    return Action(
        on=action.on,
        do=Deed[action.do.upper()],
        play=_read_speech(action.play) if action.play else None,
        http=msgspec.convert(action.http, Request, from_attributes=True) if action.http else None,
    )


def _read_reason(name: str) -> Reason:
    try:
        return Reason[name.upper()]
    except KeyError as error:
        raise Invalid(f"there is no reason {name}", "pauses_s") from error


def _read_hours(hours: HoursIO) -> Hours:
    return Hours(
        begin=_minutes(hours.begin), end=_minutes(hours.end), days=tuple(_WEEK.index(day) for day in hours.days),
        since=hours.since, until=hours.until,
    )  # fmt: skip


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def read_call(call: CallIn) -> CallRequest:
    """The request that is wished for."""
    return CallRequest(
        phone=call.phone, speech=_read_speech(call.speech) if call.speech else None, custom=call.custom,
        priority=call.priority, not_before=from_date(call.not_before),
    )  # fmt: skip


# --- writing ----------------------------------------------------------------------------------------------------------


def write_campaign(campaign: Campaign) -> CampaignOut:
    """The campaign as the API shows it."""
    return CampaignOut(
        id=campaign.id,
        name=campaign.name,
        state=word(campaign.state),  # pyright: ignore[reportArgumentType] - the names of the states
        caller=campaign.caller,
        trunk=campaign.trunk,
        speech=_speech(campaign.speech),
        actions=[_action(action) for action in campaign.actions],
        attempts=campaign.attempts,
        pause_s=campaign.pause / SECOND,
        pauses_s={word(reason): wait / SECOND for reason, wait in campaign.pauses.items()},
        hours=[_hours(hours) for hours in campaign.calendar.hours],
        closed=list(campaign.calendar.closed),
        zone=campaign.calendar.zone,
        priority=campaign.priority,
        not_before=to_date(campaign.not_before),
        lasts_days=campaign.lasts / DAY,
        created_at=to_date(campaign.created_at),
        changed_at=to_date(campaign.changed_at),
    )


def _speech(speech: Speech) -> SpeechIO:
    return msgspec.convert(speech, SpeechIO, from_attributes=True)


def _action(action: Action) -> ActionIO:
    return ActionIO(
        on=action.on,
        do=word(action.do),  # pyright: ignore[reportArgumentType] - the names of the deeds
        play=_speech(action.play) if action.play else None,
        http=msgspec.convert(action.http, RequestIO, from_attributes=True) if action.http else None,
    )


def _hours(hours: Hours) -> HoursIO:
    return HoursIO(
        begin=_clock(hours.begin), end=_clock(hours.end), days=tuple(_WEEK[day] for day in hours.days),
        since=hours.since, until=hours.until,
    )  # fmt: skip


def _clock(minutes: int) -> str:
    return "24:00" if minutes == DAY_MINUTES else f"{minutes // 60:02}:{minutes % 60:02}"


def _call(standing: Standing) -> CallOut:
    return CallOut(id=public_id(standing.member.id), phone=standing.member.phone)
