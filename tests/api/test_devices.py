"""Push registrations."""

from typing import Any

import pytest

from tests.api.house import JAFAR, House

pytestmark = pytest.mark.anyio

PHONE = {"application": "app", "token": "t-1", "phone": "+48 600 100 200", "registration": "r/1", "platform": "ios"}
FIND = "/api/v1/devices?application=app&phone=%2B48600100200"


async def registered(house: House, **change: Any) -> dict[str, Any]:
    answer = await house.call("POST", "/api/v1/devices", {**PHONE, **change})
    assert answer.status == 201
    return answer.json()


async def found(house: House, **more: Any) -> list[dict[str, Any]]:
    answer = await house.call("GET", FIND, **more)
    assert answer.status == 200
    return answer.json()["devices"]


async def test_register_find_and_drop(house: House) -> None:
    told = await registered(house, primary=True)
    assert {**told, "created_at": "..."} == {
        "application": "app",
        "registration": "r/1",
        "phone": "48600100200",
        "token": "t-1",
        "platform": "ios",
        "primary": True,
        "created_at": "...",
    }
    assert await found(house) == [told]
    gone = await house.call("DELETE", "/api/v1/devices/app/r%2F1")
    assert (gone.status, gone.body) == (204, b"")
    assert await found(house) == []
    again = await house.call("DELETE", "/api/v1/devices/app/r%2F1")
    assert (again.status, again.json()["field"]) == (404, "registration")


async def test_renewing_keeps_one_and_primary_moves(house: House) -> None:
    await registered(house, primary=True)
    await registered(house, token="t-2")
    made = await registered(house, token="t-3", registration="", primary=True)
    assert made["registration"]
    assert sorted((each["token"], each["primary"]) for each in await found(house)) == [("t-2", False), ("t-3", True)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"application": ""}, "application"),
        ({"token": None}, "token"),
        ({"platform": "symbian"}, "platform"),
        ({"phone": "nobody"}, "phone"),
        ({"phone": "", "primary": True}, "phone"),
        ({"primary": "yes"}, "primary"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_registration_stores_nothing(house: House, change: dict[str, Any], field: str) -> None:
    answer = await house.call("POST", "/api/v1/devices", {**PHONE, **change})
    assert (answer.status, answer.json()["field"]) == (400, field)
    assert await house.running.store.devices.tokens(house.accounts["Aladdin"].id, "app", ["r/1", "48600100200"]) == {}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("application=app", "phone"),
        ("phone=1", "application"),
        ("application=app&phone=x", "phone"),
        ("application=app&phone=1&phone=2", "phone"),
        ("application=app%00&phone=1", "application"),
    ],
)
async def test_bad_search(house: House, query: str, field: str) -> None:
    answer = await house.call("GET", f"/api/v1/devices?{query}")
    assert (answer.status, answer.json()["field"]) == (400, field)


async def test_another_account_sees_and_drops_nothing(house: House) -> None:
    await registered(house)
    assert await found(house, headers=JAFAR) == []
    assert (await house.call("DELETE", "/api/v1/devices/app/r%2F1", headers=JAFAR)).status == 404
    assert len(await found(house)) == 1


async def test_another_account_may_call_its_devices_the_same(house: House) -> None:
    before = await registered(house)
    theirs = await house.call("POST", "/api/v1/devices", {**PHONE, "token": "theirs"}, JAFAR)
    assert theirs.status == 201
    assert await found(house) == [before]
    assert await found(house, headers=JAFAR) == [theirs.json()]


async def test_another_account_s_primary_device_changes_nothing_of_ours(house: House) -> None:
    before = await registered(house, primary=True)
    for change in ({"registration": "r/1"}, {"registration": "r/2"}):
        await house.call("POST", "/api/v1/devices", {**PHONE, **change, "primary": True}, JAFAR)
    assert await found(house) == [before]
