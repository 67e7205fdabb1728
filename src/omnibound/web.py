"""One ASGI app: the dialects, the native API, and what says how the server is."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from omnibound import __version__, api
from omnibound.api import unsubscribe
from omnibound.api.base import ApiParts
from omnibound.dialects.base import App, dialects, plain_target
from omnibound.ports import Channel
from omnibound.services.base import Services
from omnibound.services.mail_addresses import MailAddresses
from omnibound.watch.watch import AlertsNow, Watch
from omnibound.web_metrics import counted, metrics_routes

ANSWERS_WITHIN_S = 2.0
"""A database that needs longer for a read of nothing is away, says `/health`."""
NATIVE = "native"
"""What the native API is called beside the dialects."""


def make_app(
    services: Services, settings: dict[str, Any], parts: ApiParts, watch: Watch | None = None, token: str = ""
) -> App:
    """The app. `settings` are the dialects' by name.

    With `watch` its requests are counted, and it tells the metrics; `token` opens them from elsewhere.
    """

    async def health(request: Request) -> Response:
        channels = ours(parts.channels)
        up = sum(channel.up() for channel in channels)
        connectors = {"up": up, "down": len(channels) - up}
        well = await parts.store.answers(ANSWERS_WITHIN_S)
        told = {"status": "ok" if well else "degraded", "version": __version__, "connectors": connectors}
        body = {**told, "troubles": troubles_of(channels), "alerts": firing(parts.alerts()), **parts.load()}
        return Response(msgspec.json.encode(body), 200 if well else 503, media_type="application/json")

    routes: list[BaseRoute] = [Route("/health", health, methods=["GET"]), *metrics_routes(watch, token)]
    for dialect in dialects():
        routes += counted(dialect.routes(services, settings[dialect.NAME]), dialect.NAME, watch)
    routes += counted(api.routes(services, parts), NATIVE, watch)
    routes += unsubscribe.routes(MailAddresses(parts.store, services.ids, parts.clock))
    routes = [with_all_below(route) for route in routes]
    # A bare router: every part answers its own errors, and two layers of middleware a request cost a tenth of it.
    return plain_target(Router(routes, redirect_slashes=False))


def ours(channels: Sequence[Channel]) -> list[Channel]:
    """Those of which this node holds some, without what is there for the late receipts of a removed one only."""
    return [channel for channel in channels if channel.share.binds and channel.condition().get("waiting") != 0]


def troubles_of(channels: Sequence[Channel]) -> list[dict[str, str]]:
    """Connectors that are down, and trunks that are up but carry no calls, each with why. No secrets."""
    return [
        {"connector": channel.name, "channel": channel.channel, "why": why}
        for channel in channels
        if (why := _trouble(channel))
    ]


def firing(alerts: AlertsNow) -> list[dict[str, str]]:
    """What has fired and is not cleared; of whom, only operators are told."""
    return [{"rule": alert.rule, "kind": alert.kind.value} for alert in alerts.firing]


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
