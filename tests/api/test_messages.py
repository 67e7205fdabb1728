"""Sending, and reading what became of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omnibound.domain.errors import Backlogged, Stopping
from omnibound.domain.status import MEANINGS, Reason
from tests.api.house import ALADDIN, JAFAR, House, TracingWay, Way

pytestmark = pytest.mark.anyio

HELLO = {"to": [{"phone": "+48 600-100-200"}], "content": {"SMS": {"text": "Hello"}}}


async def sent(house: House, body: Any = HELLO) -> dict[str, Any]:
    answer = await house.call("POST", "/api/v1/messages", body)
    assert (answer.status, answer.headers["content-type"]) == (202, "application/json")
    return answer.json()


async def story(house: House, id_: str) -> dict[str, Any]:
    await house.settled()
    answer = await house.call("GET", f"/api/v1/deliveries/{id_}")
    assert answer.status == 200
    return answer.json()


async def test_send_through_the_default_scenario(house: House, sms: Way) -> None:
    await house.scenario("SMS")
    told = await sent(house)
    row = told["messages"][0]
    assert told == {
        "bulk": "",
        "scheduled": False,
        "messages": [{"id": row["id"], "to": {"phone": "48600100200"}, "refused": None, "meaning": None}],
    }
    attempt = await sms.sent.get()
    assert (attempt.address, attempt.content.text, attempt.step.sender) == ("48600100200", "Hello", "SMS sender")


async def test_a_voice_that_is_not_there_is_refused(house: House) -> None:
    await house.scenario("VOICE")
    for options in ({"voice": "none"}, {"announcement": "none"}, {"ssml": "<p>"}):
        (name,) = options
        body = {"to": HELLO["to"], "content": {"VOICE": {"text": "a", "options": options}}}
        answer = await house.call("POST", "/api/v1/messages", body)
        assert (answer.status, answer.json()["field"]) == (400, f"content.VOICE.options.{name}")


async def test_send_through_a_named_scenario_with_everything_said(house: House, push: TracingWay) -> None:
    await house.scenario("SMS")
    key = await house.scenario("PUSH", "SMS", default=False)
    body = {
        "to": [
            {"push": "device-1", "id": "mine/1"},
            {"phone": "not a number", "id": "mine-2"},
            {"email": "a@b"},
            {},
            {"phone": "48600100200", "email": "no address"},
        ],
        "content": {
            "PUSH": {"text": "Pushed", "options": {"badge": 1}, "validity_s": 60},
            "SMS": {"text": "Texted"},
        },
        "scenario": key,
        "class": "bulk",
        "callback_data": "back",
        "bulk": "mine",
    }
    told = await sent(house, body)
    assert told["bulk"] == "mine"
    assert [(row["to"], row["refused"]) for row in told["messages"]] == [
        ({"push": "device-1"}, None),
        ({}, "invalid_address"),
        ({"email": "a@b"}, "no_address"),
        ({}, "no_address"),
        ({"phone": "48600100200", "email": "no address"}, "invalid_address"),
    ]
    attempt = await push.sent.get()
    assert (attempt.address, attempt.content.options, attempt.message.callback_data) == (
        "device-1",
        {"badge": 1},
        "back",
    )
    told = await story(house, "mine%2F1")
    assert told["own_id"] == "mine/1"
    assert told["message"]["steps"] == [
        {"channel": "PUSH", "sender": "PUSH sender", "validity_s": 60.0},
        {"channel": "SMS", "sender": "SMS sender", "validity_s": 172800.0},
    ]
    assert told["state"]["priority"] == "bulk"


async def test_send_later(house: House, sms: Way) -> None:
    await house.scenario("SMS")
    date = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    told = await sent(house, {**HELLO, "send_at": date})
    assert told["scheduled"] is True
    state = (await story(house, told["messages"][0]["id"]))["state"]
    assert (state["stage"], state["due_at"]) == ("waiting", date.replace("+00:00", "Z"))
    past = await sent(house, {**HELLO, "send_at": "2020-01-01T00:00:00+01:00"})
    assert past["scheduled"] is False
    assert (await sms.sent.get()).number == 1


async def test_two_thousand_people_are_told_in_their_order(house: House) -> None:
    await house.scenario("SMS")
    people = [{"phone": f"48600{number:06}", "id": f"own-{number}"} for number in range(2_001)]
    told = await sent(house, {**HELLO, "to": people, "send_at": "2020-01-01T00:00:00Z"})
    assert [row["id"] for row in told["messages"]] == [f"own-{number}" for number in range(2_001)]
    assert told["bulk"]


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("nobody", {"to": []}, "to"),
    ("to is missing", {"to": None}, "to"),
    ("phone is a number", {"to": [{"phone": 48600100200}]}, "to[0].phone"),
    ("unknown member", {"to": [{"fax": "1"}]}, "to[0].fax"),
    ("flow is not taken yet", {"flow": []}, "flow"),
    ("no content", {"content": {}}, "content"),
    ("empty content", {"content": {"SMS": {}}}, "content.SMS"),
    ("text is no text", {"content": {"SMS": {"text": 1}}}, "content[...].text"),
    ("beyond 64 bits", {"content": {"PUSH": {"options": {"x": 2**64}}}}, "content.PUSH.options"),
    ("no validity", {"content": {"SMS": {"text": "x", "validity_s": 0}}}, "content[...].validity_s"),
    ("channel of no such name", {"content": {"sms": {"text": "x"}}}, "content"),
    ("class", {"class": "fast"}, "class"),
    ("date without a zone", {"send_at": "2030-01-01T00:00:00"}, "send_at"),
    ("no date", {"send_at": "tomorrow"}, "send_at"),
    ("date too far", {"send_at": "2900-01-01T00:00:00Z"}, "send_at"),
    ("no such scenario", {"scenario": "0" * 32}, "scenario"),
    ("too many", {"to": [{}] * 20_001}, "to"),
]


@pytest.mark.parametrize(("what", "change", "field"), BAD, ids=[what for what, _, _ in BAD])
async def test_bad_request_names_the_member_and_stores_nothing(
    house: House, what: str, change: dict[str, Any], field: str
) -> None:
    await house.scenario("SMS")
    answer = await house.call("POST", "/api/v1/messages", {**HELLO, **change})
    told = answer.json()
    assert (answer.status, told.get("field"), told["type"]) == (400, field, "urn:omnibound:problem:invalid")
    assert await house.running.store.deliveries.backlog() == 0


async def test_without_any_scenario(house: House) -> None:
    answer = await house.call("POST", "/api/v1/messages", HELLO)
    assert (answer.status, answer.json()["field"]) == (400, "scenario")


@pytest.mark.parametrize(
    ("error", "status", "kind"), [(Backlogged("full", 7), 429, "backlogged"), (Stopping("bye", 7), 503, "stopping")]
)
async def test_too_much_for_now(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, kind: str
) -> None:
    await house.scenario("SMS")

    def refuse(_count: int) -> None:
        raise error

    monkeypatch.setattr(house.running.services.send._engine, "admit", refuse)
    answer = await house.call("POST", "/api/v1/messages", HELLO)
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    assert answer.json()["type"] == f"urn:omnibound:problem:{kind}"


# -- The story ---------------------------------------------------------------------------------------------------


async def test_story_of_a_delivery_that_fell_through(house: House, push: TracingWay, sms: Way) -> None:
    await house.scenario("PUSH", "SMS")
    push.refuse = Reason.UNREGISTERED
    body = {**HELLO, "content": {"PUSH": {"text": "P"}, "SMS": {"text": "S"}}, "callback_data": "back"}
    id_ = (await sent(house, body))["messages"][0]["id"]
    await sms.sent.get()
    told = await story(house, id_)
    lines = [
        (line["attempt"], line["channel"], line["said"], line["status"], line["reason"], line["detail"])
        for line in told["timeline"]
    ]
    assert lines == [
        (1, "PUSH", "failed", "failed", "unregistered", "test:27"),
        (2, "SMS", "accepted", "sent", "accepted", ""),
    ]
    assert {**told["timeline"][0], "at": "..."} == {
        "at": "...",
        "attempt": 1,
        "step": 0,
        "channel": "PUSH",
        "said": "failed",
        "status": "failed",
        "reason": "unregistered",
        "meaning": MEANINGS[Reason.UNREGISTERED].words,
        "detail": "test:27",
        "connector": "push-a",
        "part": 0,
        "note": "none",
    }
    assert (told["id"], told["own_id"], told["status"], told["outcome"], told["steps"]) == (id_, "", "sent", None, [])
    assert told["message"]["content"] == {
        "PUSH": {"text": "P", "subject": "", "options": {}},
        "SMS": {"text": "S", "subject": "", "options": {}},
    }
    assert (told["message"]["callback_data"], told["to"]) == ("back", {"phone": "48600100200"})
    state = told["state"]
    assert (state["stage"], state["step"], state["channel"], state["attempt"], state["connector"]) == (
        "sent",
        1,
        "SMS",
        2,
        "sms-a",
    )


async def test_story_of_a_delivery_that_ended(house: House, push: TracingWay) -> None:
    await house.scenario("PUSH")
    id_ = (await sent(house, {"to": [{"push": "d"}], "content": {"PUSH": {"text": "P"}}}))["messages"][0]["id"]
    attempt = await push.sent.get()
    await house.settled()
    assert (await house.call("POST", f"/api/v1/push/{push.push_id(attempt)}/delivered")).status == 204
    told = await story(house, id_)
    outcome = told["outcome"]
    assert (told["status"], told["state"]) == ("delivered", None)
    assert {name: outcome[name] for name in ("status", "reason", "meaning", "attempt", "channel", "connector")} == {
        "status": "delivered",
        "reason": "delivered",
        "meaning": "It was delivered.",
        "attempt": 1,
        "channel": "PUSH",
        "connector": "push-a",
    }
    assert (outcome["late"], outcome["twice"], outcome["ambiguous"], outcome["seen_at"]) == (None, False, False, None)


# -- Reports again -----------------------------------------------------------------------------------------------


async def test_reports_come_again_from_a_cursor(house: House) -> None:
    await house.scenario("PUSH")
    account = house.accounts["Aladdin"]
    for number in range(3):
        # Nobody can be pushed to without an address: each ends at once, with a report.
        await sent(house, {"to": [{"email": "a@b", "id": f"n{number}"}], "content": {"PUSH": {"text": "P"}}})
        assert len(await house.running.services.reports.take(account)) == 1
    first = (await house.call("GET", "/api/v1/reports?limit=2")).json()
    rest = (await house.call("GET", f"/api/v1/reports?after={first['next']}")).json()
    end = (await house.call("GET", f"/api/v1/reports?after={rest['next']}")).json()
    assert [report["id"] for report in first["reports"] + rest["reports"]] == ["n0", "n1", "n2"]
    assert end == {"reports": [], "next": rest["next"]}
    report = rest["reports"][0]
    assert (report["status"], report["reason"], report["channel"], report["final"]) == (
        "failed",
        "no_address",
        "PUSH",
        True,
    )
    assert report["addresses"] == {"email": "a@b"}
    assert (await house.call("GET", "/api/v1/reports", headers=JAFAR)).json() == {"reports": [], "next": 0}
    assert (await house.call("GET", "/api/v1/reports", headers=ALADDIN)).json()["reports"] != []


@pytest.mark.parametrize(
    ("query", "field"),
    [("after=x", "after"), ("after=-1", "after"), ("limit=0", "limit"), ("limit=101", "limit"), ("before=1", "before")],
)
async def test_bad_cursor(house: House, query: str, field: str) -> None:
    answer = await house.call("GET", f"/api/v1/reports?{query}")
    assert (answer.status, answer.json()["field"]) == (400, field)
