"""Sending through a scenario."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from omnibound.api.base import Ask, from_date
from omnibound.api.deliveries import ReasonWord
from omnibound.api.people import AddressesOut, read_phone, write_addresses
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import DAY, SECOND
from omnibound.domain.message import Addresses, Class, Content
from omnibound.domain.order import Order, Person, Placed, PlacedRow
from omnibound.domain.status import MEANINGS, Reason
from omnibound.wire.addresses import MAX_ADDRESS, is_email

SLICE = 1_000
"""Nobody else waits longer than it takes to read or write this many people."""

MAX_PEOPLE = 20_000
MAX_AHEAD = 180 * DAY

Address = Annotated[str, Meta(max_length=MAX_ADDRESS)]
Channel = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,31}$")]


class ContentIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one channel says. `options` are what only that channel knows."""

    text: Annotated[str, Meta(max_length=100_000)] = ""
    subject: Annotated[str, Meta(max_length=1_000)] = ""
    options: dict[str, Any] = {}
    validity_s: Annotated[float, Meta(gt=0, description="How long it is tried, at most as configured.")] | None = None


class PersonIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One destination. `push` is a registration; `more` holds other addresses by channel. `id` is your own for it."""

    phone: Annotated[str, Meta(max_length=40)] = ""
    email: Address = ""
    push: Address = ""
    more: dict[str, Address] = {}
    id: Annotated[str, Meta(max_length=200)] = ""


class SendIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message for one or many people. Without `scenario` the account's default one is followed.

    Without `class`, up to 10 people are urgent, and more than 1,000 are bulk.
    """

    to: Annotated[list[PersonIn], Meta(min_length=1, max_length=MAX_PEOPLE)]
    content: Annotated[dict[Channel, ContentIn], Meta(min_length=1, description="By channel: SMS, PUSH, EMAIL, ...")]
    scenario: Annotated[str, Meta(max_length=64)] = ""
    send_at: Annotated[datetime, Meta(tz=True, description="At most 180 days ahead; past: at once.")] | None = None
    cls: Literal["urgent", "normal", "bulk"] | None = field(default=None, name="class")
    callback_data: Annotated[str, Meta(max_length=4_000, description="Comes back with the reports.")] = ""
    bulk: Annotated[str, Meta(max_length=100, description="Your id for all; made for several if empty.")] = ""


class PlacedOut(Struct, frozen=True, kw_only=True):
    """One person of the request, in its order. `refused` says why nothing will be sent, null if it will."""

    id: str
    to: AddressesOut
    refused: ReasonWord | None = None
    meaning: str | None = None


class SentOut(Struct, frozen=True, kw_only=True):
    """What became of a request."""

    bulk: str
    scheduled: bool
    messages: list[PlacedOut]


_SPOKEN = {f"voice.{name}": f"content.VOICE.options.{name}" for name in ("ssml", "voice", "announcement")}
_FIELDS = {
    "scenarioKey": "scenario", "key": "scenario", "destinations": "to", "voice.text": "content.VOICE.text", **_SPOKEN,
}  # fmt: skip
"""The services' names of members -> those of this API."""


async def send(ask: Ask[None, SendIn]) -> SentOut:
    """POST /api/v1/messages."""
    order = await read_order(ask.body, ask.parts.clock())
    try:
        placed = await ask.services.send(ask.account, order)
    except (Invalid, NotFound) as error:
        # A scenario that is not there makes a bad request; the path itself is there.
        raise Invalid(error.text, _FIELDS.get(error.field, error.field)) from error
    return await _write(placed)


async def read_order(given: SendIn, now: int) -> Order:
    """The order that a request asks for. `now`: microseconds UTC. Raises Invalid."""
    people: list[Person] = []
    for start in range(0, len(given.to), SLICE):
        people += [_person(person) for person in given.to[start : start + SLICE]]
        await _rest(given.to)
    return Order(
        people=people,
        content={
            channel: read_content(f"content.{channel}", each.text, each.subject, each.options)
            for channel, each in given.content.items()
        },
        scenario=given.scenario,
        bulk=given.bulk,
        validity={
            channel: max(1, int(min(content.validity_s, MAX_AHEAD) * SECOND))
            for channel, content in given.content.items()
            if content.validity_s is not None
        },
        send_at=_send_at(given.send_at, now),
        callback_data=given.callback_data,
        cls=None if given.cls is None else Class[given.cls.upper()],
    )


def _send_at(date: datetime | None, now: int) -> int:
    at = from_date(date)
    if at > now + MAX_AHEAD:
        raise Invalid("at most 180 days ahead", "send_at")
    return at if at > now else 0


def read_content(field: str, text: str, subject: str, options: dict[str, Any]) -> Content:
    """What one channel says. Raises Invalid, naming it by `field`."""
    try:
        msgspec.msgpack.encode(options)
    except (OverflowError, RecursionError) as error:
        raise Invalid("whole numbers have 64 bits at most", f"{field}.options") from error
    if not (text or subject or options):
        raise Invalid("says nothing", field)
    return Content(text=text, subject=subject, options=options)


def _person(given: PersonIn) -> Person:
    phone = read_phone(given.phone)
    more = {kind: address for kind, address in given.more.items() if address}
    to = Addresses(phone=phone, email=given.email, push=given.push, more=more)
    return Person(to, given.id, _fault(given, to))


def _fault(given: PersonIn, to: Addresses) -> Reason | None:
    if (given.phone.strip() and not to.phone) or (to.email and not is_email(to.email)):
        return Reason.INVALID_ADDRESS
    return None if to.phone or to.email or to.push or to.more else Reason.NO_ADDRESS


async def _write(placed: Placed) -> SentOut:
    rows: list[PlacedOut] = []
    for start in range(0, len(placed.rows), SLICE):
        rows += [_row(row) for row in placed.rows[start : start + SLICE]]
        await _rest(placed.rows)
    return SentOut(bulk=placed.bulk, scheduled=placed.scheduled, messages=rows)


def _row(row: PlacedRow) -> PlacedOut:
    to = write_addresses(row.to)
    if row.refused is None:
        return PlacedOut(id=row.message_id, to=to)
    return PlacedOut(id=row.message_id, to=to, refused=row.refused.name.lower(), meaning=MEANINGS[row.refused].words)


async def _rest(whole: list[Any]) -> None:
    if len(whole) > SLICE:
        await asyncio.sleep(0)
