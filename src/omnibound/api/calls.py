"""Calls that are over: a page, one, all of them as CSV; and the SIP messages of a call, for operators."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response, StreamingResponse

from omnibound.api.base import NOBODY, Ask, from_date, to_date, word, words
from omnibound.api.tables import CSV, write_csv, write_date
from omnibound.domain.account import Account
from omnibound.domain.call import Call
from omnibound.domain.errors import Invalid
from omnibound.domain.number import number_key
from omnibound.domain.price import in_units
from omnibound.domain.status import MEANINGS, Reason
from omnibound.ports.calls import FOR_EVER, CallWish
from omnibound.services.fill_speech import public_id
from omnibound.services.read_calls import Kept
from omnibound.wire.telephone import Rung

TEXT = "text/plain; charset=utf-8"
_Instant = Annotated[datetime, Meta(tz=True)]


class CallFilter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls; what is left out is not asked for."""

    campaign: Annotated[str, Meta(max_length=64, description="A campaign's id.")] = ""
    number: Annotated[str, Meta(max_length=64, description="Who was called.")] = ""
    connector: Annotated[str, Meta(description="The trunk's name in the configuration.")] = ""
    reason: Annotated[str, Meta(description="How they ended: `answered`, `busy`, ...")] = ""
    since: Annotated[_Instant | None, Meta(description="Those that ended then or later.")] = None
    until: Annotated[_Instant | None, Meta(description="Those that ended before.")] = None


class CallsWish(CallFilter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls, where to go on, and how many."""

    after: Annotated[str, Meta(max_length=80, description="The `next` of the page before.")] = ""
    limit: Annotated[int, Meta(ge=1, le=1_000, description="Calls a page.")] = 100


class RtpOut(Struct, frozen=True, kw_only=True):
    """The sound in packets: sent, received, and of theirs lost and late. `their_...` is what they reported of ours."""

    sent: int
    received: int
    lost: int
    late: int
    jitter_ms: float
    their_lost: int | None
    their_jitter_ms: float | None
    round_trip_ms: float | None


class CallOut(Struct, frozen=True, kw_only=True):
    """A call that is over. Instants that there were not are null.

    `request` is its request in the campaign, if it is of one. `who` ended it (the callee, the trunk or we) and `why`
    are the telephone's words, `sip` and `q850` the network's last codes (0: none), `text` its words. `said`: all was
    played; `talked_ms` from the answer to the end; `digits` were pressed. `agent` took it, and `joined_at` is when they
    or a number were heard; `unserved`: nobody took it in time, or the agent's telephone failed. `price` is what the
    account pays, by its `currency`; `cost` what the trunk's carrier takes, which only operators are told.
    """

    id: str
    delivery: str
    attempt: int
    account: str
    campaign: str
    request: str
    connector: str
    number: str
    caller: str
    begun_at: datetime | None
    rang_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talked_ms: int
    reason: Annotated[str, words(Reason)]
    meaning: str
    detail: str
    why: str
    who: str
    sip: int
    q850: int
    text: str
    said: bool
    digits: str
    agent: str
    joined_at: datetime | None
    unserved: bool
    price: float
    currency: str
    mcc_mnc: str
    cost: float | None
    rtp: RtpOut


class CallsOut(Struct, frozen=True, kw_only=True):
    """A page, by the ends. `next` is the cursor of the following one; the one given if there is nothing more."""

    calls: list[CallOut]
    next: str


class RungOut(Struct, frozen=True, kw_only=True):
    """One SIP message, without what is secret; `out`: we sent it."""

    at: datetime
    out: bool
    peer: str
    title: str
    text: str


class LadderOut(Struct, frozen=True, kw_only=True):
    """The SIP messages of a call, the oldest first."""

    id: str
    rungs: list[RungOut]


async def page(ask: Ask[CallsWish, None]) -> CallsOut:
    """GET /api/v1/calls."""
    wish = ask.query
    found = await ask.services.calls.page(_account(ask.account), _read_wish(wish), wish.after, wish.limit)
    return CallsOut(calls=[write_call(each) for each in found.calls], next=found.next)


async def table(ask: Ask[CallFilter, None]) -> Response:
    """GET /api/v1/calls.csv: call detail records, a line each."""
    pages = ask.services.calls.all(_account(ask.account), _read_wish(ask.query))
    return StreamingResponse(_lines(pages), media_type=CSV)


async def one(ask: Ask[None, None]) -> CallOut:
    """GET /api/v1/calls/{call}."""
    return write_call(await ask.services.calls.one(_account(ask.account), ask.place["call"]))


async def ladder(ask: Ask[None, None]) -> LadderOut:
    """GET /api/v1/calls/{call}/ladder."""
    shown = await ask.services.calls.ladder(ask.place["call"])
    return LadderOut(id=shown.id, rungs=[_rung(rung) for rung in shown.rungs])


async def ladder_text(ask: Ask[None, None]) -> Response:
    """GET /api/v1/calls/{call}/ladder.txt."""
    shown = await ask.services.calls.ladder(ask.place["call"])
    return Response("\n".join(map(_write_rung, shown.rungs)), media_type=TEXT)


def _account(account: Account) -> Account | None:
    return None if account is NOBODY else account


def _read_wish(wish: CallFilter) -> CallWish:
    return CallWish(
        campaign=wish.campaign, number=wish.number, connector=wish.connector, reason=_read_reason(wish.reason),
        since=from_date(wish.since), until=from_date(wish.until) if wish.until else FOR_EVER,
    )  # fmt: skip


def _read_reason(name: str) -> Reason | None:
    try:
        return Reason[name.upper()] if name else None
    except KeyError as error:
        raise Invalid(f"there is no reason {name}", "reason") from error


def write_call(kept: Kept) -> CallOut:
    """A call as the API tells it."""
    call = kept.call
    rtp = call.rtp
    return CallOut(
        id=kept.id, delivery=kept.delivery, attempt=call.attempt, account=kept.account, campaign=call.campaign,
        request=_request(call), connector=call.connector, number=call.number, caller=call.caller,
        begun_at=to_date(call.begun_at), rang_at=to_date(call.rang_at), answered_at=to_date(call.answered_at),
        ended_at=to_date(call.ended_at), talked_ms=call.talked_ms, reason=word(call.reason),
        meaning=MEANINGS[call.reason].words, detail=call.detail, why=call.why, who=call.who, sip=call.sip,
        q850=call.q850, text=call.text, said=call.said, digits=call.digits, agent=call.agent,
        joined_at=to_date(call.joined_at), unserved=call.unserved, price=in_units(kept.price.whole),
        currency=kept.price.currency, mcc_mnc=kept.price.network, cost=_cost(kept),
        rtp=RtpOut(
            sent=rtp.sent, received=rtp.received, lost=rtp.lost, late=rtp.late, jitter_ms=rtp.jitter_ms,
            their_lost=rtp.their_lost, their_jitter_ms=rtp.their_jitter_ms, round_trip_ms=rtp.round_trip_ms,
        ),
    )  # fmt: skip


def _cost(kept: Kept) -> float | None:
    return None if kept.cost is None else in_units(kept.cost.whole)


def _request(call: Call) -> str:
    return public_id(call.delivery) if call.campaign else ""


# --- as CSV -----------------------------------------------------------------------------------------------------------

_COLUMNS = (
    "id", "delivery", "attempt", "account", "campaign", "request", "connector", "number", "caller", "begun_at",
    "rang_at", "answered_at", "ended_at", "talked_ms", "reason", "detail", "why", "who", "sip", "q850", "text", "said",
    "digits", "sent", "received", "lost", "late", "jitter_ms", "their_lost", "their_jitter_ms", "round_trip_ms",
    "agent", "joined_at", "unserved", "price", "currency", "mcc_mnc", "cost",
)  # fmt: skip


async def _lines(pages: AsyncIterator[list[Kept]]) -> AsyncIterator[str]:
    yield write_csv([_COLUMNS])
    async for calls in pages:
        yield write_csv(map(_line, calls))


def _line(kept: Kept) -> tuple[object, ...]:
    call, rtp = kept.call, kept.call.rtp
    return (
        kept.id, kept.delivery, call.attempt, kept.account, call.campaign, _request(call), call.connector,
        number_key(call.number), number_key(call.caller), write_date(call.begun_at), write_date(call.rang_at),
        write_date(call.answered_at), write_date(call.ended_at), call.talked_ms, word(call.reason), call.detail,
        call.why, call.who, call.sip, call.q850, call.text, "yes" if call.said else "no", call.digits, rtp.sent,
        rtp.received, rtp.lost, rtp.late, rtp.jitter_ms, rtp.their_lost, rtp.their_jitter_ms, rtp.round_trip_ms,
        call.agent, write_date(call.joined_at), "yes" if call.unserved else "no", in_units(kept.price.whole),
        kept.price.currency, kept.price.network, "" if kept.cost is None else in_units(kept.cost.whole),
    )  # fmt: skip


# --- ladders ----------------------------------------------------------------------------------------------------------

_UNPRINTABLE = re.compile(r"[^\x20-\x7e\n\t\u00a0-\uffff]")
"""A carrier's message must not steer somebody's terminal."""


def _rung(rung: Rung) -> RungOut:
    at = datetime.fromtimestamp(rung.at, UTC)
    return RungOut(at=at, out=rung.out, peer=rung.peer, title=rung.title, text=rung.text)


def _write_rung(rung: Rung) -> str:
    at = datetime.fromtimestamp(rung.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = _UNPRINTABLE.sub("?", rung.text.replace("\r\n", "\n"))
    return f"{at} {'->' if rung.out else '<-'} {rung.peer}\n{text.rstrip()}\n"
