"""`/metrics`: who may read it, and that what every dialect is asked is counted."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

from omnibound.api.base import ApiParts
from omnibound.bootstrap import Running, dialect_settings, now_us, running
from omnibound.bootstrap_watching import watched
from omnibound.config import Config
from omnibound.dialects.base import App
from omnibound.watch.watch import Watch
from omnibound.web import make_app
from omnibound.web_metrics import counted
from tests.asgi import call

pytestmark = pytest.mark.anyio

TOKEN = "hunter2"


class Site:
    def __init__(self, parts: Running, watch: Watch) -> None:
        self.parts = parts
        self.watch = watch

    def app(self, token: str = "", client: str = "127.0.0.1") -> App:
        worker = self.parts.worker
        api = ApiParts(
            self.parts.channels, worker.load, worker.receiver.emit, self.parts.store, now_us, self.parts.admin_key,
            self.watch.alerts,
        )  # fmt: skip
        made = make_app(self.parts.services, dialect_settings(self.parts.config), api, self.watch, token)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await made({**scope, "client": (client, 1) if client else None}, receive, send)

        return app


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    config = Config(data=str(tmp_path_factory.mktemp("data")), port=0)
    async with running(config) as parts, watched(config, parts) as watch:
        yield Site(parts, watch)


@pytest.mark.parametrize(
    ("token", "client", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 200),
        ("", "127.9.9.9", {}, 200),
        ("", "::1", {}, 200),
        ("", "192.0.2.1", {}, 403),
        ("", "", {}, 403),
        ("", "a socket", {}, 403),
        ("", "192.0.2.1", {"Authorization": "Bearer "}, 403),
        ("", "127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 403),
        ("", "127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 403),
        ("", "127.0.0.1", {"Via": "1.1 proxy"}, 403),
        ("", "127.0.0.1", {"X-Real-IP": "127.0.0.1"}, 403),
        (TOKEN, "127.0.0.1", {}, 200),
        (TOKEN, "192.0.2.1", {}, 401),
        (TOKEN, "192.0.2.1", {"Authorization": f"Bearer {TOKEN}"}, 200),
        (TOKEN, "192.0.2.1", {"Authorization": f"bearer  {TOKEN}"}, 200),
        (TOKEN, "192.0.2.1", {"Authorization": f"Bearer {TOKEN}x"}, 401),
        (TOKEN, "192.0.2.1", {"Authorization": f"Basic {TOKEN}"}, 401),
        (TOKEN, "192.0.2.1", {"Authorization": TOKEN}, 401),
        (TOKEN, "127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 401),
        (TOKEN, "127.0.0.1", {"X-Forwarded-For": "192.0.2.1", "Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
async def test_who_may_read(site: Site, token: str, client: str, headers: dict[str, str], status: int) -> None:
    answer = await call(site.app(token, client), "GET", "/metrics", headers)
    assert answer.status == status
    assert (b"omnibound_info" in answer.body) == (status == 200)
    assert TOKEN.encode() not in answer.body
    assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)


async def test_what_is_told(site: Site) -> None:
    answer = await call(site.app(), "GET", "/metrics", {"Accept": "text/plain"})
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    assert b"process_cpu_seconds_total" in answer.body
    openmetrics = await call(site.app(), "GET", "/metrics", {"Accept": "application/openmetrics-text"})
    assert openmetrics.body.endswith(b"# EOF\n")
    assert (await call(site.app(), "POST", "/metrics")).status == 405


async def test_nobody_watches(site: Site, tmp_path: Path) -> None:
    parts = site.parts
    api = ApiParts([], parts.worker.load, parts.worker.receiver.emit, parts.store, now_us, parts.admin_key)
    app = make_app(parts.services, dialect_settings(parts.config), api)
    assert (await call(app, "GET", "/metrics")).status == 404


async def test_requests_are_counted_by_dialect_and_status(site: Site) -> None:
    site.watch.tallies.requests.clear()
    app = site.app()
    for path in (
        "/omni/1/scenarios",
        "/omni/1/nowhere",
        "/voice_sms_campaign/x",
        "/RI/obi/campaigns",
        "/api/openapi.json",
    ):
        await call(app, "GET", path)
    assert site.watch.tallies.requests == {
        ("infobip_omni", 401): 1,
        ("infobip_omni", 404): 1,
        ("conpeek", 404): 1,
        ("sinch_obi", 401): 1,
        ("native", 200): 1,
    }
    assert (
        b'omnibound_http_requests_total{dialect="native",status="200"} 1.0' in (await call(app, "GET", "/metrics")).body
    )


async def test_what_raises_is_a_500(site: Site) -> None:
    async def fails(_request: Request) -> PlainTextResponse:
        raise ZeroDivisionError

    site.watch.tallies.requests.clear()
    (route,) = counted([Route("/x", fails)], "odd", site.watch)
    with pytest.raises(ZeroDivisionError):
        await call(Router([route]), "GET", "/x")
    assert site.watch.tallies.requests == {("odd", 500): 1}


async def test_mounts_are_counted_too(site: Site) -> None:
    async def well(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("well")

    site.watch.tallies.requests.clear()
    routes = counted([Mount("/below", app=Router([Route("/x", well)]))], "odd", site.watch)
    assert (await call(Router(routes), "GET", "/below/x")).body == b"well"
    assert site.watch.tallies.requests == {("odd", 200): 1}
