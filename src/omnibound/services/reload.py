"""What reading the configuration anew has changed in a running server; `bootstrap_reload` does it."""

from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec import Struct

from omnibound.domain.errors import Unavailable

What = Literal["added", "changed", "rebound", "rebinding", "removed"]
"""`changed`: goes on by other settings, nothing interrupted. `rebound`: another connection carries now, and the old one
drains. `rebinding`: the new connection is not up yet, so the old one goes on.
"""


class ConnectorChange(Struct, frozen=True, kw_only=True):
    """What happened to a connector. `settings`: which of them differ. `why` it is not up, where it is not."""

    name: str
    what: What
    settings: tuple[str, ...] = ()
    up: bool = True
    why: str = ""


class Later(Struct, frozen=True, kw_only=True):
    """A setting that differs, and holds from the next start on only; and why."""

    path: str
    why: str


class Reloaded(Struct, frozen=True, kw_only=True):
    """All that was done: connectors, other `settings` that hold now, and what needs a `restart`."""

    connectors: tuple[ConnectorChange, ...] = ()
    settings: tuple[str, ...] = ()
    restart: tuple[Later, ...] = ()


Reload = Callable[[], Awaitable[Reloaded]]
"""Reads the configuration anew. Raises Faulty, and changes nothing, where it cannot be used."""


async def no_reload() -> Reloaded:
    """Where there is no file to be read."""
    raise Unavailable("this server cannot read its configuration anew")
