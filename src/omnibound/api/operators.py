"""What operators see and steer: connectors, their traces, the load, and messages from people."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from omnibound.api.base import Ask, Cursor, to_date
from omnibound.domain.errors import NotFound
from omnibound.domain.facts import Inbound
from omnibound.ports import Channel


class ConnectorOut(Struct, frozen=True, kw_only=True):
    """A connector and how it is; what `condition` holds is its kind's own."""

    name: str
    channel: str
    carrier: str
    up: bool
    condition: dict[str, Any]


class ConnectorsOut(Struct, frozen=True, kw_only=True):
    """All of this node's connectors, in the order of the configuration."""

    connectors: list[ConnectorOut]


class TraceIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether every exchange with the provider is kept."""

    on: bool


class TraceStateOut(Struct, frozen=True, kw_only=True):
    """Whether every exchange is kept now."""

    name: str
    on: bool


class TraceOut(Struct, frozen=True, kw_only=True):
    """The exchanges that are kept, the oldest first, secrets blanked; what one holds is its kind's own."""

    name: str
    exchanges: list[Any]


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
    """A message from a person. `data` is what is no text, in Base64."""

    number: int
    connector: str
    channel: str
    sender: str
    recipient: str
    text: str
    at: datetime | None
    data: bytes
    part: PartOut | None


class InboundsOut(Struct, frozen=True, kw_only=True):
    """A page. `next` is the cursor of the following one; it is the one given if there is nothing more."""

    messages: list[InboundOut]
    next: Cursor


async def connectors(ask: Ask[None, None]) -> ConnectorsOut:
    """GET /api/v1/connectors."""
    return ConnectorsOut(
        connectors=[
            ConnectorOut(
                name=channel.name,
                channel=channel.channel,
                carrier=channel.carrier,
                up=channel.up(),
                condition=channel.condition(),
            )
            for channel in ask.parts.channels
        ]
    )


async def switch_trace(ask: Ask[None, TraceIn]) -> TraceStateOut:
    """PUT /api/v1/connectors/{name}/trace."""
    channel = _connector(ask)
    channel.trace(ask.body.on)
    return TraceStateOut(name=channel.name, on=ask.body.on)


async def read_trace(ask: Ask[None, None]) -> TraceOut:
    """GET /api/v1/connectors/{name}/trace."""
    channel = _connector(ask)
    # Not every kind of connector keeps exchanges, so the contract of channels does not ask for them.
    exchanges: Callable[[], Sequence[object]] | None = getattr(channel, "exchanges", None)
    if exchanges is None:
        raise NotFound("this kind of connector keeps no trace", "name")
    return TraceOut(name=channel.name, exchanges=list(exchanges()))


def _connector(ask: Ask[Any, Any]) -> Channel:
    name = ask.place["name"]
    for channel in ask.parts.channels:
        if channel.name == name:
            return channel
    raise NotFound(f"no connector is named {name}", "name")


async def load(ask: Ask[None, None]) -> Mapping[str, Any]:
    """GET /api/v1/load."""
    return ask.parts.load()


async def inbound(ask: Ask[InboundWish, None]) -> InboundsOut:
    """GET /api/v1/inbound?after=&limit=."""
    page = await ask.parts.store.inbound.page(ask.query.after, ask.query.limit)
    return InboundsOut(
        messages=[_write_inbound(number, message) for number, message in page],
        next=page[-1][0] if page else ask.query.after,
    )


def _write_inbound(number: int, message: Inbound) -> InboundOut:
    of = message.reference
    return InboundOut(
        number=number,
        connector=message.connector,
        channel=message.channel,
        sender=message.sender,
        recipient=message.recipient,
        text=message.text,
        at=to_date(message.at),
        data=message.data,
        part=PartOut(reference=of[0], total=of[1], number=of[2]) if of else None,
    )
