"""Lists of people: whole or not at all, numbered in the order in which they came, each account's own."""

import asyncio

import pytest
from msgspec.structs import replace

from omnibound.domain.people import Gender, PeopleList, Profile
from omnibound.ports import Taken
from omnibound.store.opened import OpenedStore

pytestmark = pytest.mark.anyio

CUSTOMERS = PeopleList(key="C", account=1, name="Customers", created_at=5)
ANNA = Profile(
    first_name="Anna", middle_name="M", last_name="B", phone="41793026727", landline="41443026727", email="a@b.example",
    address="Bahnhofstr. 1", city="Zug", country="Switzerland", gender=Gender.FEMALE, birthday="1990-12-31",
)  # fmt: skip
BOB = Profile(email="b@b.example")


async def test_a_list_is_found_by_its_accounts_key(store: OpenedStore) -> None:
    await store.people.add(CUSTOMERS)
    await store.people.add(replace(CUSTOMERS, account=2, name="Others"))
    assert await store.people.one(1, "C") == CUSTOMERS
    assert await store.people.one(2, "C") == replace(CUSTOMERS, account=2, name="Others")
    assert await store.people.one(1, "c") is None
    with pytest.raises(Taken):
        await store.people.add(replace(CUSTOMERS, name="Again"))
    assert await store.people.one(1, "C") == CUSTOMERS


async def test_people_come_back_as_they_were_in_their_order(store: OpenedStore) -> None:
    await store.people.add(CUSTOMERS)
    assert await store.people.extend(1, "C", [ANNA, BOB]) == replace(CUSTOMERS, size=2)
    assert await store.people.extend(1, "C", [ANNA]) == replace(CUSTOMERS, size=3)
    assert await store.people.people(1, "C", 0, 10) == [(1, ANNA), (2, BOB), (3, ANNA)]
    assert await store.people.people(1, "C", 1, 1) == [(2, BOB)]
    assert await store.people.people(1, "C", 3, 10) == []


async def test_who_is_added_to_no_list_is_nowhere(store: OpenedStore) -> None:
    await store.people.add(CUSTOMERS)
    for account, key in ((2, "C"), (1, "D")):
        assert await store.people.extend(account, key, [ANNA]) is None
        assert await store.people.people(account, key, 0, 10) == []
    assert await store.people.one(1, "C") == CUSTOMERS


async def test_those_who_add_at_once_get_numbers_of_their_own(store: OpenedStore) -> None:
    await store.people.add(CUSTOMERS)
    many = [[Profile(phone=f"4179{who}{number:03}") for number in range(50)] for who in range(8)]
    grown = await asyncio.gather(*(store.people.extend(1, "C", people) for people in many))
    assert sorted(each.size for each in grown if each) == list(range(50, 401, 50))
    found = await store.people.people(1, "C", 0, 1000)
    assert [n for n, _ in found] == list(range(1, 401))
    whole = [profile for _, profile in found]
    assert sorted([whole[start : start + 50] for start in range(0, 400, 50)], key=lambda part: part[0].phone) == many


async def test_pages_of_lists(store: OpenedStore) -> None:
    lists = [PeopleList(key=key, account=1, name=key, created_at=at) for key, at in (("A", 1), ("C", 2), ("B", 2))]
    for each in (*lists, CUSTOMERS, replace(CUSTOMERS, account=2)):
        if each is not CUSTOMERS:
            await store.people.add(each)
    a, c, b = lists
    assert await store.people.page(1, 2, 0) == ([a, b], 3)
    assert await store.people.page(1, 2, 1) == ([c], 3)
    assert await store.people.page(1, 0, 0) == ([], 3)
    assert await store.people.page(3, 10, 0) == ([], 0)
