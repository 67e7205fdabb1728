"""Filing for the log: what has lain for a beat, and nothing younger."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnibound.domain.changes import Changes
from omnibound.domain.logs import EVERYTHING, FOREVER
from omnibound.engine.indexing import AT_ONCE, Indexing
from omnibound.store.opened import OpenedStore, open_store
from tests.store import nouns
from tests.store.nouns import table

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[OpenedStore]:
    opened = open_store(tmp_path)
    yield opened
    await opened.close()


async def filed(store: OpenedStore) -> list[int]:
    found = await table(store, f"SELECT delivery FROM search WHERE subject = {EVERYTHING} ORDER BY delivery")
    return [id_ for (id_,) in found]


async def test_what_is_young_waits_for_the_next_beat(store: OpenedStore) -> None:
    indexing = Indexing(store.logs, store.deliveries)
    seen: list[list[int]] = []
    for id_ in (1, 2, 3):
        await store.record(nouns.born(nouns.live(id_, of=id_)))
        await indexing.beat()
        seen.append(await filed(store))
    await indexing.beat()
    await indexing.beat()
    assert (*seen, await filed(store)) == ([], [1], [1, 2], [1, 2, 3])


async def test_what_ends_before_it_is_filed_is_filed_once(store: OpenedStore) -> None:
    await store.record(nouns.born(nouns.live(1)))
    await store.record(Changes(ended=[(1, 0)], outcomes=[nouns.outcome(1)]))
    await Indexing(store.logs, store.deliveries).file(FOREVER)
    assert await table(store, "SELECT count(*) FROM search_open") == [(0,)]
    assert await table(store, "SELECT count(DISTINCT shelf) FROM search") == [(1,)]


async def test_many_go_in_several_transactions(store: OpenedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.record(nouns.born(*[nouns.live(id_) for id_ in range(1, 3 * AT_ONCE + 1)]))
    sizes: list[int] = []
    file = store.logs.file

    async def counted(touches: list[int], entries: list[object]) -> bool:
        sizes.append(len(entries))
        return await file(touches, entries)  # type: ignore[arg-type]

    monkeypatch.setattr(store.logs, "file", counted)
    await Indexing(store.logs, store.deliveries).file(FOREVER)
    assert sizes == [AT_ONCE] * 3
    assert len(await filed(store)) == 3 * AT_ONCE


async def test_one_that_is_gone_meanwhile_is_passed_over(store: OpenedStore) -> None:
    await store.record(nouns.born(nouns.live(1), nouns.live(2, of=2)))
    await store.db.write((nouns.plain("DELETE FROM messages WHERE id = 1"), {}))
    await Indexing(store.logs, store.deliveries).file(FOREVER)
    assert (await filed(store), await store.logs.touches(FOREVER, 9)) == ([2], [])


async def test_when_another_node_files_this_one_stops(store: OpenedStore) -> None:
    """Between its reading and its filing the other is quicker: the rest is left to that one too."""
    await store.record(nouns.born(*[nouns.live(id_) for id_ in range(1, 2 * AT_ONCE + 1)]))
    one, other = (Indexing(store.logs, store.deliveries) for _ in range(2))
    await asyncio.gather(one.file(FOREVER), other.file(FOREVER))
    await one.file(FOREVER)
    assert await filed(store) == list(range(1, 2 * AT_ONCE + 1))
    assert await table(store, "SELECT count(*) FROM search_open") == [(2 * AT_ONCE,)]
