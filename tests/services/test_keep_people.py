"""Lists of people, as a client may make and fill them."""

import re

import pytest

from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.people import PeopleList, Profile
from omnibound.services.keep_people import People
from tests.services.conftest import House

pytestmark = pytest.mark.anyio

ANNA = Profile(phone="41793026727")


@pytest.fixture
def people(house: House) -> People:
    return People(house.store.people, house.clock)


async def test_a_list_without_a_key_gets_one(house: House, people: People) -> None:
    anna = await house.account()
    made = await people.create(anna, "Customers")
    assert re.fullmatch("[0-9A-F]{32}", made.key)
    assert made == PeopleList(key=made.key, account=anna.id, name="Customers", size=0, created_at=house.clock.now)
    assert await people.get(anna, made.key) == made


@pytest.mark.parametrize(
    ("name", "key", "field"),
    [
        ("", "", "name"),
        (" \t", "", "name"),
        ("n", "a b", "key"),
        ("n", "x" * 65, "key"),
        ("n", "a\n", "key"),
        ("n", "ż", "key"),
        ("n", "TAKEN", "key"),
    ],
)
async def test_lists_that_cannot_be_made(house: House, people: People, name: str, key: str, field: str) -> None:
    anna = await house.account()
    taken = await people.create(anna, "first", "TAKEN")
    with pytest.raises(Invalid) as caught:
        await people.create(anna, name, key)
    assert caught.value.field == field
    assert await people.page(anna, 10, 0) == ([taken], 1)


async def test_an_accounts_lists_are_its_own(house: House, people: People) -> None:
    anna, bert = await house.account(), await house.account("bert")
    await people.create(anna, "Annas", "L")
    with pytest.raises(NotFound):
        await people.get(bert, "L")
    with pytest.raises(NotFound):
        await people.add(bert, "L", [ANNA])
    with pytest.raises(NotFound):
        await people.people(bert, "L", 0, 10)
    berts = await people.create(bert, "Berts", "L")
    await people.add(anna, "L", [ANNA])
    assert await people.get(bert, "L") == berts
    assert await people.people(bert, "L", 0, 10) == []


async def test_somebody_whom_nothing_reaches_keeps_all_out(house: House, people: People) -> None:
    anna = await house.account()
    await people.create(anna, "n", "L")
    with pytest.raises(Invalid) as caught:
        await people.add(anna, "L", [ANNA, Profile(first_name="Nobody", address="Somewhere 1")])
    assert caught.value.field == "people[1]"
    assert await people.people(anna, "L", 0, 10) == []
    assert (await people.add(anna, "L", [ANNA, Profile(landline="41443026727"), Profile(email="a@b")])).size == 3
