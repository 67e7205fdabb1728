"""Dialers, queues, call results, schedules and scripts through the native API."""

from typing import Any

import pytest

from omnibound.domain.outbound import QUEUE_DIALER
from tests.api.house import JAFAR, House

pytestmark = pytest.mark.anyio

HEX = "AB" * 16
HOURS = {"begin": "09:00", "end": "18:00", "days": ["monday", "friday"]}
NOON = {"begin": "12:00", "end": "13:00", "days": ["monday"], "exclude": True}
MADE: list[tuple[str, str, dict[str, Any]]] = [
    (
        "dialers", "dialers",
        {
            "id": HEX, "name": "Evening", "lines": 3, "abandoned_percent": 2.5, "abandon_wait_s": 1.5,
            "overdial_percent": 50,
        },
    ),
    ("queues", "queues", {"id": HEX, "name": "Sales", "wrap_up_s": 30.0, "no_result": "No word"}),
    (
        "result-sets", "result_sets",
        {
            "id": "r", "name": "R",
            "results": [
                {"text": "Sold", "reason": "success", "wait_s": 0.0, "number": 1},
                {"text": "Later", "reason": "redial", "wait_s": 3600.0, "number": 2},
            ],
            "limits": {"busy": 1, "not_reached": 2, "machine": 3, "redial": 4}, "pauses_s": {"busy": 60.0},
            "effects": {
                "machine": {"move": "later", "wait_s": 5.0, "charge": "redial"},
                "fax": {"move": "stop", "wait_s": 0.0},
            },
            "former": [],
        },
    ),
    (
        "schedules", "schedules",
        {"id": "s", "name": "S", "hours": [HOURS, NOON], "closed": ["2026-12-24"], "zone": "UTC"},
    ),
    (
        "scripts", "scripts",
        {
            "id": "t", "name": "T", "questions": [{"text": "Who?", "answers": ["I"]}, {"text": "Why?"}],
            "interactive": True,
        },
    ),
]  # fmt: skip
USUAL: dict[str, dict[str, Any]] = {
    "dialers": {"lines": 30, "abandoned_percent": 1.0, "abandon_wait_s": 2.0, "overdial_percent": 0},
    "queues": {"wrap_up_s": 60.0, "no_result": ""},
    "schedules": {"hours": [], "closed": [], "zone": ""},
    "scripts": {"questions": [], "interactive": False},
}


def wish(part: dict[str, Any]) -> dict[str, Any]:
    """What makes it: nothing is former, and numbers are given."""
    results = part.get("results")
    plain = {name: value for name, value in part.items() if name != "former"}
    return plain | ({"results": [{**each, "number": 0} for each in results]} if results else {})


@pytest.mark.parametrize(("path", "many", "part"), MADE, ids=[path for path, _, _ in MADE])
async def test_a_part_is_told_as_it_was_made(house: House, path: str, many: str, part: dict[str, Any]) -> None:
    made = await house.call("POST", f"/api/v1/{path}", wish(part))
    assert (made.status, made.json()) == (201, part), made.body
    one = f"/api/v1/{path}/{part['id']}"
    assert (await house.call("GET", one)).json() == part
    always = [QUEUE_DIALER.id] if path == "dialers" else []
    ids = [each["id"] for each in (await house.call("GET", f"/api/v1/{path}")).json()[many]]
    assert ids == [*always, part["id"]]
    assert (await house.call("GET", f"/api/v1/{path}?after={part['id']}")).json() == {many: []}
    assert (await house.call("GET", one, headers=JAFAR)).status == 404
    again = await house.call("POST", f"/api/v1/{path}", wish(part))
    assert (again.status, again.json()["field"]) == (400, "id")
    assert (await house.call("DELETE", one)).status == 204
    assert (await house.call("GET", one)).status == 404
    assert (await house.call("DELETE", one)).status == 404


@pytest.mark.parametrize(("path", "_many", "part"), MADE, ids=[path for path, _, _ in MADE])
async def test_each_member_is_changed_alone(house: House, path: str, _many: str, part: dict[str, Any]) -> None:
    told = (await house.call("POST", f"/api/v1/{path}", {"id": part["id"], "name": "First"})).json()
    assert {**USUAL.get(path, {}), **told} == told
    for name, value in wish(part).items():
        if name not in {"id", "results"}:
            answer = await house.call("PATCH", f"/api/v1/{path}/{part['id']}", {name: value})
            told = {**told, name: value}
            assert (answer.status, answer.json()) == (200, told), name
    assert (await house.call("GET", f"/api/v1/{path}/{part['id']}")).json() == told


async def test_results_keep_their_numbers(house: House) -> None:
    path = "/api/v1/result-sets/r"
    made = (await house.call("POST", "/api/v1/result-sets", {"id": "r", "name": "R"})).json()
    assert [(each["number"], each["text"]) for each in made["results"]][:2] == [(1, "Successful"), (2, "Refusal")]
    assert (len(made["results"]), made["limits"]) == (15, {"busy": 3, "not_reached": 3, "machine": 3, "redial": 3})
    results = [{"text": "Refusal", "reason": "refusal"}, {"text": "Sold", "reason": "success", "number": 1}]
    told = (await house.call("PATCH", path, {"results": [*results, {"text": "New", "reason": "busy"}]})).json()
    assert [(each["number"], each["text"]) for each in told["results"]] == [(2, "Refusal"), (1, "Sold"), (16, "New")]
    assert [each["number"] for each in told["former"]] == list(range(3, 16))


@pytest.mark.parametrize("percent", [0, 0.001, 0.999, 1, 2.345, 3.001, 7.7, 19.999, 20])
async def test_a_share_of_abandoned_calls_has_three_decimals(house: House, percent: float) -> None:
    made = await house.call("POST", "/api/v1/dialers", {"name": "D", "id": HEX, "abandoned_percent": percent})
    assert (made.status, made.json()["abandoned_percent"]) == (201, percent)
    assert (await house.call("GET", f"/api/v1/dialers/{HEX}")).json() == made.json()


@pytest.mark.parametrize(
    ("path", "members", "field"),
    [
        ("dialers", {"id": "evening"}, "id"),
        ("dialers", {"lines": 0}, "lines"),
        ("dialers", {"abandoned_percent": 21}, "abandoned_percent"),
        ("dialers", {"abandoned_percent": 2.0005}, "abandoned_percent"),
        ("queues", {"id": "sales"}, "id"),
        ("queues", {"name": " "}, "name"),
        ("result-sets", {"results": [{"text": "a", "reason": "none"}]}, "results[0].reason"),
        ("result-sets", {"results": [{"text": "a", "reason": "delivered"}]}, "results[0].reason"),
        ("result-sets", {"effects": {"none": {"move": "stop"}}}, "effects.none"),
        ("result-sets", {"effects": {"busy": {"move": "hold"}}}, "effects[...].move"),
        ("result-sets", {"limits": {"often": 1}}, "limits.often"),
        ("schedules", {"hours": [{"begin": "9", "end": "18:00"}]}, "hours[0].begin"),
        ("schedules", {"zone": "Mars/Base"}, "zone"),
        ("scripts", {"questions": [{"text": ""}]}, "questions[0].text"),
        ("scripts", {"unknown": 1}, "unknown"),
    ],
)
async def test_what_makes_no_part(house: House, path: str, members: dict[str, Any], field: str) -> None:
    answer = await house.call("POST", f"/api/v1/{path}", {"name": "n", **members})
    assert (answer.status, answer.json()["field"]) == (400, field)


async def test_what_is_no_change(house: House) -> None:
    assert (await house.call("PATCH", "/api/v1/dialers/default", {})).status == 400
    assert (await house.call("PATCH", "/api/v1/dialers/default", {"id": HEX})).status == 400
    assert (await house.call("PATCH", "/api/v1/queues/none", {"name": "n"})).status == 404
    assert (await house.call("DELETE", "/api/v1/dialers/default")).status == 403


async def test_a_part_that_is_used_stays(house: House) -> None:
    queue = (await house.call("POST", "/api/v1/queues", {"name": "Sales"})).json()["id"]
    body = {"id": "c", "name": "C", "queue": queue, "dialer": "default"}
    assert (await house.call("POST", "/api/v1/campaigns", body)).json()["kind"] == "queue"
    refused = await house.call("DELETE", f"/api/v1/queues/{queue}")
    assert (refused.status, refused.json()["detail"]) == (403, "campaigns use it: c")
