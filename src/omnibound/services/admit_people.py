"""Who of an order may be sent to: in allowed countries, as many as the day has, as far as the money reaches."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.balance import MONEY, Allowance, Spent, day_of
from omnibound.domain.countries import country_of
from omnibound.domain.message import Message
from omnibound.domain.order import Person
from omnibound.domain.status import Reason
from omnibound.services.keep_balances import Portions
from omnibound.services.keep_prices import Prices
from omnibound.services.price_deliveries import Charges, Parts

SLICE = 1_000
"""Nobody else waits longer than it takes to judge this many."""


class Admitted(NamedTuple):
    """People, those with a fault who may not be sent to, and what the commit has to say of purses."""

    people: list[Person]
    spent: list[Spent]


class Today(NamedTuple):
    """How many of a day's messages were taken for an order."""

    day: int
    got: int


class Admission:
    """Asked with every order; what bounds no account costs nothing."""

    def __init__(self, portions: Portions, prices: Prices, parts: Parts, clock: Callable[[], int]) -> None:
        self._portions = portions
        self._prices = prices
        self._parts = parts
        self._clock = clock

    async def admit(self, account: Account, message: Message, people: list[Person]) -> Admitted:
        """Judge people. What is taken for them has to be committed with them, or else given back."""
        allowance = self._portions.allowance(account.id)
        if allowance is None:
            return Admitted(people, [])
        people = [_allowed(person, allowance) for person in people] if allowance.countries else people
        today = Today(0, 0)
        if allowance.daily_cap:
            people, today = await self._within_the_day(allowance, people)
        try:
            people, spent = await self._paid(account, message, people) if allowance.prepaid else (people, [])
        except BaseException:
            self._portions.give_back([self._portions.spent(account.id, *today)])
            raise
        if today.got:
            going = sum(person.fault is None for person in people)
            self._portions.give_back([self._portions.spent(account.id, today.day, today.got - going)])
            spent = [*spent, *self._said(account.id, today.day, going)]
        return Admitted(people, spent)

    def _said(self, account: int, day: int, amount: int) -> list[Spent]:
        return [self._portions.spent(account, day, amount)] if amount else []

    def give_back(self, spent: Sequence[Spent]) -> None:
        """They were not committed."""
        self._portions.give_back(spent)

    async def look_again(self, spent: Sequence[Spent]) -> None:
        """The store knows of less than this node believed to have."""
        await self._portions.look_again(spent)

    async def _within_the_day(self, allowance: Allowance, people: list[Person]) -> tuple[list[Person], Today]:
        wanted = sum(person.fault is None for person in people)
        day = day_of(self._clock())
        got = await self._portions.take(allowance.account, day, allowance.daily_cap, wanted)
        return people if got == wanted else _first(people, got, Reason.DAILY_CAP), Today(day, got)

    async def _paid(self, account: Account, message: Message, people: list[Person]) -> tuple[list[Person], list[Spent]]:
        charges = await self._charges(account, message, people)
        total = sum(charge for charge in charges if charge is not None)
        got = await self._portions.take(account.id, MONEY, 0, total)
        used = 0
        judged: list[Person] = []
        for person, charge in zip(people, charges, strict=True):
            if person.fault is not None:
                judged.append(person)
            elif charge is None or used + charge > got:
                judged.append(replace(person, fault=Reason.NO_CREDIT))
            else:
                used += charge
                judged.append(person)
        # What was taken and nobody needs: the next one would have cost more than is left.
        self._portions.give_back([self._portions.spent(account.id, MONEY, got - used)])
        return judged, self._said(account.id, MONEY, used)

    async def _charges(self, account: Account, message: Message, people: list[Person]) -> list[int | None]:
        of = Charges(await self._prices.at(message.created_at), account.name, message, self._parts).of
        charges: list[int | None] = []
        for start in range(0, len(people), SLICE):
            charges += [0 if person.fault is not None else of(person.to) for person in people[start : start + SLICE]]
            if len(people) > SLICE:
                await asyncio.sleep(0)
        return charges


def _allowed(person: Person, allowance: Allowance) -> Person:
    """Who has no number is in no country: only numbers can cost a fortune."""
    number = person.to.phone.removeprefix("+")
    if person.fault is not None or not number or country_of(number) in allowance.countries:
        return person
    return replace(person, fault=Reason.COUNTRY_BARRED)


def _first(people: list[Person], number: int, fault: Reason) -> list[Person]:
    judged: list[Person] = []
    for person in people:
        if person.fault is None:
            if not number:
                judged.append(replace(person, fault=fault))
                continue
            number -= 1
        judged.append(person)
    return judged
