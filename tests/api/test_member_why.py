"""Why somebody is not being called, by the native API: one answer, by the id that their request was given."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.house import House, a_house

pytestmark = pytest.mark.anyio

CAMPAIGNS = "/api/v1/campaigns"


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(monkeypatch, tmp_path) as opened:
        yield opened


async def asked(house: House, who: str, campaign: str = "c") -> tuple[int, dict[str, Any]]:
    answer = await house.call("GET", f"{CAMPAIGNS}/{campaign}/members/{who}/why")
    return answer.status, answer.json()


async def test_one_answer_by_its_id(house: House) -> None:
    later = "2100-01-01T09:00:00Z"
    assert (await house.call("POST", CAMPAIGNS, {"id": "c", "name": "C", "caller": "4822"})).status == 201
    assert (await house.call("POST", CAMPAIGNS, {"id": "d", "name": "D"})).status == 201
    body = {"requests": [{"phone": "48123123123", "not_before": later}]}
    (made,) = (await house.call("POST", f"{CAMPAIGNS}/c/requests", body)).json()["requests"]
    told = {"id": made["id"], "external_id": "", "until": None, "since": None, "detail": ""}
    assert await asked(house, made["id"]) == (200, {**told, "cause": "not_started"})
    assert (await house.call("POST", f"{CAMPAIGNS}/c/start")).status == 200
    async with asyncio.timeout(20):
        while (await asked(house, made["id"]))[1]["cause"] == "paused":  # noqa: ASYNC110 - it is let go behind
            await asyncio.sleep(0.02)
    assert await asked(house, made["id"].upper()) == (200, {**told, "cause": "later", "until": later})
    for who, campaign in ((made["id"], "d"), (made["id"], "none"), ("0" * 24, "c"), ("anna", "c"), ("%2A", "c")):
        assert (await asked(house, who, campaign))[0] == 404


async def test_the_list_of_causes_has_it_too(house: House) -> None:
    await house.call("POST", CAMPAIGNS, {"id": "c", "name": "C"})
    await house.call("POST", f"{CAMPAIGNS}/c/requests", {"requests": [{"phone": "48123123123"}]})
    told = (await house.call("GET", f"{CAMPAIGNS}/c/waiting")).json()
    assert told == {"looked_at": 1, "waiting": [{"cause": "not_started", "number": 1, "until": None}]}
