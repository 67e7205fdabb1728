"""What deliveries and calls cost: told to those who sent them, taken in advance from those who are prepaid."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from omnibound.domain.account import Account
from omnibound.domain.balance import Refund
from omnibound.domain.call import Call
from omnibound.domain.campaign import CHANNEL as CALLS
from omnibound.domain.changes import Changes
from omnibound.domain.live import Outcome
from omnibound.domain.message import Addresses, Delivery, Message, address_for
from omnibound.domain.price import FREE, Price, Rates, amount_of, price_of
from omnibound.ports import CallStore
from omnibound.services.keep_balances import Portions
from omnibound.services.keep_prices import Prices

Parts = Callable[[str, Message], int]
"""How many parts a message has on a channel."""


class Told(NamedTuple):
    """What a price is asked for: a delivery by a step, as it stands or ended. `sent`: it left."""

    delivery: int
    channel: str
    number: str
    parts: int
    at: int
    sent: bool


def number_of(channel: str, to: Addresses) -> str:
    """The number by which a person's price on a channel is found."""
    return (to.phone or address_for(channel, to)).removeprefix("+")


Tell = Callable[[Account, Sequence[Told]], Awaitable[list[Price]]]
"""What each of some deliveries costs an account, in their order."""


async def all_free(_account: Account, asked: Sequence[Told]) -> list[Price]:
    """Where nothing has a price."""
    return [FREE] * len(asked)


class Pricing:
    """Tells prices. A call's is of its last try, by the seconds that were talked."""

    def __init__(self, prices: Prices, calls: CallStore) -> None:
        self._prices = prices
        self._calls = calls

    async def of(self, account: Account, asked: Sequence[Told]) -> list[Price]:
        """What each costs an account, in their order."""
        if self._prices.empty:
            return [FREE] * len(asked)
        talked = await self._talked([each.delivery for each in asked if each.channel == CALLS])
        epochs = {epoch: await self._prices.at(at) for epoch, at in self._epochs(asked).items()}
        return [
            _price(epochs[self._prices.epoch(each.at)], account.name, each, talked.get(each.delivery, 0))
            for each in asked
        ]

    def _epochs(self, asked: Sequence[Told]) -> dict[int, int]:
        return {self._prices.epoch(at): at for at in {each.at for each in asked}}

    async def _talked(self, deliveries: Sequence[int]) -> dict[int, float]:
        if not deliveries:
            return {}
        return {id_: calls[-1].talked_ms / 1_000 for id_, calls in (await self._calls.of(deliveries)).items() if calls}

    async def of_call(self, call: Call, account: str) -> Price:
        """What a call costs its account."""
        return _of_call(await self._prices.at(call.begun_at or call.ended_at), call, account, "")

    async def cost_of_call(self, call: Call) -> Price:
        """What a call costs us."""
        return _of_call(await self._prices.at(call.begun_at or call.ended_at), call, "", call.connector)


def _price(rates: Rates, account: str, told: Told, seconds: float) -> Price:
    rate = rates.price(account, told.channel, told.number)
    return price_of(rate, told.parts, seconds, rates.network(told.number), sent=told.sent)


def _of_call(rates: Rates, call: Call, account: str, connector: str) -> Price:
    number = call.number.removeprefix("+")
    rate = rates.cost(connector, CALLS, number) if connector else rates.price(account, CALLS, number)
    return price_of(rate, 1, call.talked_ms / 1_000, rates.network(number), sent=True)


class Charges:
    """What the people of a message are charged in advance: the dearest step that could reach them."""

    def __init__(self, rates: Rates, account: str, message: Message, parts: Parts) -> None:
        self._rates = rates
        self._account = account
        self._steps = [
            (step.channel, step.address, parts(step.channel, message))
            for step in message.flow.steps
            if step.channel in message.content
        ]
        self.message = message
        self.sole = self._steps[0][2] if len(message.flow.steps) == len(self._steps) == 1 else 0
        """The parts of the only step that there is: what was sent with as many has cost what was charged."""

    def of(self, to: Addresses) -> int | None:
        """What somebody is charged, in millionths; None: a step that could reach them has no price."""
        most = 0
        number = to.phone.removeprefix("+")
        for channel, place, parts in self._steps:
            if not address_for(channel, to, place):
                continue
            rate = self._rates.price(self._account, channel, number or number_of(channel, to))
            if rate is None:
                return None
            most = max(most, amount_of(rate, parts, rate.first))
        return most


class SettleMoney:
    """Gives back, in the commit of its end, what a delivery of a prepaid account was charged and did not cost.

    Calls are charged by what was talked, as far as there is money, once they are over.
    """

    def __init__(
        self, prices: Prices, portions: Portions, names: Callable[[], Mapping[int, str]], parts: Parts
    ) -> None:
        self._prices = prices
        self._portions = portions
        self._names = names
        self._parts = parts
        self._last: Charges | None = None

    def ended(self, changes: Changes, message: Message, delivery: Delivery, outcomes: Sequence[Outcome]) -> None:
        """A delivery has ended. Members of campaigns were not charged in advance."""
        if message.campaign or not self._prepaid(delivery.account):
            return
        for outcome in outcomes:
            if outcome.final:
                self._refund(changes, message, delivery, outcome)

    def called(self, changes: Changes) -> None:
        """Calls are over."""
        for call in changes.calls:
            if self._prepaid(call.account):
                rates = self._prices.known(call.begun_at or call.ended_at)
                price = _of_call(rates, call, self._names().get(call.account, ""), "")
                if price.whole:
                    changes.refunds.append(Refund(call.account, -price.whole))

    def _refund(self, changes: Changes, message: Message, delivery: Delivery, outcome: Outcome) -> None:
        step = message.flow.steps[outcome.step]
        charges = self._charges(message)
        if outcome.sent_at and 0 < charges.sole <= outcome.parts and step.channel != CALLS:
            return
        rates, account = self._prices.known(message.created_at), self._names().get(delivery.account, "")
        charged = charges.of(delivery.to) or 0
        number = number_of(step.channel, delivery.to)
        told = Told(delivery.id, step.channel, number, outcome.parts, message.created_at, sent=bool(outcome.sent_at))
        cost = 0 if step.channel == CALLS else _price(rates, account, told, 0).whole
        if charged > cost:
            changes.refunds.append(Refund(delivery.account, charged - cost))

    def _charges(self, message: Message) -> Charges:
        """Most of what ends at once is of one message."""
        if self._last is None or self._last.message is not message:
            rates, account = self._prices.known(message.created_at), self._names().get(message.account, "")
            self._last = Charges(rates, account, message, self._parts)
        return self._last

    def _prepaid(self, account: int) -> bool:
        allowance = self._portions.allowance(account)
        return allowance is not None and allowance.prepaid
