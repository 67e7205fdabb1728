"""The one app: every part behind its path, its own 404 for what is not there, and health without a key."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from omnibound import __version__
from omnibound.api.base import ApiParts
from omnibound.bootstrap import dialect_settings, now_us, running
from omnibound.config import Config
from omnibound.dialects.base import App
from omnibound.domain.flow import Flow
from omnibound.ports import Share
from omnibound.web import make_app
from tests.asgi import call

pytestmark = pytest.mark.anyio

JSON = {"Accept": "application/json"}


class Site:
    """The app over a real server's parts, with connectors that are up or down as the test says."""

    def __init__(self, parts: Any, config: Config) -> None:
        self.ups: list[bool] = []
        self.conditions: dict[str, dict[str, Any]] = {}
        self.shares: dict[str, Share] = {}
        self.parts = parts
        self._config = config

    @property
    def app(self) -> App:
        channels: list[Any] = [
            SimpleNamespace(
                name=name,
                channel="SMS",
                up=lambda up=up: up,
                share=self.shares.get(name, Share(1, 1)),
                condition=lambda name=name: self.conditions.get(name, {}),
            )
            for name, up in zip("abc", self.ups, strict=False)
        ]
        worker = self.parts.worker
        api = ApiParts(channels, worker.load, worker.receiver.emit, self.parts.store, now_us, self.parts.admin_key)
        return make_app(self.parts.services, dialect_settings(self._config), api)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    config = Config(data=str(tmp_path), port=0)
    async with running(config) as parts:
        yield Site(parts, config)


@pytest.mark.parametrize(
    ("ups", "up", "down"), [([], 0, 0), ([True], 1, 0), ([False, False], 0, 2), ([True, False, True], 2, 1)]
)
async def test_health(site: Site, ups: list[bool], up: int, down: int) -> None:
    site.ups = ups
    answer = await call(site.app, "GET", "/health")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {
        "status": "ok",
        "version": __version__,
        "connectors": {"up": up, "down": down},
        "troubles": [
            {"connector": name, "channel": "SMS", "why": "it is down"}
            for name, each in zip("abc", ups, strict=False)
            if not each
        ],
        "alerts": [],
        "unfinished": 0,
        "in_memory": 0,
        "waiting": 0,
        "unmatched": 0,
        "ended": 0,
    }


async def test_health_names_what_is_down(site: Site) -> None:
    site.ups = [True, False, True]
    alarm = {"reason": "trunk_auth", "detail": "sip:403", "since": 1, "calls": 2}
    site.conditions = {
        "a": {"why": "", "alarm": None}, "b": {"why": "binding: refused", "alarm": alarm}, "c": {"alarm": alarm},
    }  # fmt: skip
    answer = await call(site.app, "GET", "/health")
    assert (answer.status, answer.json()["status"], answer.json()["troubles"]) == (
        200, "ok",
        [
            {"connector": "b", "channel": "SMS", "why": "binding: refused"},
            {"connector": "c", "channel": "SMS", "why": "it carries no calls: trunk_auth sip:403"},
        ],
    )  # fmt: skip


async def test_what_others_hold_or_nobody_waits_for_is_no_trouble(site: Site) -> None:
    site.ups = [False, False, False]
    site.shares = {"a": Share(0, 2)}
    site.conditions = {"b": {"why": "gone", "waiting": 0}, "c": {"why": "gone", "waiting": 1}}
    told = (await call(site.app, "GET", "/health")).json()
    assert told["connectors"] == {"up": 0, "down": 1}
    assert told["troubles"] == [{"connector": "c", "channel": "SMS", "why": "gone"}]


async def test_health_is_what_the_worker_tells(site: Site) -> None:
    site.parts.worker.on_born(SimpleNamespace(flow=Flow(steps=())), [], [], 3)
    assert (await call(site.app, "GET", "/health")).json()["unfinished"] == 3


async def test_a_head_has_no_less_than_its_get(site: Site) -> None:
    assert (await call(site.app, "HEAD", "/health")).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_health_is_only_looked_at(site: Site, method: str) -> None:
    answer = await call(site.app, method, "/health")
    assert (answer.status, sorted(answer.headers["allow"].split(", "))) == (405, ["GET", "HEAD"])


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/plain"),
        ("/health/", "text/plain"),
        ("/Health", "text/plain"),
        ("/nowhere", "text/plain"),
        ("/omni/1/nowhere", "application/json"),
        ("/omni/3/text", "application/json"),
        ("/api/v1/nowhere", "application/problem+json"),
        ("/api/v1/nowhere\n/at all", "application/problem+json"),
        ("/omni/1/nowhere\n", "application/json"),
        ("/voice_sms_campaign/nowhere\n/at/all", "application/json"),
    ],
)
async def test_what_is_not_there(site: Site, path: str, media_type: str) -> None:
    answer = await call(site.app, "GET", path, JSON)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (404, media_type)


@pytest.mark.parametrize("path", ["/omni/1/scenarios", "/omni/1/reports", "/api/v1/reports", "/api/v1/connectors"])
async def test_a_key_is_needed(site: Site, path: str) -> None:
    assert (await call(site.app, "GET", path, JSON)).status == 401


async def test_every_part_is_there_for_who_has_a_key(site: Site) -> None:
    operator = {"Authorization": f"App {site.parts.admin_key}"}
    assert (await call(site.app, "GET", "/api/v1/connectors", operator)).status == 200
    assert (await call(site.app, "GET", "/api/openapi.json")).json()["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://127.0.0.1:8080/health", 200),
        ("HTTP://anything.example/health", 200),
        ("https://anything.example/health?x=1", 200),
        ("http://127.0.0.1:8080/omni/1/reports", 401),
        ("http://127.0.0.1:8080", 404),
        ("http://127.0.0.1:8080/nowhere", 404),
        ("http:/health", 404),
        ("ftp://127.0.0.1/health", 404),
    ],
)
async def test_absolute_targets_lead_to_their_path(site: Site, target: str, status: int) -> None:
    assert (await call(site.app, "GET", target, JSON)).status == status
