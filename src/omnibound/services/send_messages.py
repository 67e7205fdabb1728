"""Take an order: every person of it becomes a delivery, committed before the client is answered."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.changes import Changes, Ref, Reportable
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, Flow, Step
from omnibound.domain.ids import Mint
from omnibound.domain.lifecycle import begin
from omnibound.domain.live import Live, Outcome, Stage
from omnibound.domain.message import Addresses, Class, Delivery, Message, address_for
from omnibound.domain.order import Order, Person, Placed, PlacedRow
from omnibound.domain.scenario import Scenario
from omnibound.domain.status import Reason, Status
from omnibound.ports import Store, Taken
from omnibound.services.keep_scenarios import Scenarios
from omnibound.services.message_ids import MessageIds
from omnibound.services.refs import UNIQUE_DAYS, day_of, ref_hash

URGENT_AT_MOST = 10
BULK_ABOVE = 1_000

SLICE = 1_000
"""Nobody else waits longer than it takes to prepare this many."""

_PHONE_ONLY = Addresses(phone="0")


class Timing(Struct, frozen=True, kw_only=True):
    """How long steps live, in microseconds."""

    validity: int = 2 * DAY
    retry_for: int = 600_000_000
    receipt_wait: int = 300_000_000
    report_steps: bool = False


async def _no_wait(_cls: Class, _count: int) -> None:
    """There is always room."""


def _nobody_told(message: Message, deliveries: Sequence[Delivery], lives: Sequence[Live], number: int) -> None:
    """Nobody waits for them here: they are claimed."""


class Engine:
    """What sending needs of the engine; `bootstrap` connects the real one."""

    def __init__(
        self,
        admit: Callable[[int], None] = lambda count: None,
        owner_for: Callable[[int, Class, int], tuple[int, int]] = lambda account, cls, count: (0, 0),
        wait_for_room: Callable[[Class, int], Awaitable[None]] = _no_wait,
        on_born: Callable[[Message, Sequence[Delivery], Sequence[Live], int], None] = _nobody_told,
    ) -> None:
        self.admit = admit
        """Raises Backlogged or Stopping when this many more cannot be taken."""
        self.owner_for = owner_for
        """(this node's incarnation, how many of these it may own at once)."""
        self.wait_for_room = wait_for_room
        """Waits a moment for room in memory: that costs less than to go through the store, and slows a flood."""
        self.on_born = on_born
        """Told after the commit, of those that this node owns, and how many were born."""


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
    ) -> None:
        self._store = store
        self._scenarios = scenarios
        self._ids = ids
        self._mint = mint
        self._clock = clock
        self._timing = timing
        self._engine = engine

    async def __call__(self, account: Account, order: Order) -> Placed:
        """Commit the order and say what became of each person. Raises NotFound, Invalid, Backlogged, Stopping."""
        if not order.people:
            raise Invalid("nobody to send to", "destinations")
        self._engine.admit(len(order.people))
        scenario = await self._scenarios.for_sending(account, order.scenario)
        if not scenario.steps:
            raise Invalid("the scenario has no steps", "scenarioKey")
        people = await self._without_duplicates(account, order.people)
        cls = _class_of(len(people)) if order.cls is None else order.cls
        if order.send_at <= self._clock():
            await self._engine.wait_for_room(cls, len(people))
        while True:
            birth = await self._birth(account, order, scenario, people)
            try:
                await self._store.record(birth.changes)
            except Taken:
                # Somebody else was quicker with the same id. If no id says so, trying again would not help.
                left = await self._without_duplicates(account, people)
                if left is people:
                    raise
                people = left
                continue
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

    async def _birth(self, account: Account, order: Order, scenario: Scenario, people: list[Person]) -> "_Birth":
        now = self._clock()
        ids = self._mint.take(len(people) + 1, now)
        message = Message(
            id=ids[0],
            account=account.id,
            flow=self._flow(scenario, order),
            content={s.channel: order.content[s.channel] for s in scenario.steps if s.channel in order.content},
            created_at=now,
            bulk=order.bulk or (str(uuid4()) if len(people) > 1 else ""),
            callback_data=order.callback_data,
            extras=order.extras,
        )
        cls = _class_of(len(people)) if order.cls is None else order.cls
        birth = _Birth(message, cls, max(order.send_at, now), now, self._ids.texts(ids[1:]))
        scheduled = order.send_at > now
        owner, room = (0, 0) if scheduled else self._engine.owner_for(account.id, cls, len(people))
        for start in range(0, len(people), SLICE):
            birth.deliver(ids[start + 1 : start + 1 + SLICE], people[start : start + SLICE], owner, room)
            if len(people) > SLICE:
                await asyncio.sleep(0)
        birth.own_bulk = bool(order.bulk)
        birth.scheduled = scheduled
        return birth

    def _flow(self, scenario: Scenario, order: Order) -> Flow:
        timing = self._timing
        steps = tuple(
            Step(
                channel=step.channel,
                sender=step.sender,
                validity=min(order.validity.get(step.channel, timing.validity), timing.validity),
            )
            for step in scenario.steps
        )
        return Flow(
            steps=steps,
            retry_for=timing.retry_for,
            receipt_wait=timing.receipt_wait,
            report_steps=timing.report_steps,
        )


class _Birth:
    """An order on its way into the store."""

    def __init__(self, message: Message, cls: Class, start: int, now: int, texts: list[str]) -> None:
        self.changes = Changes(messages=[message])
        self.own_bulk = self.scheduled = False
        self._message = message
        self._cls = cls
        self._now = now
        self._start = start
        self._texts = texts
        self._people: list[Person] = []
        self._owned = 0
        self._missing = {
            index: Reason.NO_CONTENT
            for index, step in enumerate(message.flow.steps)
            if step.channel not in message.content
        }
        self._by_phone = all(address_for(step.channel, _PHONE_ONLY) for step in message.flow.steps)

    def deliver(self, ids: list[int], people: list[Person], owner: int, room: int) -> None:
        """A delivery for each person; the first `room` of all are owned."""
        self._people += people
        message = self._message
        whole = None if self._missing or not self._by_phone else self._first(0, {})
        day = day_of(self._now)
        deliveries, born, refs = self.changes.deliveries, self.changes.born, self.changes.refs
        for id_, person in zip(ids, people, strict=True):
            if person.fault is Reason.DUPLICATE_ID:
                continue
            to, ref = person.to, person.ref
            deliveries.append(Delivery(id=id_, message=message.id, account=message.account, to=to, ref=ref))
            if person.ref:
                refs.append(Ref(message.account, day, ref_hash(person.ref), id_))
            live = whole if whole is not None and person.to.phone and person.fault is None else self._one(id_, person)
            if live is not None:
                mine = owner if len(born) < room else 0
                born.append((_with_id(live, id_), mine))
        self._owned = min(room, len(born)) if owner else 0

    def _first(self, id_: int, skipped: dict[int, Reason]) -> Live | None:
        message = self._message
        live = Live(id_, message.id, message.account, int(self._cls), Stage.WAITING, 0, 0, 1, 0, self._start, 0)
        begun = begin(live, message.flow, skipped, self._now)
        self.changes.events += begun.events
        self._end(begun.outcomes)
        return begun.live

    def _one(self, id_: int, person: Person) -> Live | None:
        if person.fault is not None:
            self._end((_refused(self._message, id_, person.fault, self._now),))
            return None
        skipped = dict(self._missing)
        for index, step in enumerate(self._message.flow.steps):
            if index not in skipped and not address_for(step.channel, person.to):
                skipped[index] = Reason.NO_ADDRESS
        return self._first(id_, skipped)

    def _end(self, outcomes: Sequence[Outcome]) -> None:
        self.changes.outcomes += outcomes
        steps = self._message.flow.steps
        self.changes.reports += [Reportable(o.account, o.delivery, o.attempt, steps[o.step].channel) for o in outcomes]

    def announce(self, engine: Engine) -> None:
        """Tell the engine of those that this node owns."""
        born = self.changes.born
        lives = [live for live, _ in born[: self._owned]]
        wanted = {live.id for live in lives} if len(lives) != len(self.changes.deliveries) else None
        deliveries = [d for d in self.changes.deliveries if wanted is None or d.id in wanted]
        engine.on_born(self._message, deliveries, lives, len(born))

    def placed(self) -> Placed:
        """The answer."""
        ended = {o.delivery: o.reason for o in self.changes.outcomes if o.final}
        rows = self._rows(ended) if ended or any(p.fault for p in self._people) else self._all_taken()
        return Placed(bulk=self._message.bulk, own_bulk=self.own_bulk, scheduled=self.scheduled, rows=rows)

    def _all_taken(self) -> list[PlacedRow]:
        return [PlacedRow(p.ref or text, p.to) for p, text in zip(self._people, self._texts, strict=True)]

    def _rows(self, ended: dict[int, Reason]) -> list[PlacedRow]:
        ids = iter(self.changes.deliveries)
        rows: list[PlacedRow] = []
        for person, text in zip(self._people, self._texts, strict=True):
            duplicate = person.fault is Reason.DUPLICATE_ID
            reason = Reason.DUPLICATE_ID if duplicate else ended.get(next(ids).id)
            rows.append(PlacedRow(person.ref or text, person.to, reason))
        return rows


def _with_id(live: Live, id_: int) -> Live:
    if live.id == id_:
        return live
    return Live(
        id_, live.message, live.account, live.cls, Stage.WAITING, live.step, 0, 1, 0, live.due_at, live.step_until,
        struck=live.struck,
    )  # fmt: skip


def _refused(message: Message, id_: int, reason: Reason, now: int) -> Outcome:
    return Outcome(id_, message.account, 1, Status.FAILED, reason, "", 0, 0, "", 1, 0, now)


def _unless_seen(person: Person, seen: set[int]) -> Person:
    if not person.ref or person.fault is Reason.DUPLICATE_ID:
        return person
    hash_ = ref_hash(person.ref)
    if hash_ in seen:
        return replace(person, fault=Reason.DUPLICATE_ID)
    seen.add(hash_)
    return person


def _class_of(count: int) -> Class:
    if count <= URGENT_AT_MOST:
        return Class.URGENT
    return Class.BULK if count > BULK_ABOVE else Class.NORMAL
