"""One ASGI app: the dialects, the native API, and what says how the server is."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router

from omnibound import __version__, api
from omnibound.api.base import ApiParts
from omnibound.dialects.base import App, dialects, plain_target
from omnibound.services.base import Services


def make_app(services: Services, settings: dict[str, Any], parts: ApiParts) -> App:
    """The app. `settings` are the dialects' by name."""

    async def health(request: Request) -> Response:
        up = sum(channel.up() for channel in parts.channels)
        connectors = {"up": up, "down": len(parts.channels) - up}
        body = {"status": "ok", "version": __version__, "connectors": connectors, **parts.load()}
        return Response(msgspec.json.encode(body), media_type="application/json")

    routes: list[BaseRoute] = [Route("/health", health, methods=["GET"])]
    for dialect in dialects():
        routes += dialect.routes(services, settings[dialect.NAME])
    routes += api.routes(services, parts)
    # A bare router: every part answers its own errors, and two layers of middleware a request cost a tenth of it.
    return plain_target(Router(routes, redirect_slashes=False))
