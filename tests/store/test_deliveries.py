"""Claims, due times, owners, client-made ids."""

import asyncio
from collections import Counter

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes, HandOverList, InFlight, Ref
from omnibound.domain.facts import Receipt
from omnibound.domain.live import Stage
from omnibound.domain.status import Reason, Status
from omnibound.store.deliveries import StoredDeliveries
from omnibound.store.opened import OpenedStore
from tests.store import nouns

pytestmark = pytest.mark.anyio
NODE = 42


async def grow(store: OpenedStore, *lives: nouns.Live, owner: int = 0) -> None:
    await store.record(nouns.born(*lives, owner=owner))


def line(account: int, first: int, count: int, **other: object) -> list[nouns.Live]:
    return [nouns.live(first + n, of=account, account=account, **other) for n in range(count)]


async def claim(
    store: OpenedStore, limit: int = 100, now: int = nouns.NOW, cls: int = 1, channel: str = "SMS"
) -> list[int]:
    return await store.deliveries.claim(NODE, now, limit, cls, channel)


def accounts(ids: list[int]) -> Counter[int]:
    return Counter(id_ // 1_000 for id_ in ids)


async def test_each_channel_is_claimed_for_itself(store: OpenedStore) -> None:
    await grow(store, *line(1, 1_000, 3, channel="SMS"), *line(2, 2_000, 2, channel="PUSH"))
    await grow(store, nouns.live(3_000, of=3, channel="EMAIL"), owner=NODE)
    await grow(store, nouns.live(4_000, of=4, channel="VOICE", due_at=nouns.NOW + 1))
    assert await store.deliveries.waiting_channels() == ["PUSH", "SMS", "VOICE"]
    assert sorted(await claim(store, channel="PUSH")) == [2_000, 2_001]
    assert await claim(store, channel="EMAIL") == await claim(store, channel="VOICE") == []
    assert await store.deliveries.waiting_channels() == ["SMS", "VOICE"]
    assert sorted(await claim(store)) == [1_000, 1_001, 1_002]


async def test_a_delivery_that_goes_on_waits_for_its_new_channel(store: OpenedStore) -> None:
    first = nouns.live(1, channel="PUSH")
    await grow(store, first)
    await store.record(Changes(moved=[(replace(first, step=1, version=1, channel="SMS"), 0, 0)]))
    assert await store.deliveries.waiting_channels() == ["SMS"]
    assert [each.live.channel for each in await store.deliveries.load([1])] == ["SMS"]


async def test_what_is_due_and_unowned_is_claimed_once(store: OpenedStore) -> None:
    await grow(store, *line(1, 1_000, 3), nouns.live(1_900, account=1, due_at=nouns.NOW + 1))
    await grow(store, nouns.live(1_901, of=2, account=1), owner=NODE)
    await grow(store, nouns.live(1_902, of=3, account=1, stage=Stage.SENT), nouns.live(1_903, of=3, account=1, cls=2))
    assert sorted(await claim(store)) == [1_000, 1_001, 1_002]
    assert await claim(store) == []
    assert {loaded.owner for loaded in await store.deliveries.load([1_000, 1_001, 1_002])} == {NODE}
    assert [loaded.live.version for loaded in await store.deliveries.load([1_000, 1_900])] == [1, 0]
    assert await claim(store, now=nouns.NOW + 1) == [1_900]
    assert await claim(store, cls=2) == [1_903]


async def test_accounts_take_equal_turns(store: OpenedStore) -> None:
    for account in (1, 2, 3):
        await grow(store, *line(account, account * 1_000, 50))
    assert accounts(await claim(store, 30)) == {1: 10, 2: 10, 3: 10}


async def test_what_one_account_does_not_use_goes_to_the_others(store: OpenedStore) -> None:
    await grow(store, *line(1, 1_000, 3))
    await grow(store, *line(2, 2_000, 100))
    assert accounts(await claim(store, 40)) == {1: 3, 2: 37}


async def test_who_has_nothing_due_takes_no_turn(store: OpenedStore) -> None:
    """Schedules for tomorrow slow nobody down today."""
    for account in range(1, 9):
        await grow(store, *line(account, account * 1_000, 5, due_at=nouns.NOW + 1))
    await grow(store, *line(9, 9_000, 100))
    assert accounts(await claim(store, 80)) == {9: 80}


async def test_with_more_accounts_than_room_all_have_their_turn(store: OpenedStore) -> None:
    for account in range(1, 8):
        await grow(store, *line(account, account * 1_000, 10))
    claimed = [accounts(await claim(store, 2)) for _ in range(7)]
    assert sum(claimed, Counter()) == dict.fromkeys(range(1, 8), 2)


async def test_earlier_rounds_go_first_then_who_is_due_longest(store: OpenedStore) -> None:
    lives = [
        nouns.live(1_001, account=1, round=1, due_at=nouns.NOW - 9),
        nouns.live(1_002, account=1, due_at=nouns.NOW - 1),
        nouns.live(1_003, account=1, due_at=nouns.NOW - 5),
        nouns.live(1_004, account=1, round=5, due_at=nouns.NOW - 9),
    ]
    await grow(store, *lives)
    assert [await claim(store, 1) for _ in range(4)] == [[1_003], [1_002], [1_001], [1_004]]


async def test_a_claim_fills_its_room_over_rounds(store: OpenedStore) -> None:
    await grow(store, *[nouns.live(1_000 + n, account=1, round=n % 4) for n in range(20)])
    assert len(await claim(store, 17)) == 17
    assert len(await claim(store, 17)) == 3
    assert await claim(store, 0) == []


async def test_two_that_claim_at_once_share_nothing(store: OpenedStore) -> None:
    await grow(store, *line(1, 1_000, 60))
    shares = await asyncio.gather(*[store.deliveries.claim(node, nouns.NOW, 25, 1, "SMS") for node in (1, 2, 3)])
    assert sorted(id_ for share in shares for id_ in share) == list(range(1_000, 1_060))


async def test_what_is_due(store: OpenedStore) -> None:
    now = nouns.NOW
    await grow(
        store,
        nouns.live(1, stage=Stage.SENT, due_at=now),
        nouns.live(2, stage=Stage.SENT, due_at=now + 1),
        nouns.live(3, due_at=now - 9, step_until=now),
        nouns.live(4, due_at=now - 9, step_until=now + 1),
        nouns.live(5, stage=Stage.HELD, due_at=0, step_until=now - 9),
    )
    await grow(store, nouns.live(6, of=2, step_until=now - 5), owner=NODE)
    assert sorted(await store.deliveries.due(now, 10)) == [1, 3]
    assert sorted(await store.deliveries.due(now + 1, 10)) == [1, 2, 3, 4]
    assert await store.deliveries.due(now - 1, 10) == []


async def test_disowning(store: OpenedStore) -> None:
    for owner in (41, 42, 43):
        await grow(store, nouns.live(owner, of=owner), owner=owner)
    await store.deliveries.disown(42)
    assert {each.live.id: each.owner for each in await store.deliveries.load([41, 42, 43])} == {41: 41, 42: 0, 43: 43}
    await store.deliveries.disown()
    assert [each.owner for each in await store.deliveries.load([41, 42, 43])] == [0, 0, 0]
    assert [each.live.version for each in await store.deliveries.load([41, 42, 43])] == [1, 1, 1]
    assert await store.deliveries.backlog() == 3


async def test_client_made_ids(store: OpenedStore) -> None:
    made = [(7, 100, 5, 1), (7, 101, 6, 2), (7, 103, 5, 3), (8, 103, 9, 4), (7, 90, 77, 5)]
    await store.record(Changes(refs=[Ref(*each) for each in made]))
    by_ref, taken = store.deliveries.by_ref, store.deliveries.refs_taken
    assert [await by_ref(7, hash_, 95) for hash_ in (5, 6, 9, 77)] == [3, 2, None, None]
    assert [await by_ref(7, 5, day) for day in (101, 103, 104)] == [3, 3, None]
    assert await by_ref(7, 77, 90) == 5
    assert await by_ref(9, 5, 0) is None
    assert await taken(7, [100, 101], [5, 6, 77]) == {5, 6}
    assert await taken(7, [102, 103], [5, 6]) == {5}
    assert await taken(8, [100, 101, 102, 103], [5, 6]) == set()


async def test_messages_are_remembered_up_to_a_bound(store: OpenedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.store.deliveries.MESSAGES_KEPT", 3)
    await store.record(Changes(messages=[nouns.message(id_) for id_ in range(1, 7)]))
    deliveries = StoredDeliveries(store.db)
    assert sorted(await deliveries.messages(range(1, 9))) == [1, 2, 3, 4, 5, 6]
    assert len(deliveries._kept) == 3
    assert (await deliveries.message(1)) == nouns.message(1)
    assert await deliveries.message(99) is None


async def test_one_is_its_accounts_own(store: OpenedStore) -> None:
    await grow(store, nouns.live(5))
    assert await store.deliveries.one(nouns.ACCOUNT, 5) == nouns.delivery(5, 1)
    assert await store.deliveries.one(nouns.ACCOUNT + 1, 5) is None


async def test_receipts_and_what_is_in_flight(store: OpenedStore) -> None:
    receipts = [(n, Receipt("c", str(n), Status.DELIVERED, Reason.DELIVERED, "", n * 10)) for n in (1, 2, 3)]
    flights = [InFlight("c", str(n), n, 1, 0, "c1", n * 10) for n in (1, 2, 3)]
    await store.record(Changes(unmatched=receipts, inflight=flights, handovers=[HandOverList(1, 1, "c", [(1, 2)], 3)]))
    assert await store.receipts.unmatched(0, 10) == receipts
    assert await store.receipts.unmatched(2, 10) == receipts[2:]
    assert await store.receipts.find("c", ["1", "2", "3"]) == flights
    assert await store.receipts.find("d", ["3"]) == []
    await store.record(Changes(matched=[3], landed=[("c", "3")], settled=[1]))
    assert (await store.receipts.unmatched(0, 9), await store.receipts.find("c", ["3"])) == (receipts[:2], [])
    assert await store.receipts.unsettled() == []
