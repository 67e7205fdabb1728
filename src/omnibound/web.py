"""One ASGI app: the dialects, the native API, and what says how the server is."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from omnibound import __version__, api
from omnibound.api.base import ApiParts
from omnibound.dialects.base import App, dialects, plain_target
from omnibound.ports import Channel
from omnibound.services.base import Services

ANSWERS_WITHIN_S = 2.0
"""A database that needs longer for a read of nothing is away, says `/health`."""


def make_app(services: Services, settings: dict[str, Any], parts: ApiParts) -> App:
    """The app. `settings` are the dialects' by name."""

    async def health(request: Request) -> Response:
        up = sum(channel.up() for channel in parts.channels)
        connectors = {"up": up, "down": len(parts.channels) - up}
        well = await parts.store.answers(ANSWERS_WITHIN_S)
        told = {"status": "ok" if well else "degraded", "version": __version__, "connectors": connectors}
        body = {**told, "troubles": troubles_of(parts.channels), **parts.load()}
        return Response(msgspec.json.encode(body), 200 if well else 503, media_type="application/json")

    routes: list[BaseRoute] = [Route("/health", health, methods=["GET"])]
    for dialect in dialects():
        routes += dialect.routes(services, settings[dialect.NAME])
    routes += api.routes(services, parts)
    routes = [with_all_below(route) for route in routes]
    # A bare router: every part answers its own errors, and two layers of middleware a request cost a tenth of it.
    return plain_target(Router(routes, redirect_slashes=False))


def troubles_of(channels: Sequence[Channel]) -> list[dict[str, str]]:
    """Connectors that are down, and trunks that are up but carry no calls, each with why. No secrets."""
    return [
        {"connector": channel.name, "channel": channel.channel, "why": why}
        for channel in channels
        if (why := _trouble(channel))
    ]


def _trouble(channel: Channel) -> str:
    condition = channel.condition()
    if not channel.up():
        return str(condition.get("why") or "it is down")
    alarm = condition.get("alarm")
    return f"it carries no calls: {alarm['reason']} {alarm['detail']}".rstrip() if isinstance(alarm, Mapping) else ""


def with_all_below(route: BaseRoute) -> BaseRoute:
    """A mount has paths with a line's end in them (`%0A`) as well: whose the prefix is tells that nothing is there."""
    if isinstance(route, Mount):
        route.path_regex = re.compile(route.path_regex.pattern, re.DOTALL)
    return route
