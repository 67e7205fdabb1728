"""Messages from people: an account reads its own, operators all of them as they came."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from omnibound.api.base import NOBODY, Ask, Cursor, to_date
from omnibound.domain.facts import Inbound
from omnibound.domain.received import Received


class InboundWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and how much."""

    after: Annotated[Cursor, Meta(description="The `next` of the page before; 0 for the oldest.")] = 0
    limit: Annotated[int, Meta(ge=1, le=1_000, description="Messages a page.")] = 100


class PartOut(Struct, frozen=True, kw_only=True):
    """What a message is part of: `number` (from 1) of `total` with one `reference`."""

    reference: int
    total: int
    number: int


class InboundOut(Struct, frozen=True, kw_only=True):
    """A message from a person. `data` is what is no text, in Base64. `number` orders what one may read.

    An account reads it whole, under the `id` that it is pushed with, with the `keyword` by which it came to it;
    `missing` is how many parts never came. Operators read it as it came: a `part` each, without an `id`.
    """

    number: int
    id: str
    connector: str
    channel: str
    sender: str
    recipient: str
    text: str
    at: datetime | None
    data: bytes
    part: PartOut | None
    keyword: str
    missing: int


class InboundsOut(Struct, frozen=True, kw_only=True):
    """A page. `next` is the cursor of the following one; it is the one given if there is nothing more."""

    messages: list[InboundOut]
    next: Cursor


async def read(ask: Ask[InboundWish, None]) -> InboundsOut:
    """GET /api/v1/inbound?after=&limit=."""
    wish, inbound = ask.query, ask.services.inbound
    if ask.account is NOBODY:
        messages = [_write_part(*each) for each in await inbound.as_it_came(wish.after, wish.limit)]
    else:
        messages = [write_received(*each) for each in await inbound.page(ask.account, wish.after, wish.limit)]
    return InboundsOut(messages=messages, next=messages[-1].number if messages else wish.after)


def write_received(id_: str, received: Received) -> InboundOut:
    """A whole message as its account is told of it."""
    return InboundOut(
        number=received.id,
        id=id_,
        connector=received.connector,
        channel=received.channel,
        sender=received.sender,
        recipient=received.recipient,
        text=received.text,
        at=to_date(received.at),
        data=received.data,
        part=None,
        keyword=received.keyword,
        missing=received.missing,
    )


def _write_part(number: int, message: Inbound) -> InboundOut:
    of = message.reference
    return InboundOut(
        number=number,
        id="",
        connector=message.connector,
        channel=message.channel,
        sender=message.sender,
        recipient=message.recipient,
        text=message.text,
        at=to_date(message.at),
        data=message.data,
        part=PartOut(reference=of[0], total=of[1], number=of[2]) if of else None,
        keyword="",
        missing=0,
    )
