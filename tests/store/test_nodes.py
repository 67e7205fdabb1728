"""Nodes on each database: joining, leases, slots, and who is taken over writes nothing more."""

import asyncio

import pytest

from omnibound.domain.changes import Changes, Ref
from omnibound.domain.node import heir_slot
from omnibound.ports.store import TakenOver
from omnibound.store.errors import StoreError
from omnibound.store.nodes import COMMANDS
from omnibound.store.opened import OpenedStore
from tests.store.conftest import Again

pytestmark = pytest.mark.anyio
LEASE = 5_000_000


def ref(number: int) -> Changes:
    return Changes(refs=[Ref(1, 1, number, number)])


async def join(store: OpenedStore, key: str = "k") -> int:
    return (await store.nodes.join(key, "host:1", "1.0", LEASE)).incarnation


async def test_nodes_join_see_each_other_and_leave(store: OpenedStore) -> None:
    one = await store.nodes.join("k1", "host:1", "1.0", LEASE)
    two = await store.nodes.join("k2", "host:2", "1.1", LEASE)
    assert (one.slot, two.slot, one.lease_until - one.started_at) == (0, 1, LEASE)
    sight = await store.nodes.sight()
    assert (sight.nodes, sight.slots) == ((one, two), {})
    assert one.started_at <= two.started_at <= sight.now
    await store.nodes.take(("a",), one.incarnation)
    await store.nodes.leave(one.incarnation)
    after = await store.nodes.sight()
    assert (after.nodes, after.slots) == ((two,), {})
    assert (await store.nodes.join("k3", "host:3", "1.0", LEASE)).slot == 0


async def test_there_are_so_many_slots_in_ids(store: OpenedStore) -> None:
    slots = [(await store.nodes.join(f"k{n}", "h", "1", LEASE)).slot for n in range(COMMANDS)]
    assert slots == list(range(COMMANDS))
    with pytest.raises(StoreError, match="63 nodes"):
        await store.nodes.join("late", "h", "1", LEASE)


async def test_those_who_join_at_once_have_slots_of_their_own(store: OpenedStore) -> None:
    joined = await asyncio.gather(*[store.nodes.join(f"k{n}", "h", "1", LEASE) for n in range(6)])
    assert sorted(node.slot for node in joined) == list(range(6))


async def test_a_slot_has_one_owner_until_that_one_is_gone(store: OpenedStore) -> None:
    one, two = await join(store, "k1"), await join(store, "k2")
    assert sorted(await store.nodes.take(("a", "b"), one)) == ["a", "b"]
    assert await store.nodes.take(("a", "b", "c"), two) == ["c"]
    await store.nodes.give(("a",), two)
    await store.nodes.give(("b",), one)
    assert dict((await store.nodes.sight()).slots) == {"a": one, "c": two}
    assert await store.nodes.bury(one, two, 1 << 62)
    assert dict((await store.nodes.sight()).slots) == {"a": one, "c": two, heir_slot(one): two}
    assert await store.nodes.take(("a",), two) == ["a"]


async def test_only_who_was_not_heard_of_is_buried_and_once(store: OpenedStore) -> None:
    one, two = await store.nodes.join("k1", "h", "1", LEASE), await join(store, "k2")
    assert not await store.nodes.bury(one.incarnation, two, one.lease_until)
    assert await store.nodes.bury(one.incarnation, two, one.lease_until + 1)
    assert not await store.nodes.bury(one.incarnation, two, one.lease_until + 1)


async def test_of_many_heirs_one_inherits(store: OpenedStore) -> None:
    dead, *heirs = [await join(store, f"k{n}") for n in range(5)]
    buried = await asyncio.gather(*[store.nodes.bury(dead, heir, 1 << 62) for heir in heirs])
    assert sorted(buried) == [False, False, False, True]


async def test_who_is_taken_over_writes_nothing_more(again: Again, engine: str) -> None:
    store, other = await again(), await again()
    me, heir = await join(store, "k1"), await join(other, "k2")
    store.fence(me)
    assert (await store.nodes.beat(me, LEASE)) is not None
    await store.record(ref(1))
    await other.nodes.bury(me, heir, 1 << 62)
    if engine == "sqlite":
        # A file has one server, which nobody can take over.
        return
    with pytest.raises(TakenOver):
        await store.record(ref(2))
    with pytest.raises(TakenOver):
        await store.nodes.take(("x",), me)
    with pytest.raises(TakenOver):
        await store.nodes.beat(me, LEASE)
    assert await other.deliveries.refs_taken(1, [1], [1, 2]) == {1}


async def test_a_burial_waits_for_a_commit_that_has_begun(again: Again, engine: str) -> None:
    """Whatever a dead node has committed is there when its heir looks."""
    if engine == "sqlite":
        return
    store, other = await again(), await again()
    me, heir = await join(store, "k1"), await join(other, "k2")
    store.fence(me)
    futures = [asyncio.ensure_future(store.record(ref(n))) for n in range(3_000)]
    await futures[0]
    await other.nodes.bury(me, heir, 1 << 62)
    seen = await other.deliveries.refs_taken(1, [1], list(range(3_000)))
    ended = await asyncio.gather(*futures, return_exceptions=True)
    kept = {n for n, error in enumerate(ended) if error is None}
    assert {type(error) for error in ended} <= {type(None), TakenOver}
    assert kept <= seen == await other.deliveries.refs_taken(1, [1], list(range(3_000)))
