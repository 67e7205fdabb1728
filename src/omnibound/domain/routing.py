"""Which connectors may take what: routes by channel, account, sender and the first digits of the number."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from msgspec import Struct

By = Literal["order", "weight", "cost"]
"""How a route shares among its connectors: the first that is well, in proportion, or the cheapest that is well."""

Cost = Callable[[str, str, str], int | None]
"""What a connector takes for a part or minute on a channel to a number, in millionths; None: nobody knows."""


class Route(Struct, frozen=True, gc=False, kw_only=True):
    """Connectors for what fits it. What is empty fits everything; `prefixes` are digits of international numbers.

    `weights` stand beside the connectors; all are 1 where there are none.
    """

    channel: str
    connectors: tuple[str, ...]
    prefixes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    by: By = "order"
    weights: tuple[int, ...] = ()

    @property
    def exactness(self) -> tuple[bool, bool]:
        """Of routes with the same prefix the greater one wins: an account's own before a sender's before the rest."""
        return bool(self.accounts), bool(self.senders)

    def fits(self, channel: str, account: str, sender: str) -> bool:
        """Whether it may take what an account sends so, if the number fits."""
        return (
            channel == self.channel
            and (not self.accounts or account in self.accounts)
            and (not self.senders or sender in self.senders)
        )

    def weight(self, connector: str) -> int:
        """The share of one of its connectors."""
        return self.weights[self.connectors.index(connector)] if self.weights else 1


class Board:
    """The routes of one account's sender on one channel, by prefix. The longest prefix wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        found: dict[str, Route] = {}
        for route in sorted(routes, key=lambda route: route.exactness, reverse=True):
            for prefix in route.prefixes or ("",):
                found.setdefault(prefix, route)
        self._routes = found
        self._lengths = sorted({len(prefix) for prefix in found if prefix}, reverse=True)
        self._otherwise = found.get("")
        self.sole = None if self._lengths else self._otherwise
        """The one that takes every number; None if that depends on the number, or there is none."""

    def find(self, number: str) -> Route | None:
        """The route of a number (digits); None: there is none."""
        routes = self._routes
        for length in self._lengths:
            route = routes.get(number[:length])
            if route is not None:
                return route
        return self._otherwise


class Plan:
    """All routes, in the order of the configuration: of two that fit equally well the first one wins."""

    def __init__(self, routes: Sequence[Route] = ()) -> None:
        self.routes = tuple(routes)
        self.channels = frozenset(route.channel for route in routes)
        """Channels with routes: there nothing goes without one. On others all connectors share."""
        self.by_account = any(route.accounts for route in routes)
        self.board = lru_cache(maxsize=4_096)(self._board)
        """The board of (channel, account, sender)."""

    def _board(self, channel: str, account: str, sender: str) -> Board:
        return Board(route for route in self.routes if route.fits(channel, account, sender))


class Choice:
    """What a route's list of attempts is shared among: those of its connectors that may take some now."""

    def __init__(self, route: Route, names: Sequence[str], cost: Cost) -> None:
        self._names = names
        self._route = route
        self._cost = cost
        self._sums = list(accumulate(route.weight(name) for name in names)) if route.by == "weight" else []

    @property
    def sole(self) -> str:
        """The one that takes all of them; empty: that depends on each."""
        return self._names[0] if self._route.by == "order" or len(self._names) == 1 else ""

    def of(self, delivery: int, number: str) -> str:
        """The connector of one. By weight the same delivery always has the same one, as long as it can."""
        if self._route.by == "weight":
            return self._names[bisect_right(self._sums, _spread(delivery) % self._sums[-1])]
        return cheapest(self._names, self._route.channel, number, self._cost)[0].connector


class Offer(NamedTuple):
    """What a connector takes for a number; None: nobody knows."""

    connector: str
    cost: int | None


def cheapest(names: Sequence[str], channel: str, number: str, cost: Cost) -> list[Offer]:
    """Connectors, the cheapest first; those whose cost nobody knows come last, each as the route has them."""
    offers = [Offer(name, cost(name, channel, number)) for name in names]
    return sorted(offers, key=lambda offer: (offer.cost is None, offer.cost or 0))


def _spread(delivery: int) -> int:
    """Ids follow each other closely: what is taken of them has to lie far apart."""
    return (delivery * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) >> 33


class Considered(NamedTuple):
    """A route beside what was asked: why it does not fit (empty: it does), and whether it is the one."""

    route: Route
    why: str
    taken: bool


def consider(plan: Plan, channel: str, account: str, sender: str, number: str) -> list[Considered]:
    """Every route of a channel, and which of them takes a number."""
    taken = plan.board(channel, account, sender).find(number)
    return [
        Considered(route, _why(route, account, sender, number, taken), route is taken)
        for route in plan.routes
        if route.channel == channel
    ]


def _why(route: Route, account: str, sender: str, number: str, taken: Route | None) -> str:
    if route.accounts and account not in route.accounts:
        return "it is of other accounts"
    if route.senders and sender not in route.senders:
        return "it is of other senders"
    if route.prefixes and not number.startswith(route.prefixes):
        return "the number begins with none of its prefixes"
    return "" if route is taken else "another one fits better"


def check(routes: Sequence[Route], connectors: Mapping[str, str]) -> str:
    """What is wrong with routes, given the channel of each connector; empty: nothing."""
    return next((words for number, route in enumerate(routes, 1) if (words := _wrong(number, route, connectors))), "")


def _wrong(number: int, route: Route, connectors: Mapping[str, str]) -> str:
    here = f"route number {number}"
    if not route.connectors:
        return f"{here} has no connectors"
    if len(set(route.connectors)) < len(route.connectors):
        return f"{here} names a connector twice"
    for name in route.connectors:
        if connectors.get(name) != route.channel:
            return f"{here}: no connector {name} carries {route.channel}"
    if route.weights and (route.by != "weight" or len(route.weights) != len(route.connectors)):
        return f'{here}: weights belong to by = "weight", one beside each connector'
    return ""
