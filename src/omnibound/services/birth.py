"""An order on its way into the store: a delivery for each person, all in one `Changes`."""

from collections.abc import Sequence

from omnibound.domain.changes import Changes, Ref
from omnibound.domain.lifecycle import begin
from omnibound.domain.live import Live, Outcome, Stage
from omnibound.domain.message import Addresses, Class, Delivery, Message, address_for
from omnibound.domain.order import Order, Person, Placed, PlacedRow
from omnibound.domain.status import Reason, Status
from omnibound.domain.telling import tell
from omnibound.services.engine import Engine
from omnibound.services.refs import day_of, ref_hash

_PHONE_ONLY = Addresses(phone="0")


class Birth:
    """An order on its way into the store."""

    def __init__(self, message: Message, cls: Class, order: Order, texts: list[str]) -> None:
        self.changes = Changes(messages=[message])
        self.account = message.account
        self.scheduled = order.send_at > message.created_at
        self._own_bulk = bool(order.bulk)
        self._message = message
        self._cls = cls
        self._now = message.created_at
        self._start = max(order.send_at, message.created_at)
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
        tell(self.changes, self._message, outcomes, self._now)

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
        return Placed(bulk=self._message.bulk, own_bulk=self._own_bulk, scheduled=self.scheduled, rows=rows)

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
        struck=live.struck, channel=live.channel,
    )  # fmt: skip


def _refused(message: Message, id_: int, reason: Reason, now: int) -> Outcome:
    return Outcome(id_, message.account, 1, Status.FAILED, reason, "", 0, 0, "", 1, 0, now)
