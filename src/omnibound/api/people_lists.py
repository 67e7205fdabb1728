"""Lists of people: make one, look at all, look into one."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from omnibound.api.base import Ask, Cursor, to_date
from omnibound.domain.people import PeopleList, Profile
from omnibound.services.keep_people import KEY

ListKey = Annotated[str, Meta(max_length=64, pattern=KEY, description="Your id for it; made if it is left out.")]


class PeopleListIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list to make."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    key: ListKey | None = None


class PeopleListOut(Struct, frozen=True, kw_only=True):
    """A list of people; `size` is how many are in it."""

    key: str
    name: str
    size: int
    created_at: datetime | None


class PeopleListsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of lists, counted from zero."""

    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    page: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


class PeopleListsOut(Struct, frozen=True, kw_only=True):
    """Lists in the order in which they were made; `count` is how many there are altogether."""

    lists: list[PeopleListOut]
    count: int


class PeopleWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People of a list after a number."""

    after: Cursor = 0
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100


class ListedOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody in a list. `n` counts from 1; what is not known is left out."""

    n: int
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    phone: str = ""
    landline: str = ""
    email: str = ""
    address: str = ""
    city: str = ""
    country: str = ""
    gender: Literal["female", "male"] | None = None
    birthday: str = ""


class PeopleOut(Struct, frozen=True, kw_only=True):
    """People of a list; the last one's `n` is what to go on after."""

    people: list[ListedOut]


async def create(ask: Ask[None, PeopleListIn]) -> PeopleListOut:
    """POST /api/v1/people-lists."""
    return _list(await ask.services.people.create(ask.account, ask.body.name, ask.body.key or ""))


async def page(ask: Ask[PeopleListsWish, None]) -> PeopleListsOut:
    """GET /api/v1/people-lists?limit=&page=."""
    lists, count = await ask.services.people.page(ask.account, ask.query.limit, ask.query.page)
    return PeopleListsOut(lists=[_list(each) for each in lists], count=count)


async def people(ask: Ask[PeopleWish, None]) -> PeopleOut:
    """GET /api/v1/people-lists/{key}/people?after=&limit=."""
    found = await ask.services.people.people(ask.account, ask.place["key"], ask.query.after, ask.query.limit)
    return PeopleOut(people=[_listed(n, profile) for n, profile in found])


def _list(told: PeopleList) -> PeopleListOut:
    return PeopleListOut(key=told.key, name=told.name, size=told.size, created_at=to_date(told.created_at))


def _listed(n: int, profile: Profile) -> ListedOut:
    members = {name: getattr(profile, name) for name in Profile.__struct_fields__}
    return ListedOut(n=n, **members)
