"""What a dialect offers, how dialects are found, and what all of them need done to a request's target."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from starlette.routing import BaseRoute

from omnibound.ports import MemberFormat, ReportFormat
from omnibound.services.base import Services

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Dialect(Protocol):
    """What the package of a dialect has at its top."""

    NAME: str
    """The folder's name."""
    SECTION: str
    """The table of the configuration that `Settings` is read from."""
    Settings: type
    """A msgspec struct in which every field has a default."""

    def report_formats(self, settings: Any) -> Mapping[str, ReportFormat]:
        """How it writes what is pushed, by names that begin with `NAME.`, the usual one first."""
        ...

    def member_formats(self, settings: Any) -> Mapping[str, MemberFormat]:
        """How it writes what its applications are told of members of campaigns, by names like those."""
        ...

    def routes(self, services: Services, settings: Any) -> list[BaseRoute]:
        """The paths it serves, 404 below its prefixes included; `settings` is an instance of `Settings`."""
        ...


def dialects() -> list[Dialect]:
    """Every folder beside this module that offers a dialect, by name."""
    package = import_module("omnibound.dialects")
    names = sorted(module.name for module in iter_modules(package.__path__) if module.ispkg)
    return [cast("Dialect", import_module(f"{package.__name__}.{name}")) for name in names]


def plain_target(app: App) -> App:
    """An ASGI app that routes on the path alone, though the client has sent an absolute-form target (RFC 9112, 3.2.2).

    The Python 2 client of Infobip does so without a proxy, and not every server takes scheme and host off.
    """

    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] == "http" and path[:4].lower() == "http" and "://" in path[:8]:
            scope = {**scope, "path": urlsplit(path).path or "/"}
            raw = scope.get("raw_path")
            if raw:
                scope["raw_path"] = b"/" + raw.split(b"://", 1)[-1].partition(b"/")[2]
        await app(scope, receive, send)

    return plain
