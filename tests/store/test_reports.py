"""Each report is handed out once, whoever asks and however many ask at once."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnibound.domain.changes import Changes
from omnibound.store.opened import OpenedStore
from tests.store import nouns

pytestmark = pytest.mark.anyio
EVERYTHING = {"bulk": "", "delivery": 0, "channel": "", "limit": 1_000}


async def take(store: OpenedStore, account: int = nouns.ACCOUNT, **wishes: Any) -> list[int]:
    keys = await store.reports.take(account, nouns.NOW, **{**EVERYTHING, **wishes})
    assert keys == sorted(keys)
    return [id_ for id_, _ in keys]


async def test_a_report_is_taken_once_in_order(store: OpenedStore) -> None:
    await store.record(nouns.reported(5, 3, 4))
    assert await take(store, limit=2) == [3, 4]
    assert await take(store) == [5]
    assert await take(store) == []


async def test_two_takers_at_once_share_nothing_and_lose_nothing(store: OpenedStore) -> None:
    ids = range(100, 1_100)
    starts = range(0, 1_000, 50)
    writing = asyncio.gather(*[store.record(nouns.reported(*ids[n : n + 50], of=n + 1)) for n in starts])

    async def taker(limit: int) -> list[int]:
        mine: list[int] = []
        idle = 0
        while idle < 3 or not writing.done():
            found = await take(store, limit=limit)
            mine += found
            idle = 0 if found else idle + 1
        return mine

    shares = await asyncio.gather(taker(7), taker(11), taker(50))
    assert sorted(id_ for share in shares for id_ in share) == list(ids)


BY_FILTER = [{}, {"channel": "SMS"}, {"bulk": "bulk-1"}, {"bulk": "bulk-1", "channel": "SMS"}]


@pytest.mark.parametrize("wishes", BY_FILTER)
async def test_no_poll_comes_back_empty_while_enough_waits(store: OpenedStore, wishes: dict[str, Any]) -> None:
    """All of them find the same keys at first; who lost them finds others."""
    await store.record(nouns.reported(*range(100, 200)))
    shares = await asyncio.gather(*[take(store, limit=5, **wishes) for _ in range(16)])
    assert [share for share in shares if not share] == []
    assert sorted({id_ for share in shares for id_ in share}) == sorted(id_ for share in shares for id_ in share)
    rest = await take(store, **wishes)
    assert sorted([id_ for share in shares for id_ in share] + rest) == list(range(100, 200))
    handed = await store.reports.handed_out(nouns.ACCOUNT, 0, 100)
    assert sorted(id_ for _, _, keys in handed for id_, _ in keys) == list(range(100, 200))


async def test_of_messages_between_each_other_each_bulk_gets_its_own(store: OpenedStore) -> None:
    for of, ids in ((50, (101, 105, 107)), (60, (102, 106)), (70, (103,))):
        await store.record(nouns.reported(*ids, of=of))
    assert await take(store, bulk="bulk-60", limit=1) == [102]
    assert await take(store, bulk="bulk-60") == [106]
    assert await take(store, bulk="bulk-50", channel="SMS", limit=2) == [101, 105]
    assert await take(store, bulk="bulk-50", delivery=107, channel="SMS") == [107]
    assert await take(store) == [103]


async def test_a_search_is_no_work_for_the_writer(store: OpenedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll that finds nothing never reaches it."""
    await store.record(nouns.reported(1, 2))
    monkeypatch.setattr(store.db, "transact", None)
    polls: tuple[dict[str, Any], ...] = (
        {"channel": "PUSH"},
        {"bulk": "none"},
        {"delivery": 9},
        {"bulk": "bulk-1", "channel": "PUSH"},
    )
    for wishes in polls:
        assert await take(store, **wishes) == []


# (wishes, ids taken): 1-3 of bulk-50 and 4-5 of bulk-60, 4 by push; 9 is another account's
FILTERS = [
    ({}, [1, 2, 3, 4, 5]),
    ({"bulk": "bulk-50"}, [1, 2, 3]),
    ({"bulk": "bulk-60"}, [4, 5]),
    ({"bulk": "nothing"}, []),
    ({"bulk": "bulk-90"}, []),
    ({"delivery": 2}, [2]),
    ({"delivery": 9}, []),
    ({"delivery": 77}, []),
    ({"channel": "PUSH"}, [4]),
    ({"channel": "VOICE"}, []),
    ({"bulk": "bulk-50", "delivery": 2}, [2]),
    ({"bulk": "bulk-60", "delivery": 2}, []),
    ({"bulk": "bulk-60", "channel": "PUSH"}, [4]),
    ({"delivery": 4, "channel": "SMS"}, []),
    ({"bulk": "bulk-60", "limit": 1}, [4]),
    ({"limit": 0}, []),
]


@pytest.mark.parametrize(("wishes", "taken"), FILTERS)
async def test_filters_take_what_they_name_and_leave_the_rest(
    store: OpenedStore, wishes: dict[str, Any], taken: list[int]
) -> None:
    push = nouns.reported(4, 5, of=60)
    push.reports[0] = nouns.Reportable(nouns.ACCOUNT, 4, 1, "PUSH")
    # A message's id stands before those of its deliveries.
    for each in (nouns.reported(1, 2, 3, of=50), push, nouns.reported(9, account=8, of=90)):
        each.messages[0] = nouns.message(each.messages[0].id, each.messages[0].account, bulk=each.messages[0].bulk)
        await store.record(_renumbered(each))
    wanted = {**wishes, "delivery": _number(wishes.get("delivery", 0))}
    assert await take(store, **wanted) == [_number(id_) for id_ in taken]
    rest = [_number(id_) for id_ in (1, 2, 3, 4, 5) if id_ not in taken]
    assert await take(store) == rest
    assert await take(store, account=8) == [_number(9)]


def _number(id_: object) -> int:
    assert isinstance(id_, int)
    return id_ + 100 if id_ else 0


def _renumbered(changes: Changes) -> Changes:
    of, account = changes.messages[0].id, changes.messages[0].account
    channels = [each.channel for each in changes.reports]
    moved = nouns.reported(*[each.id + 100 for each in changes.deliveries], account=account, of=of)
    moved.reports = [
        nouns.Reportable(account, each.delivery, 1, channel)
        for each, channel in zip(moved.reports, channels, strict=True)
    ]
    return moved


async def test_a_hand_out_is_kept_and_can_be_given_again(store: OpenedStore) -> None:
    await store.record(nouns.reported(1, 2, 3))
    await take(store, limit=2)
    await take(store)
    await take(store)
    pages = await store.reports.handed_out(nouns.ACCOUNT, 0, 10)
    assert [(when, keys) for _, when, keys in pages] == [(nouns.NOW, [(1, 1), (2, 1)]), (nouns.NOW, [(3, 1)])]
    assert await store.reports.handed_out(nouns.ACCOUNT, pages[0][0], 10) == pages[1:]
    assert await store.reports.handed_out(8, 0, 10) == []


@settings(max_examples=10)
@given(order=st.permutations(range(1, 8)))
def test_rows_come_in_the_order_of_the_keys(order: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    async def ask() -> list[int]:
        from omnibound.store.opened import open_store

        store = open_store(tmp_path_factory.mktemp("store"))
        await store.record(nouns.reported(*range(1, 8)))
        rows = await store.reports.rows([(id_, 1) for id_ in order])
        await store.close()
        return [delivery.id for delivery, _ in rows]

    assert asyncio.run(ask()) == list(order)


async def test_a_cursor_stays_ahead_of_a_table_that_was_emptied(store: OpenedStore) -> None:
    await store.record(nouns.reported(1, 2))
    for _ in range(2):
        await take(store, limit=1)
    first, cursor = [number for number, _, _ in await store.reports.handed_out(nouns.ACCOUNT, 0, 10)]
    assert first >= nouns.NOW
    assert cursor > first
    await store.retention.handouts(nouns.NOW + 100, ())
    assert await store.reports.handed_out(nouns.ACCOUNT, 0, 10) == []
    await store.record(nouns.reported(3, of=9))
    assert await store.reports.take(nouns.ACCOUNT, nouns.NOW + 5, **EVERYTHING) == [(3, 1)]
    ((number, _, keys),) = await store.reports.handed_out(nouns.ACCOUNT, cursor, 10)
    assert (number > cursor, keys) == (True, [(3, 1)])


async def test_a_clock_that_goes_back_does_not_hide_a_hand_out(store: OpenedStore) -> None:
    await store.record(nouns.reported(1, 2))
    await take(store, limit=1)
    ((cursor, _, _),) = await store.reports.handed_out(nouns.ACCOUNT, 0, 10)
    await store.reports.take(nouns.ACCOUNT, nouns.NOW - 1_000_000, **EVERYTHING)
    assert [keys for _, _, keys in await store.reports.handed_out(nouns.ACCOUNT, cursor, 10)] == [[(2, 1)]]
