"""What apps say of the pushes they got: by the push's id alone."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from omnibound.api.pushes import confirmed_by_apps
from omnibound.domain.facts import Receipt
from omnibound.domain.message import Attempt
from tests.api.house import ALADDIN, JAFAR, House, TracingWay, Way, a_house

pytestmark = pytest.mark.anyio


async def sent(house: House, way: Way, **more: Any) -> tuple[str, Attempt]:
    """(the delivery's public id, the attempt), handed over and committed."""
    key = await house.scenario(way.channel, default=False)
    body = {"to": [{"push": "device", "phone": "48600100200"}], "content": {way.channel: {"text": "T"}}}
    answer = await house.call("POST", "/api/v1/messages", {**body, "scenario": key})
    attempt = await way.sent.get()
    await house.settled()
    return answer.json()["messages"][0]["id"], attempt


async def confirm(house: House, id_: str, how: str, **more: Any) -> int:
    return (await house.call("POST", f"/api/v1/push/{id_}/{how}", **{"headers": {}, **more})).status


async def story(house: House, id_: str) -> dict[str, Any]:
    return (await house.call("GET", f"/api/v1/deliveries/{id_}")).json()


async def test_delivered_then_seen(house: House, push: TracingWay) -> None:
    id_, attempt = await sent(house, push)
    assert await confirm(house, push.push_id(attempt), "delivered") == 204
    assert await confirm(house, push.push_id(attempt), "seen") == 204
    told = await story(house, id_)
    assert [(line["said"], line["reason"], line["connector"]) for line in told["timeline"]] == [
        ("accepted", "accepted", "push-a"),
        ("delivered", "delivered", "push-a"),
        ("seen", "seen", "push-a"),
    ]
    assert (told["status"], told["outcome"]["status"]) == ("seen", "delivered")
    assert told["outcome"]["seen_at"]


@pytest.mark.parametrize("first", ["delivered", "seen"])
async def test_what_is_confirmed_again_leaves_nothing(house: House, push: TracingWay, first: str) -> None:
    """Whoever has an id cannot fill the store with it."""
    id_, attempt = await sent(house, push)
    for how in (first, "delivered", "seen", "delivered", "seen"):
        assert await confirm(house, push.push_id(attempt), how) == 204
    told = await story(house, id_)
    assert sorted(line["said"] for line in told["timeline"]) == ["accepted", "delivered", "seen"]
    assert (told["status"], told["outcome"]["twice"]) == ("seen", False)
    assert await house.running.store.receipts.unmatched(0, 10) == []


@pytest.mark.parametrize("headers", [{}, ALADDIN, JAFAR, {"Authorization": "App nobody's"}])
async def test_the_id_is_all_that_is_needed(house: House, push: TracingWay, headers: dict[str, str]) -> None:
    id_, attempt = await sent(house, push)
    assert await confirm(house, push.push_id(attempt), "delivered", headers=headers) == 204
    assert (await story(house, id_))["status"] == "delivered"


async def test_what_is_no_id_of_a_push(house: House, push: TracingWay) -> None:
    id_, attempt = await sent(house, push)
    ids = house.running.services.ids
    own = push.push_id(attempt)
    plain = f"{attempt.delivery:x}-{attempt.number}"
    elsewhere = [ids.attempt_text(attempt.delivery, 2), ids.attempt_text(attempt.delivery + 1, 1)]
    for text in (id_, plain, own.upper(), own[:-1], str(uuid4()), "x", "-", "%00", *elsewhere):
        assert (text, await confirm(house, text, "delivered")) == (text, 404)
        assert (text, await confirm(house, text, "seen")) == (text, 404)
    assert (await story(house, id_))["status"] == "sent"


async def test_only_pushes_that_wait_for_their_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sms: Way) -> None:
    """A receipt by this way for anything else would be believed over the provider's own."""
    push = Way("push-a", "PUSH", confirms="accept")
    async with a_house(monkeypatch, tmp_path, push, sms) as house:
        for way in (push, sms):
            id_, attempt = await sent(house, way)
            assert await confirm(house, way.push_id(attempt), "delivered") == 404
            assert (await story(house, id_))["status"] == "sent"


async def test_a_confirmation_before_the_hand_over_is_written_down(
    house: House, push: TracingWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app may be faster than the provider's answer: the carrier of every connector that waits for apps is tried."""
    told: list[int] = []
    send = push.send

    async def send_late(attempts: list[Attempt]) -> None:
        told.append(await confirm(house, push.push_id(attempts[0]), "delivered"))
        await send(attempts)

    monkeypatch.setattr(push, "send", send_late)
    id_, _ = await sent(house, push)
    assert told == [204]
    assert (await story(house, id_))["status"] == "delivered"


async def test_the_receipt_goes_to_the_carrier_of_the_connector(house: House, push: TracingWay) -> None:
    _, attempt = await sent(house, push)
    flights = await house.running.store.receipts.find(push.carrier, [push.push_id(attempt)])
    assert [(flight.delivery, flight.attempt) for flight in flights] == [(attempt.delivery, 1)]
    await confirm(house, push.push_id(attempt), "seen")
    left: list[tuple[int, Receipt]] = await house.running.store.receipts.unmatched(0, 10)
    assert left == []


async def test_a_connector_that_is_configured_no_more(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its pushes' apps say is still heard."""
    old = Way("push-old", "PUSH")
    async with a_house(monkeypatch, tmp_path / "other", old) as before:
        id_, attempt = await sent(before, old)
    async with a_house(monkeypatch, tmp_path / "other", Way("push-new", "PUSH")) as after:
        assert await confirm(after, old.push_id(attempt), "delivered") == 204
        assert (await story(after, id_))["status"] == "delivered"


def test_who_is_confirmed_by_apps() -> None:
    ways: list[Any] = [
        Way("a", "PUSH"),
        Way("b", "PUSH", carrier="c"),
        Way("d", "PUSH", confirms="accept"),
        Way("e", "SMS"),
    ]
    del ways[0].confirms
    assert confirmed_by_apps(ways) == {"b": "c"}
