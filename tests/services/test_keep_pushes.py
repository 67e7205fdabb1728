"""Where reports are pushed to, and what an account may ask of them."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import DAY, HOUR
from omnibound.domain.push import Asked, Notify, Pull, Push, Topic, missed
from omnibound.domain.status import Reason
from omnibound.services.keep_pushes import Pushes, WebhookSecrets
from omnibound.store.opened import OpenedStore
from tests.services.conftest import House, person

pytestmark = pytest.mark.anyio

WISH = Notify(url="http://cb.example/", format="f")


@pytest.fixture
async def pushes(house: House) -> Pushes:
    return Pushes(house.store, house.reports, house.inbound, WebhookSecrets(house.store.settings), house.clock)


async def refuse(house: House, account: Account, ref: str, **wishes: Any) -> None:
    """A delivery that has ended at once."""
    await house.place(account, [person(ref=ref, fault=Reason.INVALID_ADDRESS)], **wishes)


async def notify_of(store: OpenedStore, house: House, account: Account, **wishes: Any) -> Notify | None:
    placed = await house.place(account, [person()], **wishes)
    return (await house.deliveries.story(account, placed.rows[0].message_id)).message.notify


@pytest.mark.parametrize(
    ("timing", "own", "wish", "expected"),
    [
        ({}, "", Notify(), None),
        ({}, "", WISH, WISH),
        ({}, "http://own/", Notify(), Notify(url="http://own/")),
        ({}, "http://own/", WISH, WISH),
        ({}, "http://own/", None, None),
        ({}, "", replace(WISH, steps=True), replace(WISH, steps=True)),
        ({"report_steps": True}, "", WISH, replace(WISH, steps=True, pull=Pull.ALL)),
        ({"pull_pushed": False}, "", WISH, replace(WISH, pull=Pull.NONE)),
        ({"pull_pushed": False, "report_steps": True}, "", WISH, replace(WISH, steps=True, pull=Pull.NONE)),
    ],
)
async def test_where_reports_are_pushed(
    store: OpenedStore, timing: dict[str, Any], own: str, wish: Notify | None, expected: Notify | None
) -> None:
    house = House(store, **timing)
    account = replace(await house.account(), notify_url=own)
    assert await notify_of(store, house, account, notify=wish) == expected


async def test_steps_are_asked_for_only_where_somebody_wants_them(house: House) -> None:
    account = await house.account()
    flows: list[bool] = []
    for wish in (None, WISH, replace(WISH, steps=True), Notify(steps=True)):
        placed = await house.place(account, [person()], notify=wish)
        story = await house.deliveries.story(account, placed.rows[0].message_id)
        flows.append(story.message.flow.report_steps)
    assert flows == [False, False, True, False]


async def test_what_is_refused_at_once_is_told_too(house: House, pushes: Pushes) -> None:
    account = await house.account()
    await refuse(house, account, "a", notify=WISH)
    await refuse(house, account, "b", notify=None)
    ((push, id_),) = await pushes.page(account, None, (0, 0, 0, 0), 10)
    assert (push.url, push.format, push.due_at, id_) == (WISH.url, "f", house.clock.now, "a")
    assert [each.message_id for each in await house.reports.take(account)] == ["a", "b"]


async def test_one_again_whether_it_was_accepted_or_not(house: House, pushes: Pushes) -> None:
    anna, other = await house.account(), await house.account("bert")
    await refuse(house, anna, "a", notify=WISH)
    ((push, _),) = await pushes.page(anna, None, (0, 0, 0, 0), 10)
    await house.store.pushes.settle([push], ())
    house.clock.now += HOUR
    assert await pushes.again_one(anna, "a") == 1
    ((again, _),) = await pushes.page(anna, None, (0, 0, 0, 0), 10)
    assert again == replace(push, due_at=house.clock.now, until=house.clock.now + 2 * DAY)
    with pytest.raises(NotFound):
        await pushes.again_one(other, "a")
    with pytest.raises(NotFound):
        await pushes.again_one(anna, "b")


async def test_there_must_be_an_address(house: House, pushes: Pushes) -> None:
    anna = await house.account()
    await refuse(house, anna, "a")
    with pytest.raises(Invalid, match="no address"):
        await pushes.again_one(anna, "a")
    await house.place(anna, [person(ref="b")], notify=WISH)
    assert await pushes.again_one(anna, "b") == 0


async def test_a_time_again(house: House, pushes: Pushes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.services.keep_pushes.CHUNK", 2)
    anna, other = await house.account(), await house.account("bert")
    start = house.clock.now
    for n in range(6):
        await refuse(house, anna, f"a{n}", notify=WISH)
        await refuse(house, other, f"b{n}", notify=WISH)
        house.clock.now += HOUR
    accepted = [push for push, _ in await pushes.page(anna, None, (0, 0, 0, 0), 10)]
    await house.store.pushes.settle(accepted, ())
    assert await pushes.again_between(anna, start + HOUR, start + 4 * HOUR) == 3
    assert [id_ for _, id_ in await pushes.page(anna, None, (0, 0, 0, 0), 10)] == ["a1", "a2", "a3"]


async def test_all_that_failed_again(house: House, pushes: Pushes) -> None:
    anna = await house.account()
    for ref in ("a", "b", "c"):
        await refuse(house, anna, ref, notify=WISH)
    found = [push for push, _ in await pushes.page(anna, None, (0, 0, 0, 0), 10)]
    house.clock.now += 3 * DAY
    await house.store.pushes.settle(
        (), [missed(found[0], "x", house.clock.now), missed(found[1], "x", found[1].due_at)]
    )
    assert [push.over for push, _ in await pushes.page(anna, None, (0, 0, 0, 0), 10)] == [True, False, False]
    assert await pushes.again_failed(anna) == 2
    again = [(push.over, push.due_at) for push, _ in await pushes.page(anna, None, (0, 0, 0, 0), 10)]
    assert again == [(False, house.clock.now)] * 2 + [(False, found[2].due_at)]


async def test_a_secret_is_made_once(house: House, pushes: Pushes) -> None:
    anna, other = await house.account(), await house.account("bert")
    made = await pushes.secret(anna)
    assert len(made) == 32
    assert await WebhookSecrets(house.store.settings).of(anna.id) == made
    assert await pushes.secret(other) != made


async def test_what_is_told_of_members_has_their_id(house: House, pushes: Pushes) -> None:
    """A call may ask for something before anything is written of its end."""
    anna = await house.account()
    made = [
        Push(anna.id, 255, 1, "u", "", house.clock.now, house.clock.now, topic=topic, request=Asked(body=""))
        for topic in (Topic.ACTION, Topic.MEMBER)
    ]
    await house.store.record(Changes(pushes=made))
    assert await pushes.page(anna, None, (0, 0, 0, 0), 10) == [(push, f"{255:024x}") for push in made]
