"""Facts on deliveries that are held in memory: each becomes a word of a batch."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from omnibound.domain.call import Call
from omnibound.domain.changes import InFlight
from omnibound.domain.facts import Accepted, Fact, Failed, Gone, HandOver, Inbound, Link, Receipt, Returned, Unknown
from omnibound.domain.telling import tell_call
from omnibound.engine.book import Book, Entry
from omnibound.engine.progress import Batch
from omnibound.engine.words import ON_THE_WAY, of_acceptance, of_hand_over, of_receipt
from omnibound.wire.smpp import id_spellings


class Hearing:
    """Takes one fact after another. What a fact calls for beside the batch is done through the three callables."""

    def __init__(
        self,
        book: Book,
        numbers: Callable[[], int],
        again: Callable[[Receipt], object],
        on_link: Callable[[Link], None],
        on_gone: Callable[[Gone], None],
    ) -> None:
        self._book = book
        self._numbers = numbers
        self._again = again
        self._on_link = on_link
        self._on_gone = on_gone
        self._takes: dict[type[Fact], Callable[[Batch, Any], bool]] = {
            Accepted: self.take_hand_over,
            Failed: self.take_hand_over,
            Returned: self.take_hand_over,
            Unknown: self.take_hand_over,
            Receipt: self._take_receipt,
            Call: self.take_call,
            Inbound: self.take_inbound,
            Gone: self._take_gone,
            Link: self._take_link,
        }

    def take(self, batch: Batch, fact: Fact) -> bool:
        """Apply a fact; False if it is of a delivery that is not in memory."""
        return self._takes[type(fact)](batch, fact)

    def take_hand_over(self, batch: Batch, fact: HandOver) -> bool:
        """How the hand-over of an attempt went."""
        entry = self._book.entries.get(fact.delivery)
        if entry is None:
            return False
        if entry.live.attempt == fact.attempt:
            batch.settle(entry)
        if isinstance(fact, Accepted):
            self._take_accepted(batch, entry, fact)
        else:
            batch.say(entry, of_hand_over(fact))
        return True

    def _take_accepted(self, batch: Batch, entry: Entry, fact: Accepted) -> None:
        batch.accepted(entry, fact, entry.live.step_until)
        batch.say(entry, of_hand_over(fact))
        if fact.final:
            batch.say(entry, of_acceptance(fact))
        if self._book.unmatched:
            for number, receipt in self.rejoined(fact):
                batch.changes.matched.append(number)
                if not self._take_receipt(batch, receipt):
                    self._again(receipt)

    def rejoined(self, fact: Accepted) -> list[tuple[int, Receipt]]:
        """Receipts that came before the acceptance, with the numbers of their rows."""
        keys = [
            (fact.carrier, spelling)
            for provider_id in fact.provider_ids
            for spelling in (provider_id, *id_spellings(provider_id))
        ]
        return [numbered for key in keys for numbered in self._book.unmatched.pop(key, ())]

    def _take_receipt(self, batch: Batch, receipt: Receipt) -> bool:
        flight = self._book.inflight.get((receipt.carrier, receipt.provider_id)) or self._spelled_otherwise(receipt)
        entry = None if flight is None else self._book.entries.get(flight.delivery)
        if flight is None or entry is None:
            return False
        self.say_receipt(batch, entry, flight, receipt)
        return True

    def _spelled_otherwise(self, receipt: Receipt) -> InFlight | None:
        spellings = id_spellings(receipt.provider_id)
        found = (self._book.inflight.get((receipt.carrier, spelling)) for spelling in spellings)
        return next((flight for flight in found if flight is not None), None)

    def say_receipt(self, batch: Batch, entry: Entry, flight: InFlight, receipt: Receipt) -> None:
        """Apply a receipt that has found its attempt."""
        word = of_receipt(receipt, flight.attempt, flight.part, flight.connector)
        if word.said not in ON_THE_WAY and not receipt.more:
            batch.land(flight)
        batch.say(entry, word)

    def take_call(self, batch: Batch, call: Call) -> bool:
        """Keep what is known of a call, with whose it was."""
        entry = self._book.entries.get(call.delivery)
        if entry is None:
            return False
        tell_call(batch.changes, replace(call, account=entry.live.account, campaign=entry.message.campaign))
        return True

    def take_inbound(self, batch: Batch, inbound: Inbound) -> bool:
        """Keep a message from a person."""
        batch.changes.inbound.append((self._numbers(), inbound))
        return True

    def _take_gone(self, _batch: Batch, gone: Gone) -> bool:
        self._on_gone(gone)
        return True

    def _take_link(self, _batch: Batch, link: Link) -> bool:
        self._on_link(link)
        return True
