"""What happens at the wrong moment: commits that fail, rows that somebody else changes, links that go meanwhile."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.domain.errors import Backlogged, Stopping
from omnibound.domain.facts import Link
from omnibound.domain.flow import MINUTE, SECOND, Flow, Step
from omnibound.domain.live import Live, Outcome, Said, Stage, Word
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.status import Reason
from omnibound.engine import book as books
from omnibound.engine.book import Book, Entry
from omnibound.ports.store import Loaded
from omnibound.store.opened import OpenedStore
from omnibound.store.queries import plain
from tests.engine.conftest import ACCOUNT, DELIVERED, START, Rig, ScriptedChannel, simple

pytestmark = pytest.mark.anyio

Wanted = Callable[[Changes], Any]


def fail_once(monkeypatch: pytest.MonkeyPatch, store: OpenedStore, wanted: Wanted) -> None:
    """The first commit of that kind fails as on a full disk. Answers keep the order of calls, as the writer's do."""
    real, failed = store.record, list[bool]()

    async def fail() -> None:
        raise OSError("disk full")

    def record(changes: Changes) -> "asyncio.Future[None]":
        if wanted(changes) and not failed:
            failed.append(True)
            return asyncio.ensure_future(fail())
        return real(changes)

    monkeypatch.setattr(store, "record", record)


async def settle(rig: Rig) -> None:
    for _ in range(15):
        await rig.quiet()
        await asyncio.sleep(0.002)


async def test_an_attempt_whose_outcome_is_not_committed_does_not_go_again(
    rig: Rig, sms: ScriptedChannel, store: OpenedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    fail_once(monkeypatch, store, lambda changes: changes.moved)
    accepted = sms.accepted(attempt, "X1")
    with pytest.raises(OSError, match="disk full"):
        await sms.emit([accepted])
    await settle(rig)
    # Every channel tells its outcomes again.
    await rig.say(sms, accepted)
    await rig.say(sms, sms.receipt("X1"))
    assert ([(a.delivery, a.number) for a in sms.sent], await rig.end(id_)) == ([(id_, 1)], DELIVERED)


async def test_a_retry_that_is_not_committed_does_not_go(
    store: OpenedStore, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ScriptedChannel("c2")
    other.is_up = False
    rig = await Rig(store, sms, other).start()
    await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    other.is_up = True
    fail_once(monkeypatch, store, lambda changes: changes.moved)
    unknown = sms.unknown(attempt)
    with pytest.raises(OSError, match="disk full"):
        await sms.emit([unknown])
    await settle(rig)
    await rig.say(sms, unknown)
    await settle(rig)
    numbers = [(a.delivery, a.number) for channel in (sms, other) for a in channel.sent]
    assert len(set(numbers)) == len(numbers)
    await rig.close()


async def test_a_round_that_is_heard_once_more_sends_nothing_again(
    rig: Rig, sms: ScriptedChannel, store: OpenedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await rig.send(2)
    one, two = await rig.sent(sms, 2)
    await store.db.write((plain("UPDATE live SET version = version + 1 WHERE id = :id"), {"id": two.delivery}))
    real = store.receipts.final_outcomes

    async def slow(deliveries: Sequence[int]) -> dict[int, Outcome]:
        await asyncio.sleep(0.03)
        return await real(deliveries)

    monkeypatch.setattr(store.receipts, "final_outcomes", slow)
    await sms.emit([sms.accepted(one, "X1"), sms.accepted(two, "X2")])
    await settle(rig)
    lives = [await rig.live(id_) for id_ in ids]
    assert [a.delivery for a in sms.sent] == ids
    assert [live and live.stage for live in lives] == [Stage.SENT, Stage.SENT]


async def test_a_late_receipt_that_meets_a_claim_is_heard(
    rig: Rig, sms: ScriptedChannel, store: OpenedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = Flow(steps=(Step(channel="SMS", validity=MINUTE),), receipt_wait=0, rounds=2, pause=MINUTE)
    (id_,) = await rig.send(flow=twice)
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, "X1"))
    await rig.tick(2 * MINUTE)
    rig.now += MINUTE + SECOND
    real = store.deliveries.load

    async def claimed_meanwhile(ids: Sequence[int]) -> list[Loaded]:
        found = await real(ids)
        monkeypatch.setattr(store.deliveries, "load", real)
        await store.deliveries.claim(rig.node, rig.now, 10, 0, "SMS")
        return found

    monkeypatch.setattr(store.deliveries, "load", claimed_meanwhile)
    await sms.emit([sms.receipt("X1")])
    await settle(rig)
    assert await rig.end(id_) == DELIVERED


async def test_a_receipt_whose_delivery_is_let_go_meanwhile_is_heard_later(
    rig: Rig, sms: ScriptedChannel, store: OpenedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, "X1"))
    rig.book.forget([id_])
    real = store.receipts.final_outcomes

    async def let_go_meanwhile(deliveries: Sequence[int]) -> dict[int, Outcome]:
        found = await real(deliveries)
        rig.book.forget([id_])
        return found

    monkeypatch.setattr(store.receipts, "final_outcomes", let_go_meanwhile)
    await sms.emit([sms.receipt("X1")])
    monkeypatch.setattr(store.receipts, "final_outcomes", real)
    await rig.worker._housekeeping.sweep()
    await settle(rig)
    assert await rig.end(id_) == DELIVERED


async def test_a_hand_over_that_fails_does_not_bring_back_what_has_ended(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sender,) = rig.worker.routes.senders()
    gate, real = asyncio.Event(), sender._record

    async def fail() -> None:
        await gate.wait()
        monkeypatch.setattr(sender, "_record", real)
        raise OSError("disk full")

    monkeypatch.setattr(sender, "_record", lambda _changes: asyncio.ensure_future(fail()))
    (id_,) = await rig.send()
    await rig.wait_for(lambda: bool(sender._committing))
    await rig.receiver.say([(rig.book.entries[id_], Word(Said.RESULT, 1, rig.now, Reason.CANCELLED))])
    gate.set()
    await settle(rig)
    assert (sms.sent, sender.load()) == ([], 0)


async def test_what_is_being_handed_over_when_the_link_goes_takes_another(
    store: OpenedStore, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ScriptedChannel("c2")
    other.is_up = False
    rig = await Rig(store, sms, other).start()
    sender = next(s for s in rig.worker.routes.senders() if s.channel is sms)
    gate, real = asyncio.Event(), sender._record

    async def slow(changes: Changes) -> None:
        await gate.wait()
        await real(changes)

    monkeypatch.setattr(sender, "_record", lambda changes: asyncio.ensure_future(slow(changes)))
    ids = await rig.send(5)
    await rig.wait_for(lambda: bool(sender._committing))
    sms.is_up, other.is_up = False, True
    await sms.emit([Link(sms.name, False, "lost", START)])
    gate.set()
    await settle(rig)
    assert ([a.delivery for a in other.sent], sms.sent, sender.load()) == (ids, [], 0)
    await rig.close()


async def test_lines_do_not_grow_while_links_come_and_go(store: OpenedStore, sms: ScriptedChannel) -> None:
    other = ScriptedChannel("c2")
    sms.window = other.window = sms.ahead_by = other.ahead_by = 0
    other.is_up = False
    rig = await Rig(store, sms, other).start()
    await rig.send(50)
    for turn in range(20):
        sms.is_up, other.is_up = bool(turn % 2), not turn % 2
        rig.worker.routes.reroute(other.name if turn % 2 else sms.name)
    turns = [turns for sender in rig.worker.routes.senders() for turns in sender.queue._classes.values()]
    assert sum(len(line) for each in turns for line in each.lines.values()) == 50
    await rig.close()


def test_few_are_let_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "ENTRIES_AT_MOST", 100)
    message = Message(id=1, account=ACCOUNT, flow=simple("SMS"), content={"SMS": Content(text="x")}, created_at=START)
    live = Live(1, 1, ACCOUNT, 0, Stage.SENT, 0, 0, 1, 0, START, START)
    book, many = Book(), books.LET_GO_AT_ONCE + 500
    book.add(
        Entry(replace(live, id=n), Delivery(id=n, message=1, account=ACCOUNT, to=Addresses(phone="41")), message)
        for n in range(many)
    )
    assert (book.evict(), min(book.entries)) == (books.LET_GO_AT_ONCE, books.LET_GO_AT_ONCE)


async def test_what_waits_on_a_dead_connector_goes_to_a_fellow_that_comes_up(store: OpenedStore) -> None:
    dead, alive = ScriptedChannel("a"), ScriptedChannel("b")
    dead.is_up = alive.is_up = False
    rig = await Rig(store, dead, alive).start()
    for _ in range(6):
        await rig.send(1)
    await rig.say(dead, Link("a", False, "refused", START))
    alive.is_up = True
    await rig.say(alive, Link("b", True, "bound", START))
    await settle(rig)
    assert (len(dead.sent), len(alive.sent)) == (0, 6)
    await rig.close()


async def test_what_came_back_before_a_crash_is_not_ambiguous(store: OpenedStore) -> None:
    first = ScriptedChannel("a", resend=False)
    rig = await Rig(store, first).start()
    await rig.send(2)
    returned, unanswered = await rig.sent(first, 2)
    first.is_up = False
    await rig.say(first, first.returned(returned))
    await rig.close()
    second = ScriptedChannel("a", resend=False)
    again = await Rig(store, second, node=2).start()
    await again.tick(SECOND)
    await settle(again)
    assert [attempt.delivery for attempt in second.sent] == [returned.delivery]
    held = await store.deliveries.live(unanswered.delivery)
    assert held is not None
    assert (held.stage, held.ambiguous) == (Stage.SENT, True)
    await again.close()


async def test_what_is_admitted_counts_until_it_is_released(store: OpenedStore) -> None:
    rig = await Rig(store, ScriptedChannel("a"), backlog=10).start()
    rig.worker.admit(8)
    with pytest.raises(Backlogged):
        rig.worker.admit(3)
    rig.worker.release(8)
    rig.worker.admit(10)
    rig.worker.refuse()
    with pytest.raises(Stopping):
        rig.worker.admit(1)
    await rig.close()
