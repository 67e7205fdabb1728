"""Units are committed in groups, each whole or not at all: one that breaks never takes its neighbours with it."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes, HandOverList, InFlight, Ref
from omnibound.store.database import Transaction
from omnibound.store.errors import Closed
from omnibound.store.opened import OpenedStore
from omnibound.store.sqlite import Sqlite
from tests.store import nouns
from tests.store.conftest import Again

pytestmark = pytest.mark.anyio


async def settle(*futures: "asyncio.Future[Any]") -> list[str]:
    """How each ended: `done`, or the name of what it failed with."""
    ends = await asyncio.gather(*futures, return_exceptions=True)
    return ["done" if end is None else type(end).__name__ for end in ends]


def ref(hash_: int, id_: int = 1) -> Changes:
    return Changes(refs=[Ref(nouns.ACCOUNT, 20_000, hash_, id_)])


async def refs(store: OpenedStore) -> list[tuple[Any, ...]]:
    return await nouns.table(store, "SELECT hash, delivery FROM refs ORDER BY hash")


async def test_what_breaks_a_constraint_fails_alone(store: OpenedStore) -> None:
    works = [ref(1), ref(2), ref(1, id_=9), ref(3)]
    assert await settle(*map(store.record, works)) == ["done", "done", "Taken", "done"]
    assert (await refs(store)) == [(1, 1), (2, 1), (3, 1)]


async def test_a_unit_is_written_whole_or_not_at_all(store: OpenedStore) -> None:
    await store.record(ref(1))
    both = [Ref(nouns.ACCOUNT, 20_000, hash_, 5) for hash_ in (5, 1)]
    half = Changes(refs=both, outcomes=[nouns.outcome(5)])
    assert await settle(store.record(half)) == ["Taken"]
    assert ((await refs(store)), (await nouns.table(store, "SELECT * FROM outcomes"))) == ([(1, 1)], [])


async def test_what_is_stale_fails_alone(store: OpenedStore) -> None:
    lives = [nouns.live(id_) for id_ in (1, 2, 3)]
    await store.record(nouns.born(*lives))
    moved = [replace(live, step=1, version=1) for live in lives]
    works = [Changes(moved=[(live, 0, was)]) for live, was in zip(moved, (0, 7, 0), strict=True)]
    assert await settle(*map(store.record, works)) == ["done", "Stale", "done"]
    assert (await nouns.table(store, "SELECT id, step, version FROM live ORDER BY id")) == [
        (1, 1, 1),
        (2, 0, 0),
        (3, 1, 1),
    ]


async def test_two_that_move_the_same_row_from_the_same_version(store: OpenedStore) -> None:
    live = nouns.live(1)
    await store.record(nouns.born(live))
    works = [Changes(moved=[(replace(live, step=step, version=1), 0, 0)]) for step in (1, 2)]
    assert await settle(*map(store.record, works)) == ["done", "Stale"]
    assert (await nouns.table(store, "SELECT step FROM live")) == [(1,)]


async def test_what_ends_a_row_that_has_moved_is_stale_and_keeps_no_outcome(store: OpenedStore) -> None:
    live = nouns.live(1)
    await store.record(nouns.born(live))
    works = [
        Changes(moved=[(replace(live, version=1), 0, 0)]),
        Changes(ended=[(1, 0)], outcomes=[nouns.outcome(1)], reports=[nouns.Reportable(nouns.ACCOUNT, 1, 1, "SMS")]),
    ]
    assert await settle(*map(store.record, works)) == ["done", "Stale"]
    assert [(await nouns.table(store, f"SELECT count(*) FROM {name}")) for name in ("live", "outcomes", "reports")] == [
        [(1,)], [(0,)], [(0,)],
    ]  # fmt: skip


async def test_a_life_in_one_group(store: OpenedStore) -> None:
    """Born, moved and ended by three units that are committed together: the order of the calls is kept."""
    live = nouns.live(1)
    works = [
        nouns.born(live),
        Changes(moved=[(replace(live, version=1), 0, 0)]),
        Changes(ended=[(1, 1)], outcomes=[nouns.outcome(1)]),
        Changes(amended=[replace(nouns.outcome(1), twice=True)]),
    ]
    assert await settle(*map(store.record, works)) == ["done"] * 4
    assert await store.deliveries.load([1]) == []
    assert [each.twice for each in await store.deliveries.outcomes(1)] == [True]


async def test_a_carriers_id_used_again_within_a_group(store: OpenedStore) -> None:
    """A carrier that counts from one after its restart: what the earlier attempt frees, the later one keeps."""
    first, again = (InFlight("c", "00000001", id_, 1, 0, "c1", nouns.NOW) for id_ in (1, 2))
    key = ("c", "00000001")
    await store.record(Changes(inflight=[first]))
    works = [Changes(landed=[key]), Changes(inflight=[again]), Changes(handovers=[HandOverList(1, 1, "c1", [], 0)])]
    assert await settle(*map(store.record, works)) == ["done"] * 3
    assert await store.receipts.find(*((key[0]), [key[1]])) == [again]


async def test_what_arrives_and_lands_within_a_group_leaves_nothing(store: OpenedStore) -> None:
    flight = InFlight("c", "1", 1, 1, 0, "c1", nouns.NOW)
    works = [Changes(inflight=[flight]), Changes(landed=[("c", "1")])]
    assert await settle(*map(store.record, works)) == ["done"] * 2
    assert (await nouns.table(store, "SELECT * FROM inflight")) == []


async def test_a_task_that_fails_takes_nobody_with_it(store: OpenedStore) -> None:
    async def broken(_tx: Transaction) -> None:
        raise ValueError("no")

    futures = [store.record(ref(1)), asyncio.ensure_future(store.db.transact(broken)), store.record(ref(2))]
    assert await settle(*futures) == ["done", "ValueError", "done"]
    assert (await refs(store)) == [(1, 1), (2, 1)]


async def test_what_is_done_can_be_read_at_once(store: OpenedStore) -> None:
    for id_ in range(1, 30):
        await store.record(nouns.born(nouns.live(id_, of=id_)))
        assert (await store.deliveries.load([id_]))[0].live == nouns.live(id_, of=id_)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_units_are_grouped(store: OpenedStore) -> None:
    """A flood costs few commits: what comes while one is written is the next group."""
    assert isinstance(store.db, Sqlite)
    commits: list[int] = []
    store.db._writer._connection.set_commit_hook(lambda: commits.append(1) or False)
    await settle(*[store.record(ref(hash_)) for hash_ in range(2_000)])
    assert (len(await refs(store)), len(commits) < 500) == (2_000, True)


async def test_a_cancelled_caller_changes_nothing(store: OpenedStore) -> None:
    future = store.record(ref(1))
    future.cancel()
    assert await settle(store.record(ref(2))) == ["done"]
    assert (await refs(store)) == [(1, 1), (2, 1)]


async def test_closing_commits_what_was_handed_in_and_refuses_the_rest(store: OpenedStore, again: Again) -> None:
    futures = [store.record(ref(hash_)) for hash_ in range(100)]
    await store.close()
    assert await settle(*futures) == ["done"] * 100
    assert len(await refs(await again())) == 100
    with pytest.raises(Closed):
        store.record(ref(1))
    with pytest.raises(Closed):
        await store.deliveries.backlog()
    with pytest.raises(Closed):
        await store.deliveries.disown()
    await store.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_second_process_is_waited_for(store: OpenedStore) -> None:
    """The command line writes beside a running server."""
    import apsw

    assert isinstance(store.db, Sqlite)
    other = apsw.Connection(str(store.db.path))
    other.execute("BEGIN IMMEDIATE")
    future = store.record(ref(1))
    await asyncio.wait([future], timeout=0.05)
    assert not future.done()
    other.execute("COMMIT")
    assert await settle(future) == ["done"]
