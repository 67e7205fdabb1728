"""Routes, and which of them a number would take: for operators."""

from typing import Annotated

from msgspec import Meta, Struct

from omnibound.api.base import Ask, Line, word, words
from omnibound.api.resource import OPERATOR
from omnibound.domain.health import Condition
from omnibound.domain.price import in_units
from omnibound.domain.routing import By, Route
from omnibound.services.explain_routes import Way
from omnibound.wire.openapi import Operation


class WayOut(Struct, frozen=True, kw_only=True):
    """A connector of a route. `cost` is what its carrier takes for a part or minute to the number; null: unknown."""

    connector: str
    weight: int
    up: bool
    condition: Annotated[str, words(Condition)]
    cost: float | None


class RouteOut(Struct, frozen=True, kw_only=True):
    """A route of the configuration; what is empty fits everything."""

    channel: str
    prefixes: list[str]
    accounts: list[str]
    senders: list[str]
    by: By
    connectors: list[WayOut]


class RoutesOut(Struct, frozen=True, kw_only=True):
    """All of them, in the order of the configuration; on channels without any all connectors share."""

    routes: list[RouteOut]


class RouteWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who would send, and how."""

    channel: Annotated[str, Meta(max_length=64, description="The channel.")] = "SMS"
    account: Annotated[str, Meta(max_length=200, description="The account's name.")] = ""
    sender: Annotated[str, Meta(max_length=200, description="The sender that is shown.")] = ""


class ConsideredOut(Struct, frozen=True, kw_only=True):
    """A route of the channel, and why it is not taken; empty: it is."""

    connectors: list[str]
    prefixes: list[str]
    accounts: list[str]
    senders: list[str]
    taken: bool
    why: str


class RouteFoundOut(Struct, frozen=True, kw_only=True):
    """What becomes of a number: its country and network, every route beside it, and its connectors in their order.

    Without routes of the channel all of its connectors share; with routes and none that is taken it is refused.
    `price` is what the account pays for a part or minute; null: nobody knows.
    """

    number: str
    country: str
    mcc_mnc: str
    routes: list[ConsideredOut]
    connectors: list[WayOut]
    price: float | None
    currency: str


async def every(ask: Ask[None, None]) -> RoutesOut:
    """GET /api/v1/routes."""
    return RoutesOut(routes=[_route(route, ways) for route, ways in ask.services.routes.all()])


async def explain(ask: Ask[RouteWish, None]) -> RouteFoundOut:
    """GET /api/v1/routes/{phone}?channel=&account=&sender=."""
    wish = ask.query
    told = ask.services.routes.one(ask.place["phone"], wish.channel, wish.account, wish.sender)
    return RouteFoundOut(
        number=told.number,
        country=told.country,
        mcc_mnc=told.network,
        routes=[
            ConsideredOut(
                connectors=list(each.route.connectors), prefixes=list(each.route.prefixes),
                accounts=list(each.route.accounts), senders=list(each.route.senders), taken=each.taken, why=each.why,
            )
            for each in told.considered
        ],
        connectors=[_way(way) for way in told.ways],
        price=_units(told.price.amount) if told.price else None,
        currency=told.price.currency if told.price else "",
    )  # fmt: skip


def _route(route: Route, ways: list[Way]) -> RouteOut:
    return RouteOut(
        channel=route.channel, prefixes=list(route.prefixes), accounts=list(route.accounts),
        senders=list(route.senders), by=route.by, connectors=[_way(way) for way in ways],
    )  # fmt: skip


def _way(way: Way) -> WayOut:
    return WayOut(
        connector=way.connector, weight=way.weight, up=way.up, condition=word(way.condition), cost=_units(way.cost)
    )


def _units(amount: int | None) -> float | None:
    return None if amount is None else in_units(amount)


LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "GET", "/api/v1/routes", "listRoutes", "operators", "Routes, and how their connectors are",
            (OPERATOR,), answer=RoutesOut,
        ),
        every,
    ),
    Line(
        Operation(
            "GET", "/api/v1/routes/{phone}", "explainRoute", "operators", "Which route a number would take, and why",
            (OPERATOR,), query=RouteWish, answer=RouteFoundOut,
        ),
        explain,
    ),
)  # fmt: skip
