"""What operators see and steer: connectors, their traces, and the load."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from omnibound.api.base import Ask
from omnibound.domain.errors import NotFound
from omnibound.ports import Channel
from omnibound.services.reload import Reloaded


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


async def reload(ask: Ask[None, None]) -> Reloaded:
    """POST /api/v1/reload."""
    return await ask.parts.reload()


async def load(ask: Ask[None, None]) -> Mapping[str, Any]:
    """GET /api/v1/load."""
    return ask.parts.load()
