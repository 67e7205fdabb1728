"""What things cost: price lists of the operator's, and what they say of a number. Money is in millionths.

Every list has a name and holds from an instant on, until the next one of its name. Lists are never changed: what a
delivery costs follows for ever from when it was sent, over what, to whom, and in how many parts.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from omnibound.domain.campaign import CHANNEL as CALLS
from omnibound.domain.routing import Cost as Cost

MILLION = 1_000_000
MINUTE_S = 60
REMEMBERED = 100_000


class Rate(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A line of a price list: what the first digits of numbers, or a network or country, cost on a channel.

    With a `connector` it is what the carrier takes, else what accounts pay: one, or all where none is named. `amount`
    is of a part, or of a minute that is called, in millionths; None: the line only tells whose network it is. Of calls
    `first` and then `next` seconds are charged at least.
    """

    prefix: str = ""
    mcc: str = ""
    mnc: str = ""
    channel: str = "SMS"
    amount: int | None = None
    currency: str = ""
    connector: str = ""
    account: str = ""
    first: int = MINUTE_S
    next: int = MINUTE_S

    @property
    def network(self) -> str:
        """The country and network code as one, as far as they are known."""
        return self.mcc + self.mnc


class PriceList(Struct, frozen=True, kw_only=True):
    """Rates under a name, from `since` (microseconds UTC) on."""

    id: int
    name: str
    since: int
    rates: tuple[Rate, ...]


class ListHead(NamedTuple):
    """A price list without its rates: how many there are."""

    id: int
    name: str
    since: int
    rates: int


T = TypeVar("T")


class Prefixes(Generic[T]):
    """Values by the first digits of a number: the longest wins."""

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        self._values = dict(pairs)
        self._lengths = sorted({len(prefix) for prefix in self._values}, reverse=True)
        self._longest = self._lengths[0] if self._lengths else 0
        self._remembered: dict[str, T | None] = {}

    def find(self, number: str) -> T | None:
        """What the longest prefix of a number has. Numbers that begin alike are looked up once."""
        begin = number[: self._longest]
        try:
            return self._remembered[begin]
        except KeyError:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            found = self._remembered[begin] = self._look(begin)
            return found

    def _look(self, number: str) -> T | None:
        prefixes = (number[:length] for length in self._lengths)
        return next((self._values[prefix] for prefix in prefixes if prefix in self._values), None)


class Sheet:
    """The rates of one owner on one channel. A prefix is nearer than a network, that than a country, that than all."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._prefixes = Prefixes((rate.prefix, rate) for rate in rates if rate.prefix)
        self._networks = {rate.network: rate for rate in rates if not rate.prefix and rate.mcc}
        self._otherwise = next((rate for rate in rates if not rate.prefix and not rate.mcc), None)

    def find(self, number: str, network_of: Callable[[str], str]) -> Rate | None:
        """The rate of a number. Whose network it is, is asked only where that matters."""
        found = self._prefixes.find(number)
        if found is None and self._networks:
            network = network_of(number)
            found = self._networks.get(network) or self._networks.get(network[:3])
        return found or self._otherwise


class Rates:
    """All rates of an instant."""

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        every = list(rates)
        self._networks = Prefixes((rate.prefix, rate.network) for rate in every if rate.prefix and rate.mcc)
        priced: dict[tuple[str, str, str], list[Rate]] = {}
        for rate in every:
            if rate.amount is not None:
                priced.setdefault((rate.connector, rate.account, rate.channel), []).append(rate)
        self._sheets = {owner: Sheet(of) for owner, of in priced.items()}
        self.empty = not every

    def network(self, number: str) -> str:
        """The country and network code of a number; empty: nobody knows."""
        return self._networks.find(number) or ""

    def price(self, account: str, channel: str, number: str) -> Rate | None:
        """What an account pays: by its own rates, or where those say nothing by those of all."""
        return self._of(("", account, channel), number) or self._of(("", "", channel), number)

    def cost(self, connector: str, channel: str, number: str) -> Rate | None:
        """What a connector's carrier takes."""
        return self._of((connector, "", channel), number)

    def _of(self, owner: tuple[str, str, str], number: str) -> Rate | None:
        sheet = self._sheets.get(owner)
        return sheet.find(number, self.network) if sheet else None


class Epochs:
    """Price lists in time: between two instants at which one of them begins all rates are the same."""

    def __init__(self, heads: Iterable[ListHead] = ()) -> None:
        self.heads = tuple(sorted(heads, key=lambda head: (head.since, head.id)))
        self._begins = sorted({head.since for head in self.heads})

    def number(self, at: int) -> int:
        """Which epoch an instant lies in; 0 is before the first list."""
        return bisect_right(self._begins, at)

    def lists(self, number: int) -> list[int]:
        """The lists that hold in an epoch."""
        if not number:
            return []
        begin = self._begins[number - 1]
        return sorted({head.name: head.id for head in self.heads if head.since <= begin}.values())


def amount_of(rate: Rate, parts: int, seconds: float = 0) -> int:
    """What a delivery costs by a rate: parts of a text, or the seconds that a call was talked in. In millionths."""
    if rate.amount is None:
        return 0
    if rate.channel != CALLS:
        return rate.amount * parts
    return -(-rate.amount * _charged(rate, seconds) // MINUTE_S)


def _charged(rate: Rate, seconds: float) -> int:
    if seconds <= 0:
        return 0
    more = max(seconds - rate.first, 0)
    return rate.first + int(-(-more // rate.next)) * rate.next


class Price(NamedTuple):
    """What a delivery costs: of one part (or the call), of all of it, in a currency; and whose network it went to."""

    each: int = 0
    whole: int = 0
    currency: str = ""
    network: str = ""


FREE = Price()


def price_of(rate: Rate | None, parts: int, seconds: float, network: str, *, sent: bool) -> Price:
    """What is told of a delivery; what was never sent costs nothing."""
    if rate is None or rate.amount is None or not sent:
        return Price(currency=rate.currency if rate else "", network=network)
    whole = amount_of(rate, parts, seconds)
    return Price(whole if rate.channel == CALLS else rate.amount, whole, rate.currency, network)


def in_units(amount: int) -> float:
    """Millionths as people write them: 10400 is 0.0104."""
    return amount / MILLION
