"""What apps say of the pushes they got."""

from typing import Any

import pytest

from omnibound.api.pushes import read_push_id
from omnibound.domain.facts import Receipt
from omnibound.domain.message import Attempt
from tests.api.house import JAFAR, House, TracingWay, Way, push_id

pytestmark = pytest.mark.anyio


async def pushed(house: House, push: TracingWay) -> tuple[str, Attempt]:
    """(the delivery's public id, the attempt), handed over and committed."""
    await house.scenario("PUSH")
    body = {"to": [{"push": "device"}], "content": {"PUSH": {"text": "P"}}}
    answer = await house.call("POST", "/api/v1/messages", body)
    attempt = await push.sent.get()
    await house.settled()
    return answer.json()["messages"][0]["id"], attempt


async def confirm(house: House, id_: str, how: str, **more: Any) -> int:
    return (await house.call("POST", f"/api/v1/push/{id_}/{how}", **more)).status


async def test_delivered_then_seen(house: House, push: TracingWay) -> None:
    id_, attempt = await pushed(house, push)
    assert await confirm(house, push_id(attempt), "delivered") == 204
    assert await confirm(house, push_id(attempt), "seen") == 204
    told = (await house.call("GET", f"/api/v1/deliveries/{id_}")).json()
    assert [(line["said"], line["connector"]) for line in told["timeline"]] == [
        ("accepted", "push-a"),
        ("delivered", "push-a"),
        ("seen", "push-a"),
    ]
    assert (told["status"], told["outcome"]["status"]) == ("seen", "delivered")
    assert told["outcome"]["seen_at"]


async def test_a_confirmation_twice_changes_nothing(house: House, push: TracingWay) -> None:
    id_, attempt = await pushed(house, push)
    for _ in range(2):
        assert await confirm(house, push_id(attempt), "delivered") == 204
    told = (await house.call("GET", f"/api/v1/deliveries/{id_}")).json()
    assert (told["status"], told["outcome"]["twice"]) == ("delivered", False)


async def test_only_the_accounts_own_pushes(house: House, push: TracingWay) -> None:
    id_, attempt = await pushed(house, push)
    assert await confirm(house, push_id(attempt), "delivered", headers=JAFAR) == 404
    assert await confirm(house, push_id(attempt), "delivered", headers={}) == 401
    assert (await house.call("GET", f"/api/v1/deliveries/{id_}")).json()["status"] == "sent"


async def test_not_an_attempt_on_another_channel_or_of_another_number(house: House, push: TracingWay, sms: Way) -> None:
    _, attempt = await pushed(house, push)
    assert await confirm(house, f"{attempt.delivery:x}-2", "seen") == 404
    key = await house.scenario("SMS", default=False)
    body = {"to": [{"phone": "48600100200"}], "content": {"SMS": {"text": "S"}}, "scenario": key}
    await house.call("POST", "/api/v1/messages", body)
    texted = await sms.sent.get()
    await house.settled()
    assert await confirm(house, push_id(texted), "delivered") == 404


async def test_a_confirmation_before_the_hand_over_is_written_down(
    house: House, push: TracingWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app may be faster than the provider's answer: every push connector's carrier is tried."""
    told: list[int] = []
    send = push.send

    async def send_late(attempts: list[Attempt]) -> None:
        told.append(await confirm(house, push_id(attempts[0]), "delivered"))
        await send(attempts)

    monkeypatch.setattr(push, "send", send_late)
    id_, _ = await pushed(house, push)
    assert told == [204]
    assert (await house.call("GET", f"/api/v1/deliveries/{id_}")).json()["status"] == "delivered"


@pytest.mark.parametrize(
    "text", ["", "-", "x-1", "0-1", "1-0", "1-+1", "1-01", "01-1", "A-1", "1_0-1", "1-1-1", "f" * 17 + "-1"]
)
def test_what_is_no_push_id(text: str) -> None:
    assert read_push_id(text) is None


def test_push_id() -> None:
    assert read_push_id("2a-13") == (42, 13)


async def test_the_receipt_goes_to_the_carrier_of_the_connector(house: House, push: TracingWay) -> None:
    _, attempt = await pushed(house, push)
    flights = await house.running.store.receipts.find(push.carrier, [push_id(attempt)])
    assert [(flight.delivery, flight.attempt) for flight in flights] == [(attempt.delivery, 1)]
    await confirm(house, push_id(attempt), "seen")
    left: list[tuple[int, Receipt]] = await house.running.store.receipts.unmatched(0, 10)
    assert left == []
