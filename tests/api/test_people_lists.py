"""Lists of people through the native API."""

from typing import Any

import pytest

from omnibound.domain.people import Gender, Profile
from tests.api.house import House

pytestmark = pytest.mark.anyio

LISTS = "/api/v1/people-lists"
PEOPLE = [
    Profile(first_name="Anna", phone="41793026727", gender=Gender.FEMALE, birthday="1990-12-31"),
    Profile(middle_name="M", last_name="B", landline="41443026727", address="a", city="c", country="d"),
    Profile(email="c@d.example"),
]


async def made(house: House, **members: Any) -> dict[str, Any]:
    answer = await house.call("POST", LISTS, {"name": "Customers", **members})
    assert answer.status == 201
    return answer.json()


async def test_lists_are_made_and_read_by_pages(house: House) -> None:
    first, second = await made(house, key="own_key-1"), await made(house, name="Others")
    assert {**first, "created_at": "..."} == {
        "key": "own_key-1",
        "name": "Customers",
        "size": 0,
        "created_at": "...",
    }
    assert (await house.call("GET", LISTS)).json() == {"lists": [first, second], "count": 2}
    assert (await house.call("GET", f"{LISTS}?limit=1&page=1")).json() == {"lists": [second], "count": 2}


async def test_people_of_a_list(house: House) -> None:
    await made(house, key="k")
    await house.running.services.people.add(house.accounts["Aladdin"], "k", PEOPLE)
    told = (await house.call("GET", f"{LISTS}/k/people")).json()
    assert told == {
        "people": [
            {"n": 1, "first_name": "Anna", "phone": "41793026727", "gender": "female", "birthday": "1990-12-31"},
            {
                "n": 2,
                "middle_name": "M",
                "last_name": "B",
                "landline": "41443026727",
                "address": "a",
                "city": "c",
                "country": "d",
            },
            {"n": 3, "email": "c@d.example"},
        ]
    }
    assert (await house.call("GET", f"{LISTS}/k/people?after=1&limit=1")).json() == {"people": told["people"][1:2]}
    assert (await house.call("GET", LISTS)).json()["lists"][0]["size"] == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": " "}, "name"),
        ({"name": "n", "key": ""}, "key"),
        ({"name": "n", "key": "a/b"}, "key"),
        ({"name": "n", "key": "taken"}, "key"),
        ({"name": "n", "people": []}, "people"),
    ],
)
async def test_what_makes_no_list(house: House, body: dict[str, Any], field: str) -> None:
    await made(house, key="taken")
    answer = await house.call("POST", LISTS, body)
    assert (answer.status, answer.json()["field"]) == (400, field)
    assert (await house.call("GET", LISTS)).json()["count"] == 1


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "page=-1", "page=x"])
async def test_pages_that_do_not_exist(house: House, query: str) -> None:
    assert (await house.call("GET", f"{LISTS}?{query}")).status == 400


async def test_an_unknown_list(house: House) -> None:
    answer = await house.call("GET", f"{LISTS}/none/people")
    assert (answer.status, answer.json()["field"]) == (404, "key")
