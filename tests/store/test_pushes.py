"""Pushes in the store: found by address, settled, renewed and forgotten."""

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.domain.push import Push, PushKey
from omnibound.ports import Ended
from omnibound.store.opened import OpenedStore
from tests.store import nouns
from tests.store.nouns import ACCOUNT, NOW

pytestmark = pytest.mark.anyio

FIRST: PushKey = (0, 0, 0, 0)


def push(delivery: int, url: str = "http://a", due_at: int = NOW, account: int = ACCOUNT, **other: object) -> Push:
    made = Push(account, delivery, 1, url, "f", due_at, NOW + 1_000)
    return replace(made, **other)


async def put(store: OpenedStore, *pushes: Push) -> None:
    await store.record(Changes(pushes=list(pushes)))


async def test_addresses_by_their_first_instant(store: OpenedStore) -> None:
    await put(
        store, push(1, "http://b", NOW + 5), push(2, "http://b", NOW + 3), push(3, "http://a"),
        push(4, "http://c", over=True), push(5, "http://d", NOW + 9),
    )  # fmt: skip
    assert await store.pushes.urls("", 10) == [("http://a", NOW), ("http://b", NOW + 3), ("http://d", NOW + 9)]
    assert await store.pushes.urls("http://a", 1) == [("http://b", NOW + 3)]
    assert await store.pushes.urls("http://d", 10) == []


async def test_what_is_due_for_an_address(store: OpenedStore) -> None:
    late, early, later = (
        push(1, due_at=NOW - 1),
        push(2, due_at=NOW - 9, why="HTTP 500", tries=3),
        push(3, due_at=NOW + 1),
    )
    await put(store, late, early, later, push(4, "http://b"), push(5, due_at=1, over=True))
    assert await store.pushes.due("http://a", NOW, 10) == [early, late]
    assert await store.pushes.due("http://a", NOW, 1) == [early]


async def test_settling(store: OpenedStore) -> None:
    await put(store, push(1), push(2), push(3), push(1, account=8))
    missed = push(2, due_at=NOW + 60, tries=1, why="HTTP 500", over=True)
    await store.pushes.settle([push(1)], [missed])
    assert await store.pushes.page(ACCOUNT, None, FIRST, 10) == [missed, push(3)]
    assert await store.pushes.page(8, None, FIRST, 10) == [push(1, account=8)]


async def test_pages(store: OpenedStore) -> None:
    await put(store, push(1), push(2, over=True), push(3), push(4, account=8))

    async def page(over: bool | None, after: PushKey, limit: int = 10) -> list[int]:
        return [each.delivery for each in await store.pushes.page(ACCOUNT, over, after, limit)]

    assert await page(None, FIRST) == [1, 2, 3]
    assert await page(True, FIRST) == [2]
    assert await page(False, FIRST) == [1, 3]
    assert await page(None, (1, 1, 0, 0)) == [2, 3]
    assert await page(None, (1, 0, 0, 0), 1) == [1]


async def test_renewing_takes_what_was_missed_once(store: OpenedStore) -> None:
    await put(
        store, push(1, tries=2, due_at=NOW + 99, why="x"), push(2, tries=9, over=True), push(3), push(4, tries=1),
        push(5, account=8, tries=1),
    )  # fmt: skip
    until = NOW + 5_000
    assert await store.pushes.renew(ACCOUNT, NOW, until, 2) == 2
    assert await store.pushes.renew(ACCOUNT, NOW, until, 2) == 1
    assert await store.pushes.renew(ACCOUNT, NOW, until, 2) == 0
    renewed = {
        p.delivery: (p.due_at, p.until, p.tries, p.over) for p in await store.pushes.page(ACCOUNT, None, FIRST, 9)
    }
    assert renewed == {n: (NOW, NOW + 1_000 if n == 3 else until, 0, False) for n in (1, 2, 3, 4)}
    await store.pushes.settle((), [push(1, tries=1, until=until)])
    assert await store.pushes.renew(ACCOUNT, NOW, until, 2) == 0


async def test_forgetting_takes_what_is_over(store: OpenedStore) -> None:
    await put(
        store, push(1, over=True, until=5), push(2, over=True, until=7), push(3, until=1), push(4, over=True, until=1)
    )
    assert [await store.pushes.forget(6, 1) for _ in range(3)] == [1, 1, 0]
    assert [each.delivery for each in await store.pushes.page(ACCOUNT, None, FIRST, 9)] == [2, 3]


async def test_what_has_ended(store: OpenedStore) -> None:
    await store.record(nouns.reported(11, 12, of=10))
    await store.record(nouns.reported(21, of=20, account=8))
    await store.record(Changes(outcomes=[nouns.outcome(12, attempt=2, final=False)]))
    whole = [
        Ended(ACCOUNT, 11, 1, True, False, 10), Ended(ACCOUNT, 12, 1, True, False, 10),
        Ended(ACCOUNT, 12, 2, False, False, 10), Ended(8, 21, 1, True, False, 20),
    ]  # fmt: skip
    assert await store.pushes.ended((0, 0), 99, 10) == whole
    assert await store.pushes.ended((12, 1), 21, 10) == whole[2:3]
    assert await store.pushes.ended((0, 0), 99, 2) == whole[:2]


async def test_one_report_is_one_row(store: OpenedStore) -> None:
    """Said again (a replay, an outcome written anew) it begins anew."""
    await put(store, push(1, tries=5, why="HTTP 500"))
    await put(store, push(1))
    assert await store.pushes.page(ACCOUNT, None, FIRST, 9) == [push(1)]
