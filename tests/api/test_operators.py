"""What operators see and steer."""

import base64
from typing import Any

import pytest

from omnibound.domain.facts import Inbound
from tests.api.house import ADMIN, ALADDIN, House, TracingWay

pytestmark = pytest.mark.anyio

PATHS = [
    ("GET", "/api/v1/connectors"),
    ("PUT", "/api/v1/connectors/push-a/trace"),
    ("GET", "/api/v1/connectors/push-a/trace"),
    ("GET", "/api/v1/load"),
    ("GET", "/api/v1/numbers"),
    ("DELETE", "/api/v1/numbers/1"),
]


async def ask(house: House, method: str, target: str, body: Any = None) -> Any:
    answer = await house.call(method, target, body, ADMIN)
    assert answer.status == 200
    return answer.json()


@pytest.mark.parametrize(("method", "target"), PATHS)
@pytest.mark.parametrize(
    "headers",
    [{}, ALADDIN, {"Authorization": "App "}, {"Authorization": "Basic x"}, {"Authorization": "App \u00ff"}],
    ids=["none", "an account's", "empty", "another scheme", "not ASCII"],
)
async def test_only_the_operators_key_opens(house: House, method: str, target: str, headers: dict[str, str]) -> None:
    answer = await house.call(method, target, {"on": True}, headers)
    assert (answer.status, answer.json()["type"]) == (401, "urn:omnibound:problem:unauthorized")


async def test_connectors(house: House) -> None:
    condition = {"up": True, "window": 7}
    assert await ask(house, "GET", "/api/v1/connectors") == {
        "connectors": [
            {"name": "push-a", "channel": "PUSH", "carrier": "pushes", "up": True, "condition": condition},
            {"name": "sms-a", "channel": "SMS", "carrier": "sms-a", "up": True, "condition": condition},
        ]
    }


async def test_trace(house: House, push: TracingWay) -> None:
    trace = "/api/v1/connectors/push-a/trace"
    assert await ask(house, "GET", trace) == {"name": "push-a", "exchanges": []}
    assert await ask(house, "PUT", trace, {"on": True}) == {"name": "push-a", "on": True}
    assert push.traced
    assert await ask(house, "GET", trace) == {"name": "push-a", "exchanges": [{"at": 1, "body": "AAE="}]}
    assert await ask(house, "PUT", trace, {"on": False}) == {"name": "push-a", "on": False}
    assert not push.traced


@pytest.mark.parametrize("name", ["nobody", "sms-a"])
async def test_no_trace(house: House, name: str) -> None:
    answer = await house.call("GET", f"/api/v1/connectors/{name}/trace", headers=ADMIN)
    assert (answer.status, answer.json()["field"]) == (404, "name")


@pytest.mark.parametrize("body", [{}, {"on": 1}, {"on": True, "off": False}, []])
async def test_bad_switch(house: House, push: TracingWay, body: Any) -> None:
    answer = await house.call("PUT", "/api/v1/connectors/push-a/trace", body, ADMIN)
    assert (answer.status, push.traced) == (400, False)


async def test_load(house: House) -> None:
    told = await ask(house, "GET", "/api/v1/load")
    assert told == house.running.worker.load()


async def test_inbound_by_pages(house: House) -> None:
    came = [
        Inbound("sms-a", "SMS", "48600100200", "7070", f"text {number}", 1_700_000_000_000_000, b"\x00", (9, 2, number))
        for number in (1, 2)
    ]
    await house.running.worker.receiver.emit(came)
    first = await ask(house, "GET", "/api/v1/inbound?limit=1")
    rest = await ask(house, "GET", f"/api/v1/inbound?after={first['next']}")
    end = await ask(house, "GET", f"/api/v1/inbound?after={rest['next']}")
    assert [message["text"] for message in first["messages"] + rest["messages"]] == ["text 1", "text 2"]
    assert {**first["messages"][0], "number": 0} == {
        "number": 0,
        "id": "",
        "connector": "sms-a",
        "channel": "SMS",
        "sender": "48600100200",
        "recipient": "7070",
        "text": "text 1",
        "at": "2023-11-14T22:13:20Z",
        "data": base64.b64encode(b"\x00").decode(),
        "part": {"reference": 9, "total": 2, "number": 1},
        "keyword": "",
        "missing": 0,
    }
    assert end == {"messages": [], "next": rest["next"]}
