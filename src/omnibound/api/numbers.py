"""Our numbers, as operators keep them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from omnibound.api.base import Ask, to_date
from omnibound.ports import Listing
from omnibound.services.keep_numbers import Numbers, NumberWish


class NumberIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose messages to one of our numbers are."""

    number: Annotated[str, Meta(description="The number as people write to it.")]
    account: Annotated[str, Meta(description="The account's name.")]
    channel: str = "SMS"
    keyword: Annotated[
        str, Meta(description="Only messages that begin with it; the longest that fits wins, case does not matter.")
    ] = ""
    url: Annotated[str, Meta(description="Where they are pushed; the account's own address if it is empty.")] = ""
    format: Annotated[str, Meta(description="How they are pushed; that of the first dialect if it is empty.")] = ""


class NumberOut(Struct, frozen=True, kw_only=True):
    """An entry. `account` is the account's name."""

    id: str
    number: str
    account: str
    channel: str
    keyword: str
    url: str
    format: str
    created_at: datetime | None


class NumbersOut(Struct, frozen=True, kw_only=True):
    """All entries, the oldest first."""

    numbers: list[NumberOut]


async def add(ask: Ask[None, NumberIn]) -> NumberOut:
    """POST /api/v1/numbers."""
    body, numbers = ask.body, ask.services.numbers
    wish = NumberWish(
        number=body.number,
        account=body.account,
        channel=body.channel,
        keyword=body.keyword,
        url=body.url,
        format=body.format,
    )
    return write_number(numbers, await numbers.add(wish))


async def page(ask: Ask[None, None]) -> NumbersOut:
    """GET /api/v1/numbers."""
    numbers = ask.services.numbers
    return NumbersOut(numbers=[write_number(numbers, listing) for listing in await numbers.all()])


async def drop(ask: Ask[None, None]) -> None:
    """DELETE /api/v1/numbers/{number}."""
    await ask.services.numbers.drop(ask.place["number"])


def write_number(numbers: Numbers, listing: Listing) -> NumberOut:
    """An entry as the API and the command line tell it."""
    number = listing.number
    return NumberOut(
        id=str(number.id),
        number=number.number,
        account=listing.account,
        channel=number.channel,
        keyword=number.keyword,
        url=number.url,
        format=numbers.word(number.format),
        created_at=to_date(number.created_at),
    )
