"""Agents by the API: making them, what they are told, and whose results are refused."""

from typing import Any

import pytest

from tests.api.house import ADMIN, JAFAR, House

pytestmark = pytest.mark.anyio

AGENTS = "/api/v1/agents"
ANN, SALES = "A" * 32, "C" * 32
FULL = {"id": ANN.lower(), "name": "Ann", "address": "sip:ann@10.0.0.7", "trunk": "t", "queues": [SALES.lower()]}


@pytest.fixture
async def sales(house: House) -> House:
    made = await house.call("POST", "/api/v1/queues", {"id": SALES, "name": "Sales"})
    assert made.status == 201
    return house


async def made(house: House, **members: Any) -> dict[str, Any]:
    answer = await house.call("POST", AGENTS, {**FULL, **members})
    assert answer.status == 201, answer.body
    return answer.json()


async def test_an_agent_comes_and_goes(sales: House) -> None:
    ann = await made(sales)
    assert ann == {
        "id": ANN, "name": "Ann", "address": "sip:ann@10.0.0.7", "trunk": "t", "queues": [SALES], "state": "off",
        "since": None, "ready": False, "member": "", "why": "", "created_at": ann["created_at"],
    }  # fmt: skip
    bob = await made(sales, id="", name="Bob")
    assert (len(bob["id"]), (await sales.call("GET", f"{AGENTS}/{ANN.lower()}")).json()) == (32, ann)
    changed = await sales.call("PATCH", f"{AGENTS}/{ANN}", {"name": "Anna", "address": "202"})
    assert changed.json() == {**ann, "name": "Anna", "address": "202"}
    listed = (await sales.call("GET", f"{AGENTS}?limit=1&after={min(ANN, bob['id'])}")).json()["agents"]
    assert [each["id"] for each in listed] == [max(ANN, bob["id"])]
    assert (await sales.call("GET", AGENTS, headers=JAFAR)).json() == {"agents": []}
    assert (await sales.call("DELETE", f"{AGENTS}/{ANN}")).status == 204
    assert (await sales.call("GET", f"{AGENTS}/{ANN}")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", AGENTS, {**FULL, "id": "x"}, 400, "id"),
        ("POST", AGENTS, {**FULL, "id": ANN}, 400, "id"),
        ("POST", AGENTS, {**FULL, "id": "", "queues": []}, 400, "queues"),
        ("POST", AGENTS, {**FULL, "id": "", "queues": ["D" * 32]}, 404, "queue"),
        ("POST", AGENTS, {**FULL, "id": "", "name": "\n"}, 400, "name"),
        ("PATCH", f"{AGENTS}/{ANN}", {}, 400, None),
        ("PATCH", f"{AGENTS}/{ANN}", {"queues": [SALES, SALES]}, 400, "queues"),
        ("GET", f"{AGENTS}/{'B' * 32}", None, 404, "id"),
        ("POST", f"{AGENTS}/{ANN}/sign-on", {}, 400, "trunk"),
        ("POST", f"{AGENTS}/{ANN}/ready", {"ready": True}, 403, "ready"),
        ("POST", f"{AGENTS}/nobody/sign-off", None, 404, "id"),
        ("POST", "/api/v1/campaigns/c/members/p/result", {"result": "Successful"}, 404, "id"),
    ],
)
async def test_what_is_refused(sales: House, method: str, path: str, body: Any, status: int, field: str | None) -> None:
    await made(sales)
    answer = await sales.call(method, path, body)
    assert (answer.status, answer.json().get("field")) == (status, field), answer.body


async def test_who_may_ask(sales: House) -> None:
    await made(sales)
    for headers, status in ((JAFAR, 404), (ADMIN, 401), ({}, 401)):
        assert (await sales.call("GET", f"{AGENTS}/{ANN}", headers=headers)).status == status


async def test_signing_off_and_hanging_up_do_no_harm(sales: House) -> None:
    ann = await made(sales)
    for what in ("sign-off", "hang-up"):
        answer = await sales.call("POST", f"{AGENTS}/{ANN}/{what}")
        assert (answer.status, answer.json()) == (200, ann)


async def test_no_result_is_taken_of_whom_nobody_has_called(sales: House) -> None:
    campaign = {"id": "c", "name": "C", "queue": SALES, "dialer": "default"}
    assert (await sales.call("POST", "/api/v1/campaigns", campaign)).status == 201
    people = {"members": [{"external": "p", "phones": ["48600100200"]}]}
    assert (await sales.call("POST", "/api/v1/campaigns/c/members", people)).status == 201
    for body, status, field in (
        ({"result": "Successful"}, 403, "result"), ({"result": "Nonsense"}, 400, "result"),
        ({"result": 1, "at": "2999-01-01T10:00:00Z"}, 400, "at"), ({"result": 1, "agent": ANN}, 404, "id"),
    ):  # fmt: skip
        answer = await sales.call("POST", "/api/v1/campaigns/c/members/p/result", body)
        assert (answer.status, answer.json().get("field")) == (status, field), answer.body
    late = await sales.call("PUT", "/api/v1/campaigns/c/members/p/result", {"result": "Successful", "by": "Zoë"})
    assert (late.status, late.json()) == (409, {
        "type": "urn:omnibound:problem:too-late", "title": "It is too late for that", "status": 409, "field": "result",
        "detail": "no result of the last call was named that could be changed",
    })  # fmt: skip
    for path, body, status in (
        ("c/members/p", {"result": "Nonsense"}, 400), ("c/members/x", {"result": 1}, 404),
        ("d/members/p", {"result": 1}, 404),
    ):  # fmt: skip
        assert (await sales.call("PUT", f"/api/v1/campaigns/{path}/result", body)).status == status
