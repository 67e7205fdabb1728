"""Scenarios and devices as a client keeps them."""

import asyncio
import re
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.errors import Invalid, NotDefault, NotFound, Throttled
from omnibound.domain.flow import SECOND
from omnibound.domain.scenario import ScenarioStep
from tests.services.conftest import House

pytestmark = pytest.mark.anyio
ANNA, BERT = (Account(id=n, name=name, username=name) for n, name in ((1, "anna"), (2, "bert")))
SMS = (ScenarioStep(channel="SMS", sender="Shop"),)
PUSH = (ScenarioStep(channel="PUSH"), *SMS)


async def test_create_and_read(house: House) -> None:
    first = await house.scenarios.create(ANNA, "one", PUSH, False)
    second = await house.scenarios.create(ANNA, "two", SMS, False)
    assert re.fullmatch("[0-9A-F]{32}", first.key)
    assert (first.default, second.default, second.steps) == (True, False, SMS)
    assert await house.scenarios.get(ANNA, second.key) == second
    assert sorted(each.name for each in await house.scenarios.list(ANNA, None, 10, 0)) == ["one", "two"]
    assert await house.scenarios.list(ANNA, True, 10, 0) == [first]
    with pytest.raises(NotFound):
        await house.scenarios.get(BERT, first.key)


async def test_update_changes_what_is_given(house: House) -> None:
    first = await house.scenarios.create(ANNA, "one", SMS, True)
    second = await house.scenarios.create(ANNA, "two", SMS, False)
    renamed = await house.scenarios.update(ANNA, second.key, name="")
    assert (renamed.name, renamed.steps, renamed.default) == ("", SMS, False)
    made = await house.scenarios.update(ANNA, second.key, steps=PUSH, default=True)
    assert await house.scenarios.get(ANNA, second.key) == made
    assert (made.steps, made.default) == (PUSH, True)
    assert not (await house.scenarios.get(ANNA, first.key)).default


async def test_the_default_one_cannot_be_unmade(house: House) -> None:
    first = await house.scenarios.create(ANNA, "one", SMS, True)
    with pytest.raises(NotDefault):
        await house.scenarios.update(ANNA, first.key, default=False)
    with pytest.raises(NotFound):
        await house.scenarios.update(BERT, first.key, name="mine now")


async def test_two_that_change_at_once_leave_one_default(house: House) -> None:
    keys = [(await house.scenarios.create(ANNA, name, SMS, False)).key for name in "ab"]
    await asyncio.gather(
        house.scenarios.update(ANNA, keys[1], default=True), house.scenarios.update(ANNA, keys[1], name="new")
    )
    assert [(each.key, each.name) for each in await house.scenarios.list(ANNA, True, 9, 0)] == [(keys[1], "new")]


async def test_throttles_say_when_to_come_again(house: House) -> None:
    for _ in range(3):
        await house.scenarios.create(ANNA, "x", SMS, False)
        house.clock.now += 10 * SECOND
    with pytest.raises(Throttled) as full:
        await house.scenarios.create(ANNA, "x", SMS, False)
    assert full.value.retry_after == 30
    await house.scenarios.create(BERT, "x", SMS, False)
    house.clock.now += 30 * SECOND - 1
    with pytest.raises(Throttled) as nearly:
        await house.scenarios.create(ANNA, "x", SMS, False)
    assert nearly.value.retry_after == 1
    house.clock.now += 1
    await house.scenarios.create(ANNA, "x", SMS, False)


async def test_updates_have_a_throttle_of_their_own(house: House) -> None:
    key = (await house.scenarios.create(ANNA, "x", SMS, False)).key
    for name in "ab":
        await house.scenarios.update(ANNA, key, name=name)
    with pytest.raises(Throttled) as full:
        await house.scenarios.update(ANNA, key, name="c")
    assert full.value.retry_after == 60
    assert (await house.scenarios.get(ANNA, key)).name == "b"


async def test_for_sending_is_remembered_until_something_changes(house: House) -> None:
    with pytest.raises(NotFound):
        await house.scenarios.for_sending(ANNA, "")
    first = await house.scenarios.create(ANNA, "one", SMS, False)
    assert await house.scenarios.for_sending(ANNA, "") is await house.scenarios.for_sending(ANNA, "")
    assert await house.scenarios.for_sending(ANNA, first.key) == first
    second = await house.scenarios.create(ANNA, "two", PUSH, True)
    assert await house.scenarios.for_sending(ANNA, "") == second
    await house.scenarios.update(ANNA, first.key, default=True)
    assert (await house.scenarios.for_sending(ANNA, "")).key == first.key
    with pytest.raises(NotFound):
        await house.scenarios.for_sending(BERT, first.key)


async def test_what_another_process_changes_is_seen_after_forgetting(house: House) -> None:
    old = await house.scenarios.create(ANNA, "one", SMS, False)
    await house.scenarios.for_sending(ANNA, "")
    await house.store.scenarios.put(replace(old, name="new"))
    assert (await house.scenarios.for_sending(ANNA, "")).name == "one"
    house.scenarios.forget()
    assert (await house.scenarios.for_sending(ANNA, "")).name == "new"


# -- Devices -------------------------------------------------------------------------------------------------------


async def test_a_device_is_registered_and_dropped(house: House) -> None:
    made = await house.devices.register(ANNA, "app", "token", phone="+48600", platform="ios", primary=True)
    assert (made.phone, made.created_at, len(made.registration)) == ("48600", house.clock.now, 36)
    assert await house.devices.of(ANNA, "app", "+48600") == [made]
    assert await house.devices.of(BERT, "app", "48600") == []
    with pytest.raises(NotFound):
        await house.devices.drop(BERT, "app", made.registration)
    await house.devices.drop(ANNA, "app", made.registration)
    with pytest.raises(NotFound):
        await house.devices.drop(ANNA, "app", made.registration)


@pytest.mark.parametrize(
    ("wishes", "field"),
    [({"application": ""}, "application"), ({"token": ""}, "token"), ({"platform": "toaster"}, "platform")],
)
async def test_devices_that_cannot_be_registered(house: House, wishes: dict[str, str], field: str) -> None:
    given: dict[str, Any] = {"application": "app", "token": "t", **wishes}
    with pytest.raises(Invalid) as refused:
        await house.devices.register(ANNA, **given)
    assert refused.value.field == field


async def test_two_accounts_may_call_their_devices_the_same(house: House) -> None:
    for account in (ANNA, BERT):
        made = await house.devices.register(account, "app", f"{account.name}'s", phone="48600", registration="r")
        assert await house.devices.of(account, "app", "48600") == [made]
    (annas,) = await house.devices.of(ANNA, "app", "48600")
    assert annas.token == f"{ANNA.name}'s"
