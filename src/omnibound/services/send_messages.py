"""Take an order: every person of it becomes a delivery, committed before the client is answered."""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.campaign import CHANNEL as CALLS
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, Flow, Step
from omnibound.domain.ids import Mint
from omnibound.domain.message import Class, Message, class_of
from omnibound.domain.order import Order, Person, Placed
from omnibound.domain.push import Notify, Pull
from omnibound.domain.scenario import Scenario
from omnibound.domain.status import Reason
from omnibound.ports import Stale, Store, Taken
from omnibound.services.admit_people import Admission
from omnibound.services.birth import Birth
from omnibound.services.check_spoken import CheckSpoken
from omnibound.services.engine import Engine
from omnibound.services.keep_scenarios import Scenarios
from omnibound.services.message_ids import MessageIds
from omnibound.services.refs import UNIQUE_DAYS, day_of, ref_hash

SLICE = 1_000
"""Nobody else waits longer than it takes to prepare this many."""

LONGER = {"VIBER": 14 * DAY}
"""Channels that may be tried longer than a step is tried otherwise: Viber keeps messages for two weeks."""


class Timing(Struct, frozen=True, kw_only=True):
    """How long steps live, in microseconds."""

    validity: int = 2 * DAY
    retry_for: int = 600_000_000
    receipt_wait: int = 300_000_000
    report_steps: bool = False
    pull_pushed: bool = True

    def longest(self, channel: str) -> int:
        """How long a step on this channel may be tried, if the order asks for it."""
        return max(self.validity, LONGER.get(channel, 0))


class Checks(NamedTuple):
    """What an order has to pass: what calls would say, and whom the account may send to."""

    spoken: CheckSpoken
    admission: Admission


class SendMessages:
    """Call it with an account and an order."""

    def __init__(
        self,
        store: Store,
        scenarios: Scenarios,
        ids: MessageIds,
        mint: Mint,
        clock: Callable[[], int],
        timing: Timing,
        engine: Engine,
        checks: Checks,
    ) -> None:
        self._store = store
        self._scenarios = scenarios
        self._ids = ids
        self._mint = mint
        self._clock = clock
        self._timing = timing
        self._engine = engine
        self._check_spoken, self._admission = checks

    async def __call__(self, account: Account, order: Order) -> Placed:
        """Commit the order and say what became of each person. Raises NotFound, Invalid, Backlogged, Stopping."""
        if not order.people:
            raise Invalid("nobody to send to", "destinations")
        self._engine.admit(len(order.people))
        try:
            return await self._place(account, order)
        finally:
            self._engine.release(len(order.people))

    async def _place(self, account: Account, order: Order) -> Placed:
        scenario = await self._scenarios.for_sending(account, order.scenario)
        if not scenario.steps:
            raise Invalid("the scenario has no steps", "scenarioKey")
        if CALLS in order.content and any(step.channel == CALLS for step in scenario.steps):
            await self._check_spoken(account, order.content[CALLS])
        people = await self._without_duplicates(account, order.people)
        cls = class_of(len(people)) if order.cls is None else order.cls
        channel = _first_channel(scenario, order)
        if order.send_at <= self._clock():
            await self._engine.wait_for_room(cls, len(people), channel)
        while True:
            now = self._clock()
            id_, *ids = self._mint.take(1 + len(people), now)
            message = self._message(account, order, scenario, id_, now)
            birth = Birth(message, cls, order, self._ids.texts(ids))
            admitted, spent = await self._admission.admit(account, message, people)
            birth.changes.spent += spent
            try:
                await self._deliver(birth, ids, admitted, cls, channel)
                await self._store.record(birth.changes)
            except Taken:
                self._admission.give_back(spent)
                # Somebody else was quicker with the same id. If no id says so, trying again would not help.
                left = await self._without_duplicates(account, people)
                if left is people:
                    raise
                people = left
                continue
            except Stale:
                if not spent:
                    raise
                # This node was taken for dead, and its portions went back to their purses.
                await self._admission.look_again(spent)
                continue
            except Exception:
                self._admission.give_back(spent)
                raise
            birth.announce(self._engine)
            return birth.placed()

    async def _without_duplicates(self, account: Account, people: list[Person]) -> list[Person]:
        refs = [person.ref for person in people if person.ref and person.fault is not Reason.DUPLICATE_ID]
        if not refs:
            return people
        today = day_of(self._clock())
        days = range(today - UNIQUE_DAYS + 1, today + 1)
        hashes = [ref_hash(ref) for ref in refs]
        seen = await self._store.deliveries.refs_taken(account.id, days, hashes)
        if not seen and len(set(hashes)) == len(hashes):
            return people
        return [_unless_seen(person, seen) for person in people]

    async def _deliver(self, birth: Birth, ids: list[int], people: list[Person], cls: Class, channel: str) -> None:
        owner, room = 0, 0
        if not birth.scheduled:
            owner, room = self._engine.owner_for(birth.account, cls, len(people), channel)
        for start in range(0, len(people), SLICE):
            birth.deliver(ids[start : start + SLICE], people[start : start + SLICE], owner, room)
            if len(people) > SLICE:
                await asyncio.sleep(0)

    def _message(self, account: Account, order: Order, scenario: Scenario, id_: int, now: int) -> Message:
        notify = self._notify(account, order)
        return Message(
            id=id_,
            account=account.id,
            flow=self._flow(scenario, order, notify),
            content={s.channel: order.content[s.channel] for s in scenario.steps if s.channel in order.content},
            created_at=now,
            bulk=order.bulk or (str(uuid4()) if len(order.people) > 1 else ""),
            callback_data=order.callback_data,
            extras=order.extras,
            notify=notify,
            send_at=order.send_at if order.send_at > now else 0,
        )

    def _notify(self, account: Account, order: Order) -> Notify | None:
        wish, timing = order.notify, self._timing
        url = (wish.url or account.notify_url) if wish else ""
        if not wish or not url:
            return None
        pull = Pull.ALL if timing.report_steps else Pull.FINAL
        steps = wish.steps or timing.report_steps
        return Notify(url=url, format=wish.format, steps=steps, pull=pull if timing.pull_pushed else Pull.NONE)

    def _flow(self, scenario: Scenario, order: Order, notify: Notify | None) -> Flow:
        timing = self._timing
        return Flow(
            steps=steps_of(scenario, timing, order.validity),
            retry_for=timing.retry_for,
            receipt_wait=timing.receipt_wait,
            report_steps=timing.report_steps or (notify is not None and notify.steps),
        )


def steps_of(scenario: Scenario, timing: Timing, validity: Mapping[str, int]) -> tuple[Step, ...]:
    """A scenario's steps; `validity` (microseconds) says by channel how long they are tried at most."""
    return tuple(
        Step(
            channel=step.channel,
            sender=step.sender,
            validity=min(validity.get(step.channel, timing.validity), timing.longest(step.channel)),
        )
        for step in scenario.steps
    )


def _first_channel(scenario: Scenario, order: Order) -> str:
    """Where it begins for most: the first step that has content."""
    channels = [step.channel for step in scenario.steps]
    return next((channel for channel in channels if channel in order.content), channels[0])


def _unless_seen(person: Person, seen: set[int]) -> Person:
    if not person.ref or person.fault is Reason.DUPLICATE_ID:
        return person
    hash_ = ref_hash(person.ref)
    if hash_ in seen:
        return replace(person, fault=Reason.DUPLICATE_ID)
    seen.add(hash_)
    return person
