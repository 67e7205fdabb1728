"""A server's looks, as a test wants them."""

from typing import Any

from omnibound.watch.look import Connector, Line, Look


def connector(name: str = "a", **other: Any) -> Connector:
    return Connector(**{"name": name, "channel": "SMS", "up": True, "why": "", "lines": (), **other})


def line(cls: str = "bulk", number: int = 0, since: int = 0) -> Line:
    return Line(cls=cls, number=number, since=since)


def look(at: int = 0, *connectors: Connector, **other: Any) -> Look:
    return Look(at=at, connectors=connectors, **other)
