"""What is said becomes moves: the words of a batch are applied in memory and gathered into one `Changes`."""

from collections.abc import Callable, Sequence
from typing import Protocol

from omnibound.domain.changes import Changes, InFlight
from omnibound.domain.facts import Accepted
from omnibound.domain.flow import DAY
from omnibound.domain.lifecycle import move
from omnibound.domain.live import Live, Outcome, Stage, Word
from omnibound.domain.message import Delivery, Message
from omnibound.domain.telling import tell, tell_member
from omnibound.engine.book import Book, Entry


class Money(Protocol):
    """What deliveries of accounts that paid in advance give back, or owe, at their end: added to the same commit."""

    def ended(self, changes: Changes, message: Message, delivery: Delivery, outcomes: Sequence[Outcome]) -> None:
        """A delivery has outcomes."""
        ...

    def called(self, changes: Changes) -> None:
        """All calls of the commit are over."""
        ...


LATE_RECEIPTS = 2 * DAY
"""How long after the end of a step's validity a carrier's id is still known."""


class Batch:
    """The words of one round, applied. Rows of one delivery are folded: only where it stands in the end is written."""

    def __init__(
        self, book: Book, node: int, now: int, others: Callable[[Entry, str], int], money: Money | None = None
    ) -> None:
        self.changes = Changes()
        self.waiting: list[Entry] = []
        """Entries whose next attempt is due at once."""
        self.ended = 0
        self._book = book
        self._node = node
        self.now = now
        self._others = others
        self._money = money
        self._touched: dict[int, tuple[Entry, int]] = {}
        self._inflight: dict[tuple[str, str], InFlight] = {}
        self._settled: list[Entry] = []

    def say(self, entry: Entry, word: Word) -> None:
        """Apply one word to a delivery."""
        live = entry.live
        flow = entry.message.flow
        others = self._others(entry, word.connector) if word.retry else 0
        following, events, outcomes = move(live, flow, word, self.now, others)
        self.changes.events += events
        if outcomes:
            tell(self.changes, entry.message, outcomes, self.now)
            if self._money is not None:
                self._money.ended(self.changes, entry.message, entry.delivery, outcomes)
        if following is None:
            self._end(entry, live)
        elif following.version != live.version:
            if following.attempt != live.attempt:
                self.settle(entry)
            self._touched.setdefault(live.id, (entry, live.version))
            entry.live = following
            if following.stage is Stage.WAITING:
                self._leave_queue(entry)
        if entry.message.campaign and following is not live:
            tell_member(self.changes, live, following, word, outcomes)

    def settle(self, entry: Entry) -> None:
        """The attempt under way has an outcome: its hand-over list is settled with its last one."""
        handover = entry.handover
        if handover is None:
            return
        entry.handover = None
        self._settled.append(entry)
        handover.open -= 1
        if handover.open == 0:
            self.changes.settled.append(handover.id)

    def accepted(self, entry: Entry | None, fact: Accepted, until: int) -> dict[tuple[str, str], InFlight]:
        """Remember which attempt the carrier's ids stand for."""
        until += LATE_RECEIPTS
        flights: dict[tuple[str, str], InFlight] = {}
        for part, provider_id in enumerate(fact.provider_ids):
            key = (fact.carrier, provider_id)
            flight = InFlight(fact.carrier, provider_id, fact.delivery, fact.attempt, part, fact.connector, until)
            self._inflight[key] = flights[key] = flight
            if entry is not None:
                self._book.inflight[key] = flight
        if entry is not None:
            entry.keys = (*entry.keys, *flights) if entry.keys else tuple(flights)
        return flights

    def land(self, flight: InFlight) -> None:
        """The last receipt for a carrier's id has come."""
        key = (flight.carrier, flight.provider_id)
        self._book.land(key)
        if self._inflight.pop(key, None) is None:
            self.changes.landed.append(key)

    def finish(self) -> Changes:
        """All rows of the round."""
        if self._money is not None and self.changes.calls:
            self._money.called(self.changes)
        self.changes.inflight += self._inflight.values()
        for entry, was in self._touched.values():
            self._write(entry, was)
        for entry in self._settled:
            if entry.live.stage is Stage.WAITING:
                self._wait_again(entry)
        return self.changes

    def deliveries(self) -> list[int]:
        """Whose memory must be forgotten if the commit fails."""
        return [*self._touched, *(id_ for id_, _ in self.changes.ended)]

    def _write(self, entry: Entry, was: int) -> None:
        live = entry.live
        owner = 0
        if live.stage is Stage.WAITING:
            if live.due_at <= self.now:
                owner = self._node
                self._wait_again(entry)
            else:
                self._book.drop(entry)
        self.changes.moved.append((live, owner, was))

    def _wait_again(self, entry: Entry) -> None:
        """Nothing else says that it waits: queue it, once."""
        free = entry.queue is None and entry.handover is None and not entry.requeued
        if free and entry.live.id in self._book.entries:
            entry.requeued = True
            self.waiting.append(entry)

    def _end(self, entry: Entry, live: Live) -> None:
        _, was = self._touched.pop(live.id, (entry, live.version))
        self.changes.ended.append((live.id, was))
        self.settle(entry)
        self._leave_queue(entry)
        self._book.drop(entry)
        self.ended += 1

    def _leave_queue(self, entry: Entry) -> None:
        queue = entry.queue
        if queue is not None:
            queue.leave(entry)
