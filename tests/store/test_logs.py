"""What logs are found by: filed in one commit with what says that it is to be filed, so that nothing is skipped."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes, Ref
from omnibound.domain.flow import DAY
from omnibound.domain.live import Stage
from omnibound.domain.logs import EVERYTHING, FOREVER, Entry, LogFilter, Shelf, Standing
from omnibound.domain.status import Reason, Status
from omnibound.engine.indexing import Indexing
from omnibound.ports import Taken, Touch, Walked
from omnibound.store.opened import OpenedStore
from omnibound.store.rows import TOUCHED_A_ROW
from tests.services.log_world import ANNA, PHONES, World
from tests.store import nouns
from tests.store.conftest import Again
from tests.store.nouns import ACCOUNT, NOW, table

pytestmark = pytest.mark.anyio
TODAY = NOW // DAY
SMS, VIBER = Shelf("SMS", "Shop", Reason.DELIVERED), Shelf("VIBER", "Shop", None)


def entry(delivery: int, at: int = NOW, shelf: Shelf = SMS, subjects: tuple[int, ...] = (EVERYTHING,)) -> Entry:
    return Entry(delivery, ACCOUNT, shelf, at, set(subjects))


async def touches(store: OpenedStore) -> list[Touch]:
    return await store.logs.touches(FOREVER, 1_000)


async def file(store: OpenedStore, *entries: Entry) -> bool:
    """File entries as if a commit had touched them."""
    return await store.logs.file([], entries)


async def places(store: OpenedStore) -> list[tuple[Any, ...]]:
    """Who stands where, by the shelves' words."""
    sql = "SELECT s.delivery, s.subject, s.at, l.sender, l.reason FROM search s JOIN shelves l ON l.id = s.shelf"
    return await table(store, f"{sql} ORDER BY s.delivery, s.subject")


# -- Touches -------------------------------------------------------------------------------------------------------


async def test_whatever_moves_a_delivery_touches_it(store: OpenedStore) -> None:
    first, second = nouns.live(1), nouns.live(2)
    await store.record(nouns.born(first, second))
    await store.record(Changes(moved=[(replace(first, version=1), 0, 0)]))
    await store.record(Changes(ended=[(1, 1)], outcomes=[nouns.outcome(1)]))
    assert [sorted(touch.deliveries) for touch in await touches(store)] == [[1, 2], [1], [1]]


async def test_what_changes_no_log_touches_nothing(store: OpenedStore) -> None:
    await store.record(Changes(outcomes=[nouns.outcome(1, final=False)], amended=[nouns.outcome(1)]))
    assert await touches(store) == []


async def test_a_large_commit_is_touched_in_pieces(store: OpenedStore) -> None:
    many = range(1, 2 * TOUCHED_A_ROW + 2)
    await store.record(nouns.born(*[nouns.live(id_) for id_ in many]))
    found = await touches(store)
    assert [len(touch.deliveries) for touch in found] == [TOUCHED_A_ROW, TOUCHED_A_ROW, 1]
    assert sorted(id_ for touch in found for id_ in touch.deliveries) == list(many)


async def test_numbers_are_not_used_again(store: OpenedStore) -> None:
    """Else a young touch could be taken for one that has lain for long."""
    await store.record(nouns.born(nouns.live(1)))
    (first,) = await touches(store)
    assert await store.logs.newest_touch() == first.number
    assert await store.logs.file([first.number], [])
    assert await store.logs.newest_touch() == 0
    await store.record(nouns.born(nouns.live(2, of=2)))
    assert await store.logs.newest_touch() > first.number


async def test_they_are_read_from_the_oldest_up_to_a_number(store: OpenedStore) -> None:
    for id_ in (1, 2, 3):
        await store.record(nouns.born(nouns.live(id_, of=id_)))
    first, second, _ = await touches(store)
    assert await store.logs.touches(second.number, 9) == [first, second]
    assert await store.logs.touches(second.number, 1) == [first]


# -- Standings -----------------------------------------------------------------------------------------------------


async def test_how_deliveries_stand(store: OpenedStore) -> None:
    waiting, sent = nouns.live(1), nouns.live(2, stage=Stage.SENT, step=3, sent_at=NOW + 5, parts=2)
    await store.record(nouns.born(waiting, sent))
    await store.record(nouns.reported(3, of=9, done_at=NOW + 7))
    await store.record(nouns.reported(4, of=10, account=8))
    found = await store.logs.standings([1, 2, 3, 4, 5], ACCOUNT)
    assert sorted(found, key=lambda each: each.delivery.id) == [
        Standing(nouns.delivery(1, 1), Stage.WAITING, 0, 0, 0),
        Standing(nouns.delivery(2, 1), Stage.SENT, 3, NOW + 5, 2),
        Standing(nouns.delivery(3, 9), None, 0, NOW, 1, Status.DELIVERED, Reason.DELIVERED, "", NOW + 7),
    ]
    assert [each.delivery.account for each in await store.logs.standings([4])] == [8]


async def test_the_newest_by_the_clients_own_ids(store: OpenedStore) -> None:
    given = [(ACCOUNT, 5, 1, 10), (ACCOUNT, 7, 1, 30), (ACCOUNT, 6, 2, 20), (8, 7, 3, 40), (ACCOUNT, 4, 4, 5)]
    await store.record(Changes(refs=[Ref(*each) for each in given]))
    assert sorted(await store.logs.by_refs(ACCOUNT, range(5, 8), [1, 2, 3, 4, -9])) == [20, 30]


# -- Filing --------------------------------------------------------------------------------------------------------


async def test_one_that_has_not_ended_moves_and_leaves_nothing_behind(store: OpenedStore) -> None:
    subjects = (EVERYTHING, 41_790_000_001, -7)
    for each in (
        entry(1, NOW, VIBER, subjects),
        entry(1, NOW + 1, VIBER, subjects),
        entry(1, NOW + DAY, SMS, subjects),
        entry(1, NOW + DAY, SMS, subjects),
    ):
        assert await file(store, each)
    ended = [(1, subject, NOW + DAY, "Shop", int(Reason.DELIVERED)) for subject in sorted(subjects)]
    assert await places(store) == ended
    assert await table(store, "SELECT * FROM search_open") == []


async def test_shelves_by_account(store: OpenedStore) -> None:
    await file(store, entry(1), entry(2, shelf=VIBER), entry(3), entry(4)._replace(account=8))
    assert sorted((await store.logs.shelves(ACCOUNT)).values(), key=str) == [SMS, VIBER]
    assert list((await store.logs.shelves(8)).values()) == [SMS]
    assert await store.logs.shelves(9) == {}


async def test_two_that_file_the_same(store: OpenedStore) -> None:
    await store.record(nouns.born(nouns.live(1)))
    (touch,) = await touches(store)
    assert await store.logs.file([touch.number], [entry(1)])
    assert not await store.logs.file([touch.number], [entry(1, NOW + 9, VIBER)])
    assert await places(store) == [(1, EVERYTHING, NOW, "Shop", int(Reason.DELIVERED))]


async def test_what_cannot_be_filed_stays_to_be_filed(store: OpenedStore) -> None:
    await store.record(nouns.born(nouns.live(1)))
    before = await touches(store)
    broken: Any = None
    with pytest.raises(Taken):
        await store.logs.file([before[0].number], [entry(1), entry(broken, NOW + 1, VIBER)])
    assert (await touches(store), await places(store)) == (before, [])
    assert await store.logs.file([before[0].number], [entry(1), entry(2, NOW + 1, VIBER)])
    assert [row[0] for row in await places(store)] == [1, 2]


# -- Walking -------------------------------------------------------------------------------------------------------


async def ranges(store: OpenedStore, *shelves: Shelf) -> list[tuple[int, int]]:
    known = {shelf: number for number, shelf in (await store.logs.shelves(ACCOUNT)).items()}
    return [(EVERYTHING, known[shelf]) for shelf in shelves]


async def test_a_walk_is_whole_down_to_where_it_says(store: OpenedStore) -> None:
    await file(store, *[entry(id_, NOW + id_) for id_ in range(1, 10)], *[entry(20, NOW + 2, VIBER)])
    both = await ranges(store, SMS, VIBER)
    newest = [(NOW + id_, id_) for id_ in (9, 8, 7)]
    assert await store.logs.walk(TODAY, both, 0, FOREVER, 3) == Walked(newest, NOW + 7)
    older = [(NOW + 2, 20), (NOW + 2, 2), (NOW + 1, 1)]
    assert await store.logs.walk(TODAY, both, 0, NOW + 2, 3) == Walked(older, None)
    assert await store.logs.walk(TODAY, both, NOW + 2, NOW + 3, 3) == Walked([(NOW + 3, 3), *older[:2]], None)
    assert await store.logs.walk(TODAY - 1, both, 0, FOREVER, 3) == Walked([], None)


async def test_those_of_one_instant_are_not_parted(store: OpenedStore) -> None:
    await file(store, *[entry(id_, NOW) for id_ in (1, 2, 3)], entry(4, NOW - 1))
    found = await store.logs.walk(TODAY, await ranges(store, SMS), 0, FOREVER, 2)
    assert found == Walked([(NOW, 3), (NOW, 2), (NOW, 1)], NOW)


# -- Through a crash -----------------------------------------------------------------------------------------------


async def test_a_stop_between_two_chunks_skips_nothing(again: Again) -> None:
    """Filing is stopped at any place, on a database that is opened anew; meanwhile others are born and end."""
    born = 0
    for turn in range(6):
        store = await again()
        filing = Indexing(store.logs, store.deliveries)
        lives = [nouns.live(id_, of=turn + 1) for id_ in range(born + 1, born + 1_400)]
        born += 1_399
        await store.record(nouns.born(*lives))
        task = asyncio.create_task(filing.file(FOREVER))
        for _ in range(turn):
            await asyncio.sleep(0)
        await store.record(Changes(ended=[(lives[0].id, 0)], outcomes=[nouns.outcome(lives[0].id)]))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()
    store = await again()
    await Indexing(store.logs, store.deliveries).file(FOREVER)
    assert await touches(store) == []
    filed = await table(store, f"SELECT delivery FROM search WHERE subject = {EVERYTHING} ORDER BY delivery")
    assert [id_ for (id_,) in filed] == list(range(1, born + 1))
    ((still_open,),) = await table(store, "SELECT count(*) FROM search_open")
    assert still_open == born - 6


async def test_entries_go_by_the_day(store: OpenedStore) -> None:
    await file(store, *[entry(id_, NOW - id_ * DAY) for id_ in range(4)])
    chunk = await store.retention.search(TODAY - 1, ())
    assert (chunk.dropped, chunk.more) == (2, False)
    assert sorted(row[0] for row in await places(store)) == [0, 1]


# -- All of it -----------------------------------------------------------------------------------------------------

WISHES = [
    LogFilter(limit=1000),
    LogFilter(limit=7),
    LogFilter(to=PHONES[0]),
    LogFilter(bulks=("summer", "autumn"), channel="SMS"),
    LogFilter(kind=lambda _, reason: reason is None, limit=30),
    LogFilter(sender="Shop", since=NOW - DAY, until=NOW - DAY // 3),
]


async def test_the_log_is_true(store: OpenedStore) -> None:
    """In each database; any mix of filters is tried in tests of `read_logs`."""
    world = World(store)
    await world.fill(80)
    named = LogFilter(message_ids=tuple(fact.text for fact in world.facts.values())[::5])
    for wish in (*WISHES, named):
        assert [row.message_id for row in await world.logs.read(ANNA, wish)] == world.truth(ANNA, wish) != []
