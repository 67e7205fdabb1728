"""What nobody waits for: old rows, and receipts whose attempt became known after them."""

import asyncio

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes, InFlight
from omnibound.domain.flow import DAY, HOUR, MINUTE
from omnibound.domain.ids import NODES
from omnibound.domain.live import Stage
from omnibound.domain.status import Reason, Status
from omnibound.engine.book import Book
from omnibound.engine.numbers import Numbers
from omnibound.ports import Chunk, Stale
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import DELIVERED, START, Rig, ScriptedChannel, simple
from tests.store.nouns import table

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.engine.housekeeping.REST_AT_LEAST_S", 0)
    monkeypatch.setattr("omnibound.engine.housekeeping.RESTS", 0)


async def clean(rig: Rig, forward: int = 0) -> None:
    rig.now += forward
    await rig.worker._housekeeping.clean()


async def sweep(rig: Rig) -> None:
    await rig.worker._housekeeping.sweep()
    await rig.quiet()


async def count(rig: Rig, name: str) -> int:
    return (await table(rig.store, f"SELECT count(*) FROM {name}"))[0][0]


async def delivered(rig: Rig, sms: ScriptedChannel, name: str = "p1") -> int:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, name), sms.receipt(name))
    return id_


# -- Clearing away -------------------------------------------------------------------------------------------------


async def test_a_delivery_grows_old(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await delivered(rig, sms)
    one = await rig.store.deliveries.one(7, id_)
    assert one is not None
    await clean(rig, 2 * DAY)
    assert await count(rig, "reports") == 1
    await clean(rig, HOUR)
    assert await count(rig, "reports") == 0
    await clean(rig, 5 * DAY)
    message = await rig.store.deliveries.message(one.message)
    assert message is not None
    assert (message.content, message.flow) == ({}, simple("SMS"))
    await clean(rig, 22 * DAY)
    assert [await count(rig, name) for name in ("deliveries", "events", "outcomes", "messages")] == [1, 1, 1, 1]
    await clean(rig, 2 * DAY)
    assert [await count(rig, name) for name in ("deliveries", "events", "outcomes", "messages")] == [0] * 4
    await clean(rig, HOUR)


async def test_a_schedule_keeps_its_content_for_months(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send(owned=False, due_in=180 * DAY)
    await clean(rig, 179 * DAY)
    await rig.tick(DAY)
    (attempt,) = await rig.sent(sms, 1)
    assert attempt.content.text == "x"
    await rig.say(sms, sms.accepted(attempt, "p"), replace(sms.receipt("p"), at=rig.now))
    assert (await rig.end(id_), await count(rig, "deliveries")) == (DELIVERED, 1)
    await clean(rig, HOUR)
    assert (await table(rig.store, "SELECT bare FROM messages"), await count(rig, "deliveries")) == ([(1,)], 1)


async def test_an_id_is_in_flight_until(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, "p"))
    await rig.tick(11 * MINUTE)
    await clean(rig)
    assert len(await rig.store.receipts.find("carrier-c1", ["p"])) == 1
    await clean(rig, 2 * DAY)
    assert (await rig.store.receipts.find("carrier-c1", ["p"]), await count(rig, "inflight")) == ([], 0)
    assert await rig.end(id_) == (Status.EXPIRED, Reason.NO_RECEIPT, 0)


async def test_receipts_of_nobody_go_from_store_and_memory(rig: Rig, sms: ScriptedChannel) -> None:
    await rig.say(sms, sms.receipt("old"))
    rig.now += DAY
    await rig.say(sms, sms.receipt("young"), sms.receipt("old"))
    assert (rig.worker.load()["unmatched"], await count(rig, "unmatched")) == (2, 3)
    await clean(rig, DAY)
    assert await count(rig, "unmatched") == 3
    await clean(rig, 1)
    assert await count(rig, "unmatched") == 2
    assert {key[1]: len(rows) for key, rows in rig.book.unmatched.items()} == {"young": 1, "old": 1}
    await clean(rig, DAY + NODES)
    assert (rig.worker.load()["unmatched"], await count(rig, "unmatched")) == (0, 0)


async def test_a_walk_that_is_over_begins_anew_after_an_hour(rig: Rig) -> None:
    await clean(rig)
    await rig.store.record(Changes(inflight=[InFlight("c", "p", 1, 1, 0, "c1", START)]))
    await clean(rig, HOUR - 1)
    assert await count(rig, "inflight") == 1
    await clean(rig, 1)
    assert await count(rig, "inflight") == 0


# -- Joining -------------------------------------------------------------------------------------------------------


async def apart(rig: Rig, sms: ScriptedChannel, given: str = "p1", said: str = "p1") -> int:
    """An accepted attempt and its receipt, which memory has not brought together."""
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.receipt(said))
    rig.book.unmatched.clear()
    await rig.say(sms, sms.accepted(attempt, given))
    live = await rig.live(id_)
    assert live is not None
    assert live.stage is Stage.SENT
    return id_


@pytest.mark.parametrize(("given", "said"), [("p1", "p1"), ("1a2b3c", "1715004"), ("1715004", "1A2B3C")])
async def test_the_sweep_joins_what_memory_could_not(rig: Rig, sms: ScriptedChannel, given: str, said: str) -> None:
    id_ = await apart(rig, sms, given, said)
    await sweep(rig)
    await sweep(rig)
    assert await rig.told(id_) == ["ACCEPTED SENT", "DELIVERED DELIVERED"]
    assert (await rig.end(id_), await count(rig, "unmatched"), await count(rig, "inflight")) == (DELIVERED, 0, 0)


async def test_a_row_goes_in_the_commit_that_hears_it(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apart(rig, sms)
    works: list[Changes] = []
    real = rig.store.record
    monkeypatch.setattr(rig.store, "record", lambda changes: works.append(changes) or real(changes))
    await sweep(rig)
    (work,) = works
    assert (len(work.matched), [each.status for each in work.outcomes]) == (1, [Status.DELIVERED])


async def test_memory_that_is_full_loses_nothing(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnibound.engine.book.UNMATCHED_AT_MOST", 3)
    monkeypatch.setattr("omnibound.engine.housekeeping.SWEEP_CHUNK", 4)
    ids = await rig.send(10)
    attempts = await rig.sent(sms, 10)
    await rig.say(sms, *[sms.receipt(f"p{n}") for n in range(10)], sms.receipt("nobody's"))
    assert rig.worker.load()["unmatched"] == 3
    await rig.say(sms, *[sms.accepted(each, f"p{n}") for n, each in enumerate(attempts)])
    assert await count(rig, "unmatched") == 8
    for _ in range(4):
        await sweep(rig)
    assert [await rig.end(id_) for id_ in ids] == [DELIVERED] * 10
    assert [len(await rig.told(id_)) for id_ in ids] == [2] * 10
    assert await count(rig, "unmatched") == 1


async def test_after_a_restart(store: OpenedStore, sms: ScriptedChannel) -> None:
    rig = await Rig(store, sms).start()
    id_ = await apart(rig, sms)
    await rig.close()
    later = await Rig(store, ScriptedChannel(), node=2).start()
    assert later.worker.load()["unmatched"] == 1
    await sweep(later)
    ended, left = await later.end(id_), later.worker.load()["unmatched"]
    assert (ended, left, await count(later, "unmatched")) == (DELIVERED, 0, 0)
    await later.close()


async def test_of_two_hearings_of_one_row_one_counts(rig: Rig, sms: ScriptedChannel) -> None:
    """The sweep has read a row; the acceptance that comes meanwhile hears it from memory."""
    (id_,) = await rig.send(parts=2)
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.receipt("a"))
    rows = await rig.store.receipts.unmatched(0, 9)
    await rig.say(sms, sms.accepted(attempt, "a", "b"))
    await rig.receiver.hear_again(rows)
    await rig.quiet()
    assert len(await rig.told(id_)) == 2
    await rig.say(sms, sms.receipt("b"))
    assert (await rig.end(id_), len(await rig.told(id_)), await count(rig, "unmatched")) == (DELIVERED, 3, 0)


async def test_a_row_can_be_dropped_by_one_only(rig: Rig, sms: ScriptedChannel) -> None:
    await rig.say(sms, sms.receipt("a"))
    ((number, _),) = await rig.store.receipts.unmatched(0, 9)
    first, second = rig.store.record(Changes(matched=[number])), rig.store.record(Changes(matched=[number]))
    await first
    with pytest.raises(Stale):
        await second


async def test_a_late_receipt_of_a_finished_delivery_is_joined_too(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await apart(rig, sms)
    await rig.tick(11 * MINUTE)
    await sweep(rig)
    (outcome,) = await rig.store.deliveries.outcomes(id_)
    assert (outcome.status, outcome.late, await count(rig, "unmatched")) == (Status.EXPIRED, Status.DELIVERED, 0)


# -- The parts -----------------------------------------------------------------------------------------------------


def test_numbers_grow_and_tell_the_time() -> None:
    now = 10
    numbers = Numbers(lambda: now)
    assert [numbers(), numbers()] == [10, 11]
    now = 20
    assert numbers() == 20
    now = 5
    assert numbers() == 21
    numbers.above(40)
    numbers.above(3)
    assert numbers() == 41


def test_no_two_nodes_have_a_number() -> None:
    now = 130
    first, second = Numbers(lambda: now, 0, 64), Numbers(lambda: now, 3, 64)
    assert ([first(), first(), first()], [second(), second()]) == ([128, 192, 256], [131, 195])
    second.above(700)
    assert [second(), second()] == [707, 771]


def test_a_receipt_is_taken_out_of_memory_alone(sms: ScriptedChannel) -> None:
    book, receipt = Book(), sms.receipt("p")
    for number in (1, 2):
        book.keep_unmatched(number, receipt)
    book.take_unmatched(1, receipt)
    assert book.unmatched == {("carrier-c1", "p"): [(2, receipt)]}
    book.take_unmatched(2, receipt)
    book.take_unmatched(3, receipt)
    assert book.unmatched == {}


async def test_the_loops_survive_a_failure_and_end(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    housekeeping = rig.worker._housekeeping
    looks, seen = 0, asyncio.Event()

    async def failing() -> Chunk:
        nonlocal looks
        looks += 1
        if looks == 3:
            seen.set()
        raise OSError("no")

    monkeypatch.setattr("omnibound.engine.housekeeping.SECOND", 1)
    monkeypatch.setattr(housekeeping, "sweep", failing)
    monkeypatch.setattr(housekeeping, "clean", failing)
    monkeypatch.setattr("omnibound.engine.housekeeping.MINUTE", 0)
    type(housekeeping).start(housekeeping)
    await asyncio.wait_for(seen.wait(), 5)
    await housekeeping.stop()
    assert all(task.done() for task in housekeeping._tasks)
