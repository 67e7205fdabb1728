"""Who waits for a dialer: in lanes that no other claim sees, by time over all rounds, each for one process only."""

import asyncio
from typing import Any

import pytest

from omnibound.domain.changes import Changes
from omnibound.domain.live import Live, Stage
from omnibound.store.opened import OpenedStore
from tests.store import nouns
from tests.store.conftest import Again

pytestmark = pytest.mark.anyio
NODE = 42
NOW = nouns.NOW
FIRST, SECOND, OTHER = "dial:1:c:000001", "dial:1:c:000100", "dial:1:d:000001"


def waiting(id_: int, lane: str = FIRST, due_at: int = NOW, round_: int = 0, **other: Any) -> Live:
    return nouns.live(id_, of=1, channel=lane, due_at=due_at, round=round_, **other)


async def grow(store: OpenedStore, *lives: Live, owner: int = 0) -> None:
    await store.record(nouns.born(*lives, owner=owner))


async def claimed(store: OpenedStore, lane: str = FIRST, now: int = NOW, limit: int = 9) -> list[int]:
    return [each.live.id for each in await store.deliveries.claim_lane(lane, NODE, now, limit)]


async def test_lanes_are_told_apart_from_channels(store: OpenedStore) -> None:
    channels = [nouns.live(id_, of=2, channel=channel) for id_, channel in enumerate(("SMS", "zinc", "dial9"), 20)]
    lives = [waiting(1, SECOND), waiting(2), waiting(3, OTHER), waiting(4, "dial:2:c:000001"), *channels]
    await store.record(nouns.born(*lives))
    assert await store.deliveries.waiting_channels() == ["SMS", "dial9", "zinc"]
    assert await store.deliveries.lanes() == [FIRST, SECOND, OTHER, "dial:2:c:000001"]
    assert await store.deliveries.lanes("dial:1:") == [FIRST, SECOND, OTHER]
    assert await store.deliveries.lanes("dial:1:c:") == [FIRST, SECOND]
    assert await store.deliveries.lanes("dial:3:") == []


async def test_there_may_be_lanes_only_or_channels_only(store: OpenedStore) -> None:
    assert (await store.deliveries.waiting_channels(), await store.deliveries.lanes()) == ([], [])
    await grow(store, waiting(1))
    assert (await store.deliveries.waiting_channels(), await store.deliveries.lanes()) == ([], [FIRST])
    await claimed(store)
    await store.record(nouns.born(nouns.live(2, of=2, channel="zinc")))
    assert (await store.deliveries.waiting_channels(), await store.deliveries.lanes()) == (["zinc"], [])


async def test_a_lane_is_claimed_by_time_over_all_rounds(store: OpenedStore) -> None:
    await grow(
        store, waiting(5, due_at=NOW - 1, round_=2), waiting(4, due_at=NOW), waiting(3, due_at=NOW, round_=1),
        waiting(2, due_at=NOW - 2, round_=3), waiting(1, due_at=NOW + 1), waiting(6, SECOND),
    )  # fmt: skip
    assert await store.deliveries.next_due(FIRST) == NOW - 2
    assert await claimed(store, limit=3) == [2, 5, 3]
    assert await claimed(store) == [4]
    assert await claimed(store) == []
    assert await store.deliveries.next_due(FIRST) == NOW + 1
    assert await store.deliveries.next_due("dial:9:c:000001") is None
    assert await claimed(store, now=NOW + 1) == [1]
    assert await store.deliveries.next_due(FIRST) is None


async def test_who_is_claimed_comes_whole_and_is_owned(store: OpenedStore) -> None:
    await grow(store, waiting(1), waiting(2, stage=Stage.HELD))
    await grow(store, nouns.live(3, of=2, channel=FIRST), owner=7)
    (loaded,) = await store.deliveries.claim_lane(FIRST, NODE, NOW, 9)
    assert [loaded] == await store.deliveries.load([1])
    assert (loaded.live.version, loaded.owner, loaded.delivery) == (1, NODE, nouns.delivery(1, of=1))
    await store.deliveries.disown(NODE)
    assert await claimed(store) == [1]


async def test_who_goes_back_waits_in_the_lane_again(store: OpenedStore) -> None:
    await grow(store, waiting(1))
    (loaded,) = await store.deliveries.claim_lane(FIRST, NODE, NOW, 9)
    later = waiting(1, due_at=NOW + 5, round_=1, version=2)
    await store.record(Changes(moved=[(later, 0, loaded.live.version)]))
    assert await claimed(store) == []
    assert await claimed(store, now=NOW + 5) == [1]


async def test_two_processes_share_no_one(store: OpenedStore, again: Again) -> None:
    other = await again()
    await store.record(nouns.born(*(waiting(n) for n in range(1, 301))))
    found = await asyncio.gather(*(
        each.deliveries.claim_lane(FIRST, owner, NOW, 7) for _ in range(25) for owner, each in ((1, store), (2, other))
    ))  # fmt: skip
    ids = [loaded.live.id for some in found for loaded in some]
    assert sorted(ids) == list(range(1, 301))
    assert {loaded.owner for some in found for loaded in some} == {1, 2}
