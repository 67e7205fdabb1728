"""Facts come in, from all channels, in lists: each finds its delivery, becomes a word, and is committed in rounds."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from omnibound.domain.changes import InFlight
from omnibound.domain.facts import Accepted, Fact, Failed, Gone, HandOver, Inbound, Link, Receipt, Returned, Unknown
from omnibound.domain.lifecycle import after_end
from omnibound.domain.live import Outcome, Word
from omnibound.engine.book import Book, Entry
from omnibound.engine.progress import Batch
from omnibound.engine.words import ON_THE_WAY, of_acceptance, of_hand_over, of_receipt
from omnibound.ports import Clock, Stale, Store
from omnibound.wire.smpp import id_spellings

_log = logging.getLogger("omnibound.receiver")


class Receiver:
    """Takes facts and words, moves deliveries, commits, and passes on what waits for its next attempt."""

    def __init__(
        self,
        store: Store,
        book: Book,
        node: int,
        clock: Clock,
        connectors: Callable[[str], int],
        enqueue: Callable[[list[Entry]], None],
        on_link: Callable[[Link], None],
        on_ended: Callable[[int], None],
        numbers: Callable[[], int],
    ) -> None:
        self._store = store
        self._book = book
        self._node = node
        self._clock = clock
        self._connectors = connectors
        self._enqueue = enqueue
        self._on_link = on_link
        self._on_ended = on_ended
        self._numbers = numbers
        self._inbox: list[Fact] = []
        self._round: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- taking in ----------------------------------------------------------------------------------------------------

    def emit(self, facts: Sequence[Fact]) -> "asyncio.Future[None]":
        """Take facts at once and in order. What it returns is done when they are committed."""
        self._inbox += facts
        if self._round is None:
            loop = asyncio.get_running_loop()
            self._round = loop.create_future()
            loop.call_soon(self._take_round)
        return self._round

    def say(self, words: Iterable[tuple[Entry, Word]], settled: Sequence[int] = ()) -> "asyncio.Future[None]":
        """Apply our own words (timers, cancellations, what a crash left open) and commit them.

        `settled` are hand-over lists that these words close.
        """
        batch = self._batch()
        batch.changes.settled += settled
        for entry, word in words:
            batch.settle(entry)
            batch.say(entry, word)
        return self._commit(batch, [])

    async def idle(self) -> None:
        """Wait until everything taken in is committed."""
        while self._round is not None or self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)

    def _take_round(self) -> None:
        facts, self._inbox = self._inbox, []
        done, self._round = self._round, None
        assert done is not None
        batch = self._batch()
        strangers: list[Fact] = []
        for fact in facts:
            if not _TAKES[type(fact)](self, batch, fact):
                strangers.append(fact)
        known = [fact for fact in facts if fact not in strangers] if strangers else facts
        self._finish_round(self._commit(batch, known), strangers, done)

    def _finish_round(
        self, committed: "asyncio.Future[None]", strangers: list[Fact], done: "asyncio.Future[None]"
    ) -> None:
        if not strangers:
            committed.add_done_callback(lambda own: _pass_on(own, done))
            return
        self._spawn(self._with_strangers(committed, strangers, done))

    async def _with_strangers(
        self, committed: "asyncio.Future[None]", strangers: list[Fact], done: "asyncio.Future[None]"
    ) -> None:
        try:
            await committed
            await self._from_store(strangers)
        except Exception as error:
            _log.exception("facts were not committed")
            if not done.done():
                done.set_exception(error)
        else:
            if not done.done():
                done.set_result(None)

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- committing ---------------------------------------------------------------------------------------------------

    def _batch(self) -> Batch:
        return Batch(self._book, self._node, self._clock(), self._connectors)

    def _commit(self, batch: Batch, facts: Sequence[Fact]) -> "asyncio.Future[None]":
        changes = batch.finish()
        loop = asyncio.get_running_loop()
        if not changes.size():
            done: asyncio.Future[None] = loop.create_future()
            done.set_result(None)
        else:
            done = loop.create_future()
            stored: asyncio.Future[None] = self._store.record(changes)
            stored.add_done_callback(lambda own: self._recorded(own, done, batch, facts))
        if batch.waiting:
            self._enqueue(batch.waiting)
        if batch.ended:
            self._on_ended(batch.ended)
        return done

    def _recorded(
        self, stored: "asyncio.Future[None]", done: "asyncio.Future[None]", batch: Batch, facts: Sequence[Fact]
    ) -> None:
        error = stored.exception()
        if error is None:
            _settle(done, None)
            return
        self._book.forget(batch.deliveries())
        if isinstance(error, Stale):
            self._spawn(self._once_more(facts, done))
        else:
            _log.error("a round was not committed: %s", error)
            _settle(done, error)

    async def _once_more(self, facts: Sequence[Fact], done: "asyncio.Future[None]") -> None:
        try:
            await self._from_store(facts)
        except Exception as error:
            _settle(done, error)
        else:
            _settle(done, None)

    # --- what is known in memory --------------------------------------------------------------------------------------

    def _take_hand_over(self, batch: Batch, fact: HandOver) -> bool:
        entry = self._book.entries.get(fact.delivery)
        if entry is None:
            return False
        if isinstance(fact, Accepted):
            self._take_accepted(batch, entry, fact)
        else:
            if entry.live.attempt == fact.attempt:
                batch.settle(entry)
            batch.say(entry, of_hand_over(fact))
        return True

    def _take_accepted(self, batch: Batch, entry: Entry, fact: Accepted) -> None:
        if entry.live.attempt == fact.attempt:
            batch.settle(entry)
        batch.accepted(entry, fact, entry.live.step_until)
        batch.say(entry, of_hand_over(fact))
        if fact.final:
            batch.say(entry, of_acceptance(fact))
        if self._book.unmatched:
            self._rejoin(batch, fact)

    def _take_receipt(self, batch: Batch, receipt: Receipt) -> bool:
        flight = self._book.inflight.get((receipt.carrier, receipt.provider_id))
        if flight is None:
            flight = self._spelled_otherwise(receipt)
            if flight is None:
                return False
        entry = self._book.entries.get(flight.delivery)
        if entry is None:
            return False
        self._say_receipt(batch, entry, flight, receipt)
        return True

    def _spelled_otherwise(self, receipt: Receipt) -> InFlight | None:
        spellings = id_spellings(receipt.provider_id)
        found = (self._book.inflight.get((receipt.carrier, spelling)) for spelling in spellings)
        return next((flight for flight in found if flight is not None), None)

    def _say_receipt(self, batch: Batch, entry: Entry, flight: InFlight, receipt: Receipt) -> None:
        word = of_receipt(receipt, flight.attempt, flight.part, flight.connector)
        if word.said not in ON_THE_WAY:
            batch.land(flight)
        batch.say(entry, word)

    def _rejoin(self, batch: Batch, fact: Accepted) -> None:
        """Receipts that came before the acceptance are heard now."""
        for provider_id in fact.provider_ids:
            for spelling in id_spellings(provider_id):
                for number, receipt in self._book.unmatched.pop((fact.carrier, spelling), ()):
                    batch.changes.matched.append(number)
                    self._inbox_first(receipt)

    def _inbox_first(self, receipt: Receipt) -> None:
        self.emit([receipt])

    def _take_inbound(self, batch: Batch, inbound: Inbound) -> bool:
        batch.changes.inbound.append((self._numbers(), inbound))
        return True

    def _take_gone(self, batch: Batch, gone: Gone) -> bool:
        self._spawn(self._store.devices.drop_token(gone.address))
        return True

    def _take_link(self, batch: Batch, link: Link) -> bool:
        self._on_link(link)
        return True

    # --- what only the store knows ------------------------------------------------------------------------------------

    async def _from_store(self, facts: Sequence[Fact]) -> None:
        """Facts on deliveries that are not in memory: after a restart, evicted, or finished."""
        flights = await self._find_flights([fact for fact in facts if isinstance(fact, Receipt)])
        ids = {fact.delivery for fact in facts if isinstance(fact, HandOver)}
        ids |= {flight.delivery for flight in flights.values()}
        ids |= {flight.delivery for flight in self._landed(facts)}
        await self.load(ids)
        ended = await self._store.receipts.final_outcomes([id_ for id_ in ids if id_ not in self._book.entries])
        batch = self._batch()
        for fact in facts:
            if isinstance(fact, HandOver):
                self._late_hand_over(batch, fact)
            elif isinstance(fact, Receipt):
                self._late_receipt(batch, fact, flights, ended)
            elif isinstance(fact, Inbound):
                self._take_inbound(batch, fact)
        await self._commit(batch, [])

    def _landed(self, facts: Sequence[Fact]) -> Iterable[InFlight]:
        keys = [(fact.carrier, fact.provider_id) for fact in facts if isinstance(fact, Receipt)]
        return [flight for flight in map(self._book.landed, keys) if flight is not None]

    async def _find_flights(self, receipts: list[Receipt]) -> dict[tuple[str, str], InFlight]:
        wanted: dict[str, set[str]] = {}
        for receipt in receipts:
            wanted.setdefault(receipt.carrier, set()).update((receipt.provider_id, *id_spellings(receipt.provider_id)))
        found: dict[tuple[str, str], InFlight] = {}
        for carrier, ids in wanted.items():
            for flight in await self._store.receipts.find(carrier, sorted(ids)):
                found[carrier, flight.provider_id] = flight
        return found

    async def load(self, ids: Iterable[int]) -> list[Entry]:
        """Hold these unfinished deliveries in memory; those that were not there yet."""
        missing = [id_ for id_ in ids if id_ not in self._book.entries]
        if not missing:
            return []
        rows = await self._store.deliveries.load(missing)
        messages = await self._store.deliveries.messages([row.live.message for row in rows])
        entries = [Entry(row.live, row.delivery, messages[row.live.message]) for row in rows]
        fresh = [entry for entry in entries if entry.live.id not in self._book.entries]
        self._book.add(fresh)
        return fresh

    def _late_hand_over(self, batch: Batch, fact: HandOver) -> None:
        if fact.delivery in self._book.entries:
            self._take_hand_over(batch, fact)
        elif isinstance(fact, Accepted):
            batch.accepted(None, fact, fact.at)

    def _late_receipt(
        self, batch: Batch, receipt: Receipt, flights: dict[tuple[str, str], InFlight], ended: dict[int, Outcome]
    ) -> None:
        spellings = (receipt.provider_id, *id_spellings(receipt.provider_id))
        keys = [(receipt.carrier, spelling) for spelling in spellings]
        places = (self._book.inflight.get, flights.get, self._book.landed)
        found = (place(key) for place in places for key in keys)
        flight = next((flight for flight in found if flight is not None), None)
        if flight is None:
            number = self._numbers()
            batch.changes.unmatched.append((number, receipt))
            self._book.keep_unmatched(number, receipt)
            return
        entry = self._book.entries.get(flight.delivery)
        if entry is not None:
            self._say_receipt(batch, entry, flight, receipt)
        elif flight.delivery in ended:
            word = of_receipt(receipt, flight.attempt, flight.part, flight.connector)
            outcome, event = after_end(ended[flight.delivery], word)
            batch.changes.events.append(event)
            if outcome is not ended[flight.delivery]:
                ended[flight.delivery] = outcome
                batch.changes.amended.append(outcome)


def _settle(done: "asyncio.Future[None]", error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _pass_on(own: "asyncio.Future[None]", done: "asyncio.Future[None]") -> None:
    _settle(done, own.exception())


_TAKES: dict[type[Any], Callable[[Receiver, Batch, Any], bool]] = {
    Accepted: Receiver._take_hand_over,
    Failed: Receiver._take_hand_over,
    Returned: Receiver._take_hand_over,
    Unknown: Receiver._take_hand_over,
    Receipt: Receiver._take_receipt,
    Inbound: Receiver._take_inbound,
    Gone: Receiver._take_gone,
    Link: Receiver._take_link,
}
