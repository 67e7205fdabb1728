"""Our numbers, and what people write to them: an account reads its own, operators keep the numbers."""

import asyncio
from typing import Any

import msgspec
import pytest

from omnibound.api.inbound import write_received
from omnibound.api.report_pushes import NativeReports
from omnibound.domain.facts import Inbound
from tests.api.house import ADMIN, ALADDIN, JAFAR, House

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def nothing_is_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test says what came of it."""
    monkeypatch.setattr("omnibound.reports.push.Pusher.start", lambda _self: None)


def said(text: str, part: tuple[int, int, int] | None = None, to: str = "7070") -> Inbound:
    return Inbound("sms-a", "SMS", "48600100200", to, text, 1_700_000_000_000_000, b"", part)


async def number(house: House, **members: Any) -> Any:
    answer = await house.call("POST", "/api/v1/numbers", {"number": "7070", "account": "Aladdin", **members}, ADMIN)
    assert answer.status == 201, answer.body
    return answer.json()


async def read(house: House, query: str = "", headers: Any = ALADDIN) -> Any:
    return (await house.call("GET", f"/api/v1/inbound{query}", headers=headers)).json()


async def came(house: House, count: int) -> Any:
    """What the account reads when there is so much of it."""
    async with asyncio.timeout(10):
        while len((told := await read(house))["messages"]) < count:  # noqa: ASYNC110 - a client is not told
            await asyncio.sleep(0.02)
    return told


async def test_an_account_reads_its_own_whole(house: House) -> None:
    await number(house, keyword="win")
    await number(house, account="Jafar")
    emit = house.running.worker.receiver.emit
    await emit([said("b", (9, 2, 2)), said("hello"), said("win a", (9, 2, 1))])
    told = await came(house, 1)
    (message,) = told["messages"]
    assert {**message, "number": 0, "id": ""} == {
        "number": 0,
        "id": "",
        "connector": "sms-a",
        "channel": "SMS",
        "sender": "48600100200",
        "recipient": "7070",
        "text": "win ab",
        "at": "2023-11-14T22:13:20Z",
        "data": "",
        "part": None,
        "keyword": "win",
        "missing": 0,
    }
    assert house.running.services.ids.id(message["id"]) == message["number"] == told["next"]
    assert await read(house, f"?after={told['next']}") == {"messages": [], "next": told["next"]}
    assert [each["text"] for each in (await read(house, headers=JAFAR))["messages"]] == ["hello"]
    assert len((await read(house, headers=ADMIN))["messages"]) == 3


async def test_nobody_else_reads(house: House) -> None:
    answer = await house.call("GET", "/api/v1/inbound", headers={"Authorization": "App nobody's"})
    assert answer.status == 401
    assert (await house.call("GET", "/api/v1/inbound", headers={})).status == 401


async def test_numbers(house: House) -> None:
    one = await number(house, number="+48 500", keyword="Win", url="https://shop/", format="native")
    assert {**one, "id": "", "created_at": ""} == {
        "id": "",
        "number": "48500",
        "account": "Aladdin",
        "channel": "SMS",
        "keyword": "win",
        "url": "https://shop/",
        "format": "native",
        "created_at": "",
    }
    two = await number(house)
    assert two["format"] == "infobip-omni"
    listed = await house.call("GET", "/api/v1/numbers", headers=ADMIN)
    assert listed.json() == {"numbers": [one, two]}
    assert (await house.call("DELETE", f"/api/v1/numbers/{one['id']}", headers=ADMIN)).status == 204
    assert (await house.call("DELETE", f"/api/v1/numbers/{one['id']}", headers=ADMIN)).status == 404
    assert (await house.call("GET", "/api/v1/numbers", headers=ADMIN)).json() == {"numbers": [two]}


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"number": ""}, "number"),
        ({"account": "nobody"}, "account"),
        ({"format": "morse"}, "format"),
        ({"url": "shop"}, "url"),
        ({"keyword": 7}, "keyword"),
        ({"size": 7}, "size"),
    ],
)
async def test_bad_numbers(house: House, members: dict[str, Any], field: str) -> None:
    body = {"number": "7070", "account": "Aladdin", **members}
    answer = await house.call("POST", "/api/v1/numbers", body, ADMIN)
    assert answer.status == 400
    assert field in (answer.json().get("field"), "size")
    assert (await house.call("GET", "/api/v1/numbers", headers=ADMIN)).json() == {"numbers": []}


async def test_it_is_pushed_in_the_native_format_too(house: House) -> None:
    await number(house, url="http://127.0.0.1:9/", format="native")
    await house.running.worker.receiver.emit([said("hello")])
    (message,) = (await came(house, 1))["messages"]
    pushes = (await house.call("GET", "/api/v1/pushes")).json()["pushes"]
    assert [(push["id"], push["topic"], push["url"]) for push in pushes] == [
        (message["id"], "inbound", "http://127.0.0.1:9/")
    ]
    own = house.accounts["Aladdin"]
    written = await house.running.services.inbound.told(own, [message["number"]])
    assert msgspec.json.decode(NativeReports().write_inbound(written, "EUR")) == {"messages": [message]}
    assert msgspec.to_builtins(write_received(*written[0]))["number"] == message["number"]
