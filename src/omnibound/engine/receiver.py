"""Facts come in, from all channels, in lists: each finds its delivery, becomes a word, and is committed in rounds."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from omnibound.domain.facts import Fact, Gone, HandOver, Link, Receipt
from omnibound.domain.live import Stage, Word
from omnibound.engine.book import Book, Entry
from omnibound.engine.hearing import Hearing
from omnibound.engine.progress import Batch, Money
from omnibound.engine.strangers import Strangers
from omnibound.ports import Clock, Stale, Store

_log = logging.getLogger("omnibound.receiver")
Done = asyncio.Future[None]


class Turns(NamedTuple):
    """What the rest of the engine does for the receiver."""

    others: Callable[[Entry, str], int]
    """How many connectors beside this one could take an entry's step now."""
    enqueue: Callable[[list[Entry]], None]
    """Let these wait for their next attempt."""
    on_link: Callable[[Link], None]
    on_ended: Callable[[int], None]
    """So many deliveries have ended."""
    numbers: Callable[[], int]
    """Growing numbers for rows."""
    on_members: Callable[[], None] = lambda: None
    """People of campaigns stand otherwise."""
    on_pushes: Callable[[], None] = lambda: None
    """There are reports to push."""


class Receiver:
    """Takes facts and words, moves deliveries, commits, and passes on what waits for its next attempt."""

    def __init__(self, store: Store, book: Book, node: int, clock: Clock, turns: Turns) -> None:
        self._store = store
        self._book = book
        self._node = node
        self._clock = clock
        self._turns = turns
        self.money: Money | None = None
        """None: no account pays in advance."""
        self._hearing = Hearing(book, turns.numbers, lambda receipt: self.emit([receipt]), turns.on_link, self._gone)
        self._strangers = Strangers(store, book, self._hearing, turns.numbers)
        self._inbox: list[Fact] = []
        self._round: Done | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- taking in ----------------------------------------------------------------------------------------------------

    def emit(self, facts: Sequence[Fact]) -> Done:
        """Take facts at once and in order. What it returns is done when they are committed."""
        self._inbox += facts
        if self._round is None:
            loop = asyncio.get_running_loop()
            self._round = loop.create_future()
            loop.call_soon(self._take_round, self._round)
        return self._round

    def say(self, words: Iterable[tuple[Entry, Word]], now: int | None = None, *, settled: Sequence[int] = ()) -> Done:
        """Apply our own words (timers, cancellations, what a crash left open) and commit them.

        `now` (microseconds UTC): when they are said, from which what they wait for is counted. `settled` are hand-over
        lists that these words close.
        """
        batch = self._batch(now)
        batch.changes.settled += settled
        for entry, word in words:
            batch.settle(entry)
            batch.say(entry, word)
        return self._commit(batch, [])

    def remark(self, words: Iterable[tuple[Entry, Word]]) -> Done:
        """Apply and commit words on attempts that are under way: their hand-over has not come to its end by them."""
        batch = self._batch()
        for entry, word in words:
            batch.say(entry, word)
        return self._commit(batch, [])

    async def load(self, ids: Iterable[int]) -> list[Entry]:
        """Hold these unfinished deliveries in memory; those that were not there yet."""
        return await self._strangers.load(ids)

    async def hear_again(self, rows: Sequence[tuple[int, Receipt]]) -> None:
        """Hear those stored receipts, numbered, whose attempt is known by now; each is heard once, whoever is first.

        Done when that is committed. Where another hearing had a row first, nothing of this round is kept.
        """
        found = await self._strangers.find([receipt for _, receipt in rows])
        if found.flights or found.ended:
            batch = self._batch()
            self._strangers.join(batch, rows, found)
            await self._commit(batch, [])

    async def idle(self) -> None:
        """Wait until everything taken in is committed."""
        while self._round is not None or self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)

    # --- a round ------------------------------------------------------------------------------------------------------

    def _take_round(self, done: Done) -> None:
        facts, self._inbox = self._inbox, []
        self._round = None
        batch = self._batch()
        take = self._hearing.take
        try:
            strangers = [fact for fact in facts if not take(batch, fact)]
        except Exception as error:  # noqa: BLE001 - a bug must not stop the other rounds
            _log.exception("a round of %d facts could not be taken", len(facts))
            self._book.forget(batch.deliveries())
            _settle(done, error)
            return
        if not strangers:
            committed = self._commit(batch, facts)
            committed.add_done_callback(lambda own: _settle(done, own.exception()))
            return
        strange = set(map(id, strangers))
        committed = self._commit(batch, [fact for fact in facts if id(fact) not in strange])
        self._spawn(self._with_strangers(committed, strangers, done))

    async def _with_strangers(self, committed: Done, strangers: list[Fact], done: Done) -> None:
        try:
            await committed
            await self._from_store(strangers)
        except Exception as error:  # noqa: BLE001 - whoever waits for the round is told
            _settle(done, error)
        else:
            _settle(done, None)

    async def _from_store(self, facts: Sequence[Fact]) -> None:
        found = await self._strangers.find(facts)
        batch = self._batch()
        self._strangers.apply(batch, facts, found)
        # With its facts: where somebody else changed a row meanwhile, they are heard once more, not dropped.
        await self._commit(batch, facts)

    # --- committing ---------------------------------------------------------------------------------------------------

    def _batch(self, now: int | None = None) -> Batch:
        return Batch(self._book, self._node, self._clock() if now is None else now, self._turns.others, self.money)

    def _commit(self, batch: Batch, facts: Sequence[Fact]) -> Done:
        """Hand a round to the store; memory goes ahead at once, the order of commits is the order of calls."""
        changes = batch.finish()
        done: Done = asyncio.get_running_loop().create_future()
        if changes.size():
            stored: asyncio.Future[None] = asyncio.ensure_future(self._store.record(changes))
            stored.add_done_callback(partial(self._recorded, done, batch, facts))
        else:
            done.set_result(None)
        if batch.waiting:
            self._turns.enqueue(batch.waiting)
        return done

    def _recorded(self, done: Done, batch: Batch, facts: Sequence[Fact], stored: "asyncio.Future[None]") -> None:
        error = stored.exception()
        if error is None:
            self._turns.on_ended(batch.ended)
            if batch.changes.results:
                self._turns.on_members()
            if batch.changes.pushes:
                self._turns.on_pushes()
            _settle(done, None)
            return
        deliveries = batch.deliveries()
        self._book.forget(deliveries)
        _let_go(batch.waiting, set(deliveries))
        if isinstance(error, Stale):
            self._spawn(self._once_more(deliveries, facts, done))
        else:
            _log.error("a round was not committed: %s", error)
            # How a hand-over went is told again by its channel: the attempt may have left, so it must not go.
            gone = {fact.delivery for fact in facts if isinstance(fact, HandOver)}
            self._spawn(self._restore([id_ for id_ in deliveries if id_ not in gone]))
            _settle(done, error)

    async def _once_more(self, deliveries: list[int], facts: Sequence[Fact], done: Done) -> None:
        try:
            held = await self.load(deliveries)
            # Only then may they wait again: the facts that are not committed yet may say that they have left.
            await self._from_store(facts)
            self._wait_again(held)
        except Exception as error:  # noqa: BLE001 - whoever waits for the round is told
            _settle(done, error)
        else:
            _settle(done, None)

    async def _restore(self, deliveries: list[int]) -> None:
        """What this node owns and waits goes back into its queue, as the store knows it."""
        self._wait_again(await self.load(deliveries))

    def _wait_again(self, held: list[Entry]) -> None:
        now, entries = self._clock(), self._book.entries
        own = [e for e in held if e.owner == self._node and entries.get(e.live.id) is e]
        free = [e for e in own if e.queue is None and e.handover is None and not e.requeued]
        self._turns.enqueue([e for e in free if e.live.stage is Stage.WAITING and e.live.due_at <= now])

    def _gone(self, gone: Gone) -> None:
        self._spawn(self._store.devices.drop_token(gone.address))

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _let_go(waiting: Iterable[Entry], forgotten: set[int]) -> None:
    """What a round that was not committed has queued must not go: the store knows nothing of these attempts."""
    for entry in waiting:
        if entry.live.id in forgotten:
            entry.handover = None
            if entry.queue is not None:
                entry.queue.leave(entry)


def _settle(done: Done, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
        # Whoever does not look has been told by the log.
        done.exception()
