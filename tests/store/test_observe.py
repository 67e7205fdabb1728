"""Whoever watches is told of every commit of `record`, when it is done."""

import asyncio

import pytest

from omnibound.domain.changes import Changes, Ref
from omnibound.ports import Taken
from omnibound.store.opened import OpenedStore
from tests.store import nouns

pytestmark = pytest.mark.anyio


def ref(hash_: int, id_: int = 1) -> Changes:
    return Changes(refs=[Ref(nouns.ACCOUNT, 20_000, hash_, id_)])


async def test_every_commit_is_told(store: OpenedStore) -> None:
    told: list[tuple[int, float]] = []
    store.observe(lambda changes, seconds: told.append((len(changes.refs), seconds)))
    await asyncio.gather(*[store.record(ref(number)) for number in range(50)])
    await asyncio.sleep(0)
    assert sum(number for number, _ in told) == 50
    assert all(0 < seconds < 60 for _, seconds in told)


async def test_what_is_not_kept_is_not_told(store: OpenedStore) -> None:
    told: list[int] = []
    await store.record(ref(1))
    store.observe(lambda changes, _: told.extend(each.hash for each in changes.refs))
    ends = await asyncio.gather(
        store.record(ref(2)), store.record(ref(1, 9)), store.record(ref(3)), return_exceptions=True
    )
    await asyncio.sleep(0)
    assert ([type(end) for end in ends], sorted(told)) == ([type(None), Taken, type(None)], [2, 3])


async def test_pushes_are_counted_up_to_a_limit(store: OpenedStore) -> None:
    assert await store.pushes.counts(10) == (0, 0)


async def test_who_stumbles_over_it_changes_nothing(store: OpenedStore) -> None:
    def stumble(_changes: Changes, _seconds: float) -> None:
        raise ZeroDivisionError

    store.observe(stumble)
    await store.record(ref(1))
    await asyncio.gather(store.record(ref(2)), store.record(ref(3)))
    assert await nouns.table(store, "SELECT hash FROM refs ORDER BY hash") == [(1,), (2,), (3,)]
