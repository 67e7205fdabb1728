"""Conpeek's own samples and our choices: requests verbatim, whole answers; ids, dates and some texts by shape."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from omnibound.bootstrap import Running, running
from omnibound.config import Config
from omnibound.dialects import conpeek
from omnibound.domain.announcement import Announcement
from omnibound.domain.campaign import Campaign, Wish
from omnibound.domain.ids import Mint
from omnibound.services.keep_accounts import Accounts
from tests.asgi import Answer, call

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parent.parent / "cases" / "conpeek"
NAMES = sorted(path.stem for path in CASES.glob("*.json"))
CAMPAIGN = "5b7c389fe8df7b60af688989"
ANNOUNCEMENT = "5b7c78389fe80f7b60af688989"
VOICE = "5b3c78874fe80o7c60af632189"
SHAPES = {"<id>": r"[0-9a-f]{24}", "<date>": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<text>": r"(?s).+"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Running]:
    """A server with the seed's voice, announcement and campaign, a finished campaign, and another account."""
    async with running(Config(data=str(tmp_path), voices=({"id": VOICE, "engine": "espeak"},))) as parts:
        accounts = Accounts(parts.store.accounts, Mint(1), lambda: 1)
        await accounts.add("Conpeek", api_key="conpeek-key")
        await accounts.add("Other", api_key="other-key")
        own = (await parts.store.accounts.all())[0]
        recording = Announcement(
            id=ANNOUNCEMENT, account=own.id, name="a", length_ms=1, octets=1, stem="s", created_at=1
        )
        await parts.store.announcements.add(recording)
        for id_ in (CAMPAIGN, "finished"):
            await parts.services.campaigns.add(own, Campaign(id=id_, account=0, name=id_))
        await parts.services.campaigns.say(own, "finished", Wish.FINISH)
        yield parts


@pytest.fixture
def app(house: Running) -> Starlette:
    return Starlette(routes=conpeek.routes(house.services, conpeek.Settings()))


def like(expected: Any, told: Any) -> Any:
    """What is expected, with shapes replaced by what was told where it fits."""
    if isinstance(expected, str) and expected in SHAPES:
        return told if isinstance(told, str) and re.fullmatch(SHAPES[expected], told) else expected
    if isinstance(expected, dict) and isinstance(told, dict):
        return {name: like(value, told.get(name)) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(told, list) and len(expected) == len(told):
        return [like(one, other) for one, other in zip(expected, told, strict=True)]
    return expected


async def ask(app: Starlette, exchange: dict[str, Any], kept: dict[str, str]) -> Answer:
    target = re.sub(r"\{(\w+)\}", lambda match: kept[match[1]], exchange["target"])
    return await call(app, exchange["method"], target, exchange["headers"], exchange["body"].encode())


@pytest.mark.parametrize("name", NAMES)
async def test_exchanges(app: Starlette, name: str) -> None:
    kept: dict[str, str] = {}
    for exchange in json.loads((CASES / f"{name}.json").read_text())["exchanges"]:
        answer = await ask(app, exchange, kept)
        told = answer.json()
        assert (answer.status, told) == (exchange["status"], like(exchange["answer"], told)), exchange["target"]
        assert list(told) == list(exchange["answer"])
        assert answer.headers["content-type"] == "application/json"
        if "keep" in exchange:
            kept[exchange["keep"]] = told["data"]["id"]
