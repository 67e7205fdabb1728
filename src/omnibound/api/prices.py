"""Price lists, and what accounts may send: for operators; an account reads its own."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from omnibound.api.base import ACCOUNT, Ask, Line, from_date, to_date
from omnibound.api.member_files import TABLES
from omnibound.api.resource import OPERATOR
from omnibound.api.uploads import Upload
from omnibound.domain.price import ListHead, in_units
from omnibound.services.keep_balances import Standing, read_money
from omnibound.services.keep_prices import Read, read_rates
from omnibound.wire.openapi import Operation

MOST_OCTETS = 50_000_000
_Instant = Annotated[datetime, Meta(tz=True)]


class PriceListOut(Struct, frozen=True, kw_only=True):
    """A price list: `rates` lines hold from `since` on, until the next one of its name."""

    id: str
    name: str
    since: datetime | None
    rates: int


class PriceListsOut(Struct, frozen=True, kw_only=True):
    """All that are kept, the oldest first."""

    lists: list[PriceListOut]


class PriceWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of the table. `dry_run`: look only; `partly`: take the rest where rows are rejected."""

    name: Annotated[str, Meta(max_length=64, description="Whose place it takes; `default`.")] = ""
    since: Annotated[_Instant | None, Meta(description="When it begins to hold; now.")] = None
    dry_run: bool = False
    partly: bool = False


class RejectedRateOut(Struct, frozen=True, kw_only=True):
    """A row that is no rate."""

    line: int
    column: str
    fault: str


class ImportedOut(Struct, frozen=True, kw_only=True):
    """What became of a table: its list (null: none was made), its rates, and the rows that are none."""

    made: PriceListOut | None
    rates: int
    rejected: list[RejectedRateOut]


class LimitsIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is. `countries`: codes between commas, empty for all; `daily_cap`: 0 for no end."""

    countries: Annotated[str, Meta(max_length=2_000)] | None = None
    daily_cap: Annotated[int, Meta(ge=0, le=2**62)] | None = None
    prepaid: bool | None = None


class MoneyIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount such as "12.50", paid in, or below 0 taken out."""

    add: Annotated[str, Meta(max_length=40)]


class StandingOut(Struct, frozen=True, kw_only=True):
    """What an account may send. `balance` is its money, of which servers hold `held` for what comes next.

    `left_today` counts with what servers hold; it means nothing without a `daily_cap`.
    """

    account: str
    countries: list[str]
    daily_cap: int
    left_today: int
    prepaid: bool
    balance: float
    held: float
    currency: str


async def lists(ask: Ask[None, None]) -> PriceListsOut:
    """GET /api/v1/prices."""
    return PriceListsOut(lists=[write_head(head) for head in await ask.services.prices.heads()])


async def import_prices(ask: Ask[PriceWish, Upload]) -> ImportedOut:
    """POST /api/v1/prices?name=&since=&dry_run=&partly=."""
    wish = ask.query
    read = read_rates(b"".join([part async for part in ask.body.parts(MOST_OCTETS)]))
    if wish.dry_run or (read.rejected and not wish.partly):
        return write_read(read, None)
    return write_read(read, await ask.services.prices.put(wish.name, from_date(wish.since), read))


async def drop(ask: Ask[None, None]) -> PriceListOut:
    """DELETE /api/v1/prices/{list}."""
    return write_head(await ask.services.prices.drop(ask.place["list"]))


async def standing(ask: Ask[None, None]) -> StandingOut:
    """GET /api/v1/accounts/{account}/balance."""
    return write_standing(await ask.services.balances.one(ask.place["account"]))


async def own(ask: Ask[None, None]) -> StandingOut:
    """GET /api/v1/balance."""
    return write_standing(await ask.services.balances.one(ask.account.name))


async def pay(ask: Ask[None, MoneyIn]) -> StandingOut:
    """POST /api/v1/accounts/{account}/balance."""
    return write_standing(await ask.services.balances.add(ask.place["account"], read_money(ask.body.add)))


async def limit(ask: Ask[None, LimitsIn]) -> StandingOut:
    """PUT /api/v1/accounts/{account}/limits."""
    wish = ask.body
    account = ask.place["account"]
    return write_standing(
        await ask.services.balances.change(account, wish.countries, wish.daily_cap, prepaid=wish.prepaid)
    )


def write_head(head: ListHead) -> PriceListOut:
    """A list as the API tells it."""
    return PriceListOut(id=str(head.id), name=head.name, since=to_date(head.since), rates=head.rates)


def write_read(read: Read, made: ListHead | None) -> ImportedOut:
    """What became of a table."""
    rejected = [RejectedRateOut(line=each.line, column=each.column, fault=each.why) for each in read.rejected]
    return ImportedOut(made=write_head(made) if made else None, rates=len(read.rates), rejected=rejected)


def write_standing(standing: Standing) -> StandingOut:
    """How an account stands."""
    allowance, money, today = standing.allowance, standing.money, standing.today
    return StandingOut(
        account=standing.name, countries=list(allowance.countries), daily_cap=allowance.daily_cap,
        left_today=max(today.left + today.held, 0), prepaid=allowance.prepaid,
        balance=in_units(money.left + money.held), held=in_units(money.held), currency=standing.currency,
    )  # fmt: skip


_ONE = "/api/v1/accounts/{account}"
LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "GET", "/api/v1/prices", "listPrices", "operators", "Price lists, the oldest first", (OPERATOR,),
            answer=PriceListsOut,
        ),
        lists,
    ),
    Line(
        Operation(
            "POST", "/api/v1/prices", "importPrices", "operators", "Take a price list from a CSV table", (OPERATOR,),
            query=PriceWish, answer=ImportedOut, upload=TABLES,
        ),
        import_prices,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/prices/{list}", "dropPrices", "operators", "A price list holds no longer", (OPERATOR,),
            answer=PriceListOut,
        ),
        drop,
    ),
    Line(
        Operation(
            "GET", "/api/v1/balance", "readOwnBalance", "messages", "What the account may send, and its money",
            ACCOUNT, answer=StandingOut,
        ),
        own,
    ),
    Line(
        Operation(
            "GET", f"{_ONE}/balance", "readBalance", "operators", "What an account may send, and its money",
            (OPERATOR,), answer=StandingOut,
        ),
        standing,
    ),
    Line(
        Operation(
            "POST", f"{_ONE}/balance", "addMoney", "operators", "Pay in: from then on the account pays in advance",
            (OPERATOR,), body=MoneyIn, answer=StandingOut,
        ),
        pay,
    ),
    Line(
        Operation(
            "PUT", f"{_ONE}/limits", "limitAccount", "operators", "Say what an account may send", (OPERATOR,),
            body=LimitsIn, answer=StandingOut,
        ),
        limit,
    ),
)  # fmt: skip
