"""Bulks and single messages: how far they are, and what their sender may say of them."""

from typing import Any

import pytest

from omnibound.api.base import to_date
from omnibound.bootstrap import now_us
from omnibound.domain.bulk import State
from tests.api.house import House, Way

pytestmark = pytest.mark.anyio

HOUR = 3_600_000_000


def at(ahead: int) -> str:
    date = to_date(now_us() + ahead)
    assert date
    return date.isoformat()


async def send(house: House, *ids: str, ahead: int = HOUR, bulk: str = "b/1") -> None:
    people = [{"phone": f"4860010020{n}", "id": id_} for n, id_ in enumerate(ids)]
    body: dict[str, Any] = {"to": people, "content": {"SMS": {"text": "x"}}, "bulk": bulk}
    answer = await house.call("POST", "/api/v1/messages", {**body, **({"send_at": at(ahead)} if ahead else {})})
    assert answer.status == 202


async def told(house: House, method: str, path: str, body: Any = None) -> Any:
    answer = await house.call(method, f"/api/v1{path}", body)
    return (answer.json()["id"], answer.json()["state"]) if answer.status == 200 else answer.json()


@pytest.fixture(params=["bulks/b%2F1", "messages/own%2F1"])
async def place(request: pytest.FixtureRequest, house: House) -> str:
    """A bulk of two that begins in an hour, and one message of it: the same can be done with both."""
    await house.scenario("SMS")
    await send(house, "own/1", "own/2")
    return str(request.param)


async def test_pause_resume_and_cancel(house: House, place: str) -> None:
    id_ = place.split("/")[1].replace("%2F", "/")
    said = ["pause", "pause", "resume", "resume", "cancel"]
    states = [await told(house, "POST", f"/{place}/{verb}") for verb in said]
    assert states == [(id_, state) for state in ("paused", "paused", "pending", "pending", "cancelled")]
    refused = await told(house, "POST", f"/{place}/resume")
    assert (refused["status"], refused["detail"]) == (400, "it is cancelled, and stays so")
    assert refused["field"] == ("bulk" if place.startswith("bulks") else "id")


async def test_begin_at_another_time(house: House, place: str) -> None:
    later = at(2 * HOUR)
    answer = (await house.call("PUT", f"/api/v1/{place}/schedule", {"send_at": later})).json()
    assert (answer["state"], answer["send_at"]) == ("pending", later.replace("+00:00", "Z"))
    for body, field in (
        ({"send_at": at(-HOUR)}, "send_at"),
        ({"send_at": at(181 * 24 * HOUR)}, "send_at"),
        ({"send_at": "2030-01-01T00:00:00"}, "send_at"),
        ({"send_at": None}, "send_at"),
        ({"sendAt": later}, "sendAt"),
        ({}, "send_at"),
    ):
        refused = await told(house, "PUT", f"/{place}/schedule", body)
        assert (refused["status"], refused["field"]) == (400, field), body
    again = await told(house, "POST", f"/{place}/resume")
    assert again[1] == "pending"


async def test_what_has_gone_is_not_moved(house: House, sms: Way) -> None:
    await house.scenario("SMS")
    await send(house, "own/1", ahead=0)
    await sms.sent.get()
    await house.settled()
    for place in ("bulks/b%2F1", "messages/own%2F1"):
        refused = await told(house, "PUT", f"/{place}/schedule", {"send_at": at(HOUR)})
        assert (refused["status"], refused["field"]) == (400, "send_at")
        assert refused["detail"].startswith("it has begun already")
    assert await told(house, "GET", "/bulks/b%2F1") == ("b/1", "processing")


async def test_read_a_bulk(house: House, place: str) -> None:
    answer = await house.call("GET", "/api/v1/bulks/b%2F1")
    assert answer.json()["state"] == "pending"
    assert list(answer.json()) == ["id", "state", "send_at"]
    assert (await house.call("GET", "/api/v1/bulks/other")).status == 404


async def test_a_cancelled_message_is_told_like_any_other(house: House, place: str) -> None:
    await house.call("POST", "/api/v1/messages/own%2F2/cancel")
    holds = house.running.worker.holds
    while await holds.work():
        pass
    await house.settled()
    story = (await house.call("GET", "/api/v1/deliveries/own%2F2")).json()
    assert (story["status"], story["state"], story["outcome"]["reason"]) == ("cancelled", None, "cancelled")
    assert story["outcome"]["meaning"] == "It was cancelled."
    (report,) = await house.running.services.reports.take(house.accounts["Aladdin"])
    assert report.message_id == "own/2"


def test_every_state_is_a_word() -> None:
    assert [state.name.lower() for state in State] == [
        "pending", "processing", "paused", "cancelled", "finished", "failed",
    ]  # fmt: skip
