"""What operators read of alerts."""

from pathlib import Path

import pytest
from starlette.applications import Starlette

from omnibound.api.base import ApiParts
from omnibound.api.routes import routes
from omnibound.bootstrap import now_us
from omnibound.domain.alerts import Alert, Kind
from omnibound.watch.watch import AlertsNow
from tests.api.house import ADMIN, ALADDIN, House

pytestmark = pytest.mark.anyio

FIRED = Alert(
    rule="links", kind=Kind.LINK_DOWN, subject="carrier-a", value=1, threshold=0.5, words="refused",
    since=1_763_750_000_000_000, fired_at=1_763_750_060_000_000,
)  # fmt: skip
TOLD = {
    "rule": "links",
    "kind": "link_down",
    "subject": "carrier-a",
    "value": 1.0,
    "threshold": 0.5,
    "words": "refused",
    "since": "2025-11-21T18:33:20Z",
    "fired_at": "2025-11-21T18:34:20Z",
    "cleared_at": None,
}


async def test_only_operators(house: House) -> None:
    for headers in ({}, ALADDIN):
        assert (await house.call("GET", "/api/v1/alerts", None, headers)).status == 401


async def test_nobody_watches(house: House) -> None:
    told = (await house.call("GET", "/api/v1/alerts", None, ADMIN)).json()
    assert (told["firing"], told["past"], told["undelivered"]) == ([], [], 0)
    assert told["secret"].startswith("whsec_")
    again = (await house.call("GET", "/api/v1/alerts", None, ADMIN)).json()
    assert again == told


async def test_what_has_fired(house: House, tmp_path: Path) -> None:
    parts = house.running
    api = ApiParts(
        [], parts.worker.load, parts.worker.receiver.emit, parts.store, now_us, ADMIN["Authorization"][4:],
        lambda: AlertsNow(firing=[FIRED], undelivered=2),
    )  # fmt: skip
    house.app = Starlette(routes=routes(parts.services, api))
    told = (await house.call("GET", "/api/v1/alerts", None, ADMIN)).json()
    assert (told["firing"], told["past"], told["undelivered"]) == ([TOLD], [], 2)
