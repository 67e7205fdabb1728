"""`/metrics`, and the count of what every dialect is asked; a part of `web`."""

import hmac
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from omnibound.dialects.base import App, Receive, Scope, Send
from omnibound.watch.watch import Watch

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
"""Headers of proxies: who comes through one of this machine is not of this machine."""


def metrics_routes(watch: Watch | None, token: str) -> list[BaseRoute]:
    """Where the metrics are read: from this machine, or with the token."""
    if watch is None:
        return []

    async def metrics(request: Request) -> Response:
        if not (_has_token(request, token) or _is_local(request)):
            return _refusal(token)
        text, media_type = await watch.metrics(request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    return [Route("/metrics", metrics, methods=["GET"])]


def _has_token(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), token.encode())
    return bool(token) and scheme.lower() == "bearer" and right


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _refusal(token: str) -> Response:
    if token:
        return Response("the token is needed\n", 401, {"WWW-Authenticate": "Bearer"}, "text/plain")
    return Response("only this machine may read this; [metrics] token opens it\n", 403, media_type="text/plain")


def counted(routes: Sequence[BaseRoute], dialect: str, watch: Watch | None) -> list[BaseRoute]:
    """The same routes, with what they answer counted where somebody watches."""
    for route in routes:
        if watch is not None and isinstance(route, Route | Mount):
            route.app = _counted(route.app, dialect, watch)
    return list(routes)


def _counted(app: App, dialect: str, watch: Watch) -> Any:
    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = 500

        async def sent(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, sent)
        finally:
            took = time.perf_counter() - began
            watch.requested(dialect, scope.get("method", ""), status, took, scope.get("headers", ()))

    return counting
