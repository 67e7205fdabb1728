"""Which route something would take, and why; and how the connectors of routes are."""

from collections.abc import Callable
from typing import NamedTuple

from omnibound.domain.countries import country_of
from omnibound.domain.errors import Invalid
from omnibound.domain.health import Condition
from omnibound.domain.number import is_callable, number_key
from omnibound.domain.price import Rate
from omnibound.domain.routing import Considered, Offer, Plan, Route, cheapest, consider
from omnibound.services.keep_prices import Prices


class Way(NamedTuple):
    """A connector as a route has it: whether its link is up, how its answers are, and what it takes (millionths)."""

    connector: str
    weight: int
    up: bool
    condition: Condition
    cost: int | None = None


class Explained(NamedTuple):
    """What a number is, which routes there are for it, and in what order the one that takes it would be followed."""

    number: str
    country: str
    network: str
    considered: list[Considered]
    ways: list[Way]
    price: Rate | None


class ExplainRoutes:
    """Tells of a plan as it is followed just now."""

    def __init__(
        self,
        plan: Callable[[], Plan],
        is_up: Callable[[str, str], bool],
        condition: Callable[[str], Condition],
        prices: Prices,
    ) -> None:
        self._plan = plan
        self._is_up = is_up
        self._condition = condition
        self._prices = prices

    def all(self) -> list[tuple[Route, list[Way]]]:
        """Every route with its connectors."""
        return [
            (route, [self._way(route, Offer(name, None)) for name in route.connectors]) for route in self._plan().routes
        ]

    def one(self, number: str, channel: str, account: str, sender: str) -> Explained:
        """What an account would send a number so. Raises Invalid for what is no number."""
        key = number_key(number)
        if not is_callable(key):
            raise Invalid("must be an international number", "number")
        considered = consider(self._plan(), channel, account, sender, key)
        taken = next((each.route for each in considered if each.taken), None)
        rates = self._prices.current
        return Explained(
            number=key, country=country_of(key), network=rates.network(key), considered=considered,
            ways=[] if taken is None else self._ways(taken, key), price=rates.price(account, channel, key),
        )  # fmt: skip

    def _ways(self, route: Route, number: str) -> list[Way]:
        offers = [Offer(name, self._prices.cost(name, route.channel, number)) for name in route.connectors]
        if route.by == "cost":
            offers = cheapest(route.connectors, route.channel, number, self._prices.cost)
        return sorted((self._way(route, offer) for offer in offers), key=_last)

    def _way(self, route: Route, offer: Offer) -> Way:
        name = offer.connector
        return Way(
            name, route.weight(name), self._is_up(route.channel, name), self._condition(name), offer.cost
        )  # fmt: skip


def _last(way: Way) -> bool:
    """Who cannot take anything just now comes behind those who can."""
    return not way.up or way.condition is Condition.SICK
