"""Facts on deliveries that are not in memory: after a restart, evicted, or finished. Only the store knows them."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from omnibound.domain.call import Call
from omnibound.domain.changes import InFlight
from omnibound.domain.facts import Accepted, Fact, HandOver, Inbound, Receipt
from omnibound.domain.lifecycle import after_end
from omnibound.domain.live import Outcome
from omnibound.domain.message import Message
from omnibound.domain.status import Status
from omnibound.domain.telling import tell_call, tell_seen
from omnibound.engine.book import Book, Entry
from omnibound.engine.hearing import Hearing
from omnibound.engine.progress import Batch
from omnibound.engine.words import of_receipt
from omnibound.ports import Store
from omnibound.wire.smpp import id_spellings


class Found(NamedTuple):
    """What the store knows: attempts in flight by carrier and id, and how finished deliveries ended.

    `messages` are those of finished deliveries, where a fact asks for more than the outcome: something was seen and may
    be pushed, or a call is over.
    """

    flights: dict[tuple[str, str], InFlight]
    ended: dict[int, Outcome]
    messages: dict[int, Message]


class Strangers:
    """Looks facts up in the store, then applies them."""

    def __init__(self, store: Store, book: Book, hearing: Hearing, numbers: Callable[[], int]) -> None:
        self._store = store
        self._book = book
        self._hearing = hearing
        self._numbers = numbers

    async def load(self, ids: Iterable[int]) -> list[Entry]:
        """Hold these unfinished deliveries in memory; those that were not there yet."""
        missing = [id_ for id_ in ids if id_ not in self._book.entries]
        if not missing:
            return []
        rows = await self._store.deliveries.load(missing)
        messages = await self._store.deliveries.messages([row.live.message for row in rows])
        entries = [Entry(row.live, row.delivery, messages[row.live.message], row.owner) for row in rows]
        fresh = [entry for entry in entries if entry.live.id not in self._book.entries]
        self._book.add(fresh)
        return fresh

    async def find(self, facts: Sequence[Fact]) -> Found:
        """Load the deliveries of these facts, as far as they are unfinished, and what is known of the others."""
        flights = await self._flights([fact for fact in facts if isinstance(fact, Receipt)])
        ids = {fact.delivery for fact in facts if isinstance(fact, HandOver | Call)}
        ids |= {flight.delivery for flight in flights.values()}
        ids |= {flight.delivery for flight in self._landed(facts)}
        await self.load(ids)
        finished = [id_ for id_ in ids if id_ not in self._book.entries]
        ended = await self._store.receipts.final_outcomes(finished)
        more = any(isinstance(fact, Call) or _is_seen(fact) for fact in facts)
        return Found(flights, ended, await self._messages(ended.values()) if more else {})

    async def _messages(self, ended: Iterable[Outcome]) -> dict[int, Message]:
        rows = await self._store.reports.rows([(outcome.delivery, outcome.attempt) for outcome in ended])
        messages = await self._store.deliveries.messages([delivery.message for delivery, _ in rows])
        return {delivery.id: messages[delivery.message] for delivery, _ in rows}

    def apply(self, batch: Batch, facts: Sequence[Fact], found: Found) -> None:
        """Apply what was found."""
        for fact in facts:
            if isinstance(fact, HandOver):
                self._hand_over(batch, fact, found)
            elif isinstance(fact, Receipt):
                self._receipt(batch, fact, found)
            elif isinstance(fact, Call):
                self._call(batch, fact, found)
            elif isinstance(fact, Inbound):
                self._hearing.take_inbound(batch, fact)

    async def _flights(self, receipts: list[Receipt]) -> dict[tuple[str, str], InFlight]:
        wanted: dict[str, set[str]] = {}
        for receipt in receipts:
            wanted.setdefault(receipt.carrier, set()).update(_spellings(receipt))
        return {
            (carrier, flight.provider_id): flight
            for carrier, ids in wanted.items()
            for flight in await self._store.receipts.find(carrier, sorted(ids))
        }

    def _landed(self, facts: Sequence[Fact]) -> Iterable[InFlight]:
        keys = [(fact.carrier, fact.provider_id) for fact in facts if isinstance(fact, Receipt)]
        return [flight for flight in map(self._book.landed, keys) if flight is not None]

    def join(self, batch: Batch, rows: Sequence[tuple[int, Receipt]], found: Found) -> None:
        """Hear those numbered receipts whose attempt was found; their rows go with what they say."""
        for number, receipt in rows:
            flight = self._flight(receipt, found)
            if flight is not None and self._known(flight, found):
                self._book.take_unmatched(number, receipt)
                batch.changes.matched.append(number)
                self._hear(batch, receipt, flight, found)

    def _hand_over(self, batch: Batch, fact: HandOver, found: Found) -> None:
        if self._hearing.take_hand_over(batch, fact) or not isinstance(fact, Accepted):
            return
        found.flights.update(batch.accepted(None, fact, fact.at))
        for number, receipt in self._hearing.rejoined(fact):
            batch.changes.matched.append(number)
            self._receipt(batch, receipt, found)

    def _receipt(self, batch: Batch, receipt: Receipt, found: Found) -> None:
        flight = self._flight(receipt, found)
        if flight is None or not self._known(flight, found):
            number = self._numbers()
            batch.changes.unmatched.append((number, receipt))
            self._book.keep_unmatched(number, receipt)
        else:
            self._hear(batch, receipt, flight, found)

    def _call(self, batch: Batch, call: Call, found: Found) -> None:
        """One whose delivery is cleared away already has nobody who could ask for it."""
        message = found.messages.get(call.delivery)
        if not self._hearing.take_call(batch, call) and message is not None:
            tell_call(batch.changes, replace(call, account=message.account, campaign=message.campaign))

    def _known(self, flight: InFlight, found: Found) -> bool:
        """One that is neither here nor finished is just ending, or was let go: its receipt waits for the sweep."""
        return flight.delivery in self._book.entries or flight.delivery in found.ended

    def _hear(self, batch: Batch, receipt: Receipt, flight: InFlight, found: Found) -> None:
        entry = self._book.entries.get(flight.delivery)
        outcome = found.ended.get(flight.delivery)
        if entry is not None:
            self._hearing.say_receipt(batch, entry, flight, receipt)
        elif outcome is not None:
            word = of_receipt(receipt, flight.attempt, flight.part, flight.connector)
            amended, event = after_end(outcome, word)
            batch.changes.events.append(event)
            if amended is not outcome:
                found.ended[flight.delivery] = amended
                batch.changes.amended.append(amended)
                message = found.messages.get(flight.delivery)
                notify = message.notify if message else None
                if notify is not None and amended.seen_at and not outcome.seen_at:
                    tell_seen(batch.changes, notify, amended, batch.now)

    def _flight(self, receipt: Receipt, found: Found) -> InFlight | None:
        keys = [(receipt.carrier, spelling) for spelling in _spellings(receipt)]
        places = (self._book.inflight.get, found.flights.get, self._book.landed)
        flights = (place(key) for place in places for key in keys)
        return next((flight for flight in flights if flight is not None), None)


def _is_seen(fact: Fact) -> bool:
    return isinstance(fact, Receipt) and fact.status is Status.SEEN


def _spellings(receipt: Receipt) -> tuple[str, ...]:
    return receipt.provider_id, *id_spellings(receipt.provider_id)
