"""Parts of campaigns in a store: each account's own, by kind."""

import pytest
from msgspec.structs import replace

from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.flow import Effect, Move
from omnibound.domain.outbound import STANDARD, Dialer, Question, Queue, ResultSet, Schedule, Script
from omnibound.domain.status import Reason
from omnibound.ports import Taken
from omnibound.store.opened import OpenedStore

pytestmark = pytest.mark.anyio

PARTS = {
    "dialer": Dialer(id="x", name="D", lines=3),
    "queue": Queue(id="x", name="Q", no_result="Busy"),
    "results": ResultSet(
        id="x", name="R", results=STANDARD.results, limits={"busy": 1}, pauses={"busy": 7},
        effects={Reason.BUSY: Effect(move=Move.LATER, wait=5)}, former=STANDARD.results[:1],
    ),
    "schedule": Schedule(id="x", name="S", calendar=Calendar(hours=(Hours(begin=1, end=2, exclude=True),), zone="UTC")),
    "script": Script(id="x", name="T", questions=(Question(text="Why?", answers=("a",)),)),
}  # fmt: skip


async def test_each_comes_back_as_it_was(store: OpenedStore) -> None:
    for kind, part in PARTS.items():
        await store.parts.add(1, kind, part)
    for kind, part in PARTS.items():
        assert await store.parts.one(1, kind, "x") == part
        assert await store.parts.page(1, kind, "", 9) == [part]
        assert (await store.parts.one(2, kind, "x"), await store.parts.page(2, kind, "", 9)) == (None, [])
        with pytest.raises(Taken):
            await store.parts.add(1, kind, part)


async def test_pages_changes_and_removals(store: OpenedStore) -> None:
    made = [Queue(id=id_, name=id_) for id_ in ("B", "a", "10", "9")]
    for queue in made:
        await store.parts.add(1, "queue", queue)
    in_order = sorted(made, key=lambda queue: queue.id)
    assert await store.parts.page(1, "queue", "", 3) == in_order[:3]
    assert await store.parts.page(1, "queue", in_order[2].id, 3) == in_order[3:]
    assert await store.parts.put(1, "queue", replace(in_order[0], name="other"))
    assert not await store.parts.put(1, "queue", Queue(id="new", name="new"))
    assert [queue.name for queue in await store.parts.page(1, "queue", "", 9)] == ["other", "9", "B", "a"]
    assert await store.parts.remove(1, "queue", "B")
    assert not await store.parts.remove(1, "queue", "B")
    assert not await store.parts.remove(2, "queue", "a")
    assert await store.parts.one(1, "queue", "B") is None
