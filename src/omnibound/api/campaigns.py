"""Campaigns of calls: make, look at, copy, start, pause, finish; ask for calls; results."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response, StreamingResponse

from omnibound.api.base import Ask, from_date, to_date, word
from omnibound.api.campaign_shapes import (
    AbandonmentOut,
    CampaignIn,
    CampaignOut,
    CampaignsOut,
    CampaignsWish,
    CopyIn,
    CountsOut,
    ProgressOut,
    SpeechIO,
    WindowOut,
)
from omnibound.api.campaign_words import check_hours, read_campaign, read_speech, write_campaign
from omnibound.api.tables import CSV, write_csv, write_date
from omnibound.domain.abandonment import Abandonment
from omnibound.domain.call import Call
from omnibound.domain.campaign import Tally, Wish
from omnibound.domain.member import Member
from omnibound.services.fill_speech import public_id
from omnibound.services.place_requests import CallRequest, Standing
from omnibound.services.read_calls import LastOf
from omnibound.services.view_campaigns import View


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
    check_hours({name: getattr(ask.body, name) for name in ("hours", "closed", "zone")}, ask.body.schedule)
    return write_campaign(await ask.services.campaigns.add(ask.account, read_campaign(ask.body)))


async def copy(ask: Ask[None, CopyIn]) -> CampaignOut:
    """POST /api/v1/campaigns/{campaign}/copy."""
    wish = ask.body
    made = await ask.services.campaigns.copy(ask.account, ask.place["campaign"], wish.name, wish.id)
    return write_campaign(made)


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
    campaign = await ask.services.campaigns.one(ask.account, id_)
    tallies = await ask.services.campaigns.tallies(ask.account, id_)
    why = await ask.services.campaigns.waiting_for(ask.account, id_)
    numbers = {word(tally): tallies[tally] for tally in Tally}
    return CountsOut(
        **numbers,
        why={word(reason) if reason else "new": count for reason, count in why.items()},
        progress=_progress(await ask.services.views.one(ask.account, campaign)),
    )


def _progress(view: View) -> ProgressOut:
    people = {word(progress): number for progress, number in view.people.items()}
    return ProgressOut(
        status=word(view.status), dialer=word(view.dialer_status), total=sum(people.values()), **people
    )  # fmt: skip


async def abandonment(ask: Ask[None, None]) -> AbandonmentOut:
    """GET /api/v1/campaigns/{campaign}/abandonment."""
    campaign = await ask.services.campaigns.one(ask.account, ask.place["campaign"])
    found = await ask.services.calls.abandonment(ask.account, campaign.id, ask.parts.clock())
    return AbandonmentOut(**{name: _window(each) for name, each in found.items()})


def _window(found: Abandonment) -> WindowOut:
    return WindowOut(
        since=to_date(found.since), until=to_date(found.until), answered=found.answered, connected=found.connected,
        abandoned=found.abandoned, percent=found.percent,
    )  # fmt: skip


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


# --- reading and writing ----------------------------------------------------------------------------------------------


def read_call(call: CallIn) -> CallRequest:
    """The request that is wished for."""
    return CallRequest(
        phone=call.phone, speech=read_speech(call.speech) if call.speech else None, custom=call.custom,
        priority=call.priority, not_before=from_date(call.not_before),
    )  # fmt: skip


def _call(standing: Standing) -> CallOut:
    return CallOut(id=public_id(standing.member.id), phone=standing.member.phone)
