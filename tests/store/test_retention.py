"""Old rows go in chunks, young and unfinished ones stay."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.action import Speech
from omnibound.domain.call import Call
from omnibound.domain.changes import Changes, InFlight, Ref
from omnibound.domain.facts import Inbound, Receipt
from omnibound.domain.flow import DAY
from omnibound.domain.ids import Mint, first_id_at
from omnibound.domain.live import Event, Note, Said
from omnibound.domain.member import Member, Stand
from omnibound.domain.received import Received
from omnibound.domain.status import Reason, Status
from omnibound.ports import CallWish, Chunk, Place
from omnibound.store import retention
from omnibound.store.opened import OpenedStore
from tests.store import nouns
from tests.store.conftest import Again
from tests.store.nouns import NOW, table

pytestmark = pytest.mark.anyio
OLD = NOW - 40 * DAY
BEFORE = NOW - 30 * DAY


async def walk(step: Callable[[int, Place], Awaitable[Chunk]], before: int) -> list[int]:
    """How many rows each chunk dropped, until there is no more."""
    after: Place | None = ()
    dropped: list[int] = []
    while after is not None:
        chunk = await step(before, after)
        dropped.append(chunk.dropped)
        if not chunk.more:
            return dropped
        after = chunk.after
    return dropped


@pytest.fixture
async def store(again: Again) -> OpenedStore:
    """A store whose empty days have gone: to these tests the present is long ago."""
    opened = await again()
    for clear in (opened.retention.deliveries, opened.retention.messages):
        while (await clear(BEFORE, ())).more:
            pass
    return opened


async def counts(store: OpenedStore, *tables: str) -> list[int]:
    return [(await table(store, f"SELECT count(*) FROM {name}"))[0][0] for name in tables]


def event(delivery: int) -> Event:
    return Event(delivery, 1, 0, NOW, Said.ACCEPTED, Status.SENT, Reason.UNKNOWN, "", "c1", 0, Note.NONE)


def ended(*ids: int, of: int, done_at: int = OLD) -> Changes:
    changes = nouns.reported(*ids, of=of, done_at=done_at)
    changes.events = [event(id_) for id_ in ids for _ in range(2)]
    return changes


# name of the walk -> rows numbered by the instant
NUMBERED: dict[str, Callable[[list[int]], Changes]] = {
    "unmatched": lambda at: Changes(
        unmatched=[(n, Receipt("c", str(n), Status.DELIVERED, Reason.DELIVERED, "", 5)) for n in at]
    ),
    "inbound": lambda at: Changes(inbound=[(n, Inbound("c1", "SMS", "1", "2", "hi", 5)) for n in at]),
    "received": lambda at: Changes(
        received=[
            Received(id=n, account=1, connector="c1", channel="SMS", sender="1", recipient="2", text="hi", at=5)
            for n in at
        ]
    ),
}


@pytest.mark.parametrize("name", NUMBERED)
async def test_rows_that_are_numbered_by_the_instant(store: OpenedStore, name: str) -> None:
    await store.record(NUMBERED[name]([*range(100, 1_600), NOW - 1, NOW, NOW + 1]))
    step = getattr(store.retention, name)
    assert await walk(step, NOW) == [1_000, 501]
    assert await walk(step, NOW) == [0]
    assert [id_ for (id_,) in (await table(store, f"SELECT id FROM {name} ORDER BY id"))] == [NOW, NOW + 1]


async def test_hand_outs(store: OpenedStore) -> None:
    await store.record(nouns.reported(1, 2))
    for at in (NOW, NOW + 10):
        await store.reports.take(nouns.ACCOUNT, at, bulk="", delivery=0, channel="", limit=1)
    assert await walk(store.retention.handouts, NOW) == [0]
    assert await walk(store.retention.handouts, NOW + 1) == [1]
    ((number, _, keys),) = await store.reports.handed_out(nouns.ACCOUNT, 0, 9)
    assert (number, keys) == (NOW + 10, [(2, 1)])


async def test_unread_reports_end_by_when_they_were_made(store: OpenedStore) -> None:
    """Not by when their deliveries were accepted: one scheduled last week has ended just now."""
    old, new = Mint(0).take(3, NOW - DAY), Mint(0).take(1, NOW)
    for n, (id_, done_at) in enumerate([(old[0], NOW - 1), (old[1], NOW), (old[2], NOW + 5), (*new, NOW - 1)]):
        await store.record(nouns.reported(id_, of=n + 1, account=n + 1, done_at=done_at))
    assert sum(await walk(store.retention.reports, NOW)) == 1
    assert sum(await walk(store.retention.reports, NOW)) == 0
    left = [id_ for (id_,) in (await table(store, "SELECT delivery FROM reports ORDER BY account"))]
    assert left == [old[1], old[2], *new]


async def test_many_unread_reports_go_in_chunks_account_by_account(store: OpenedStore) -> None:
    mint = Mint(0)
    for account in (3, 9):
        ids = mint.take(1_200, OLD)
        await store.record(nouns.reported(*ids, of=account, account=account, done_at=OLD))
        (kept,) = mint.take(1, OLD)
        await store.record(nouns.reported(kept, of=account + 100, account=account, done_at=NOW))
    dropped = await walk(store.retention.reports, BEFORE)
    assert (sum(dropped), max(dropped)) == (2_400, 1_000)
    assert (await table(store, "SELECT account, count(*) FROM reports GROUP BY 1 ORDER BY 1")) == [(3, 1), (9, 1)]


async def test_ids_in_flight_until(store: OpenedStore) -> None:
    until = [NOW + (n % 5) - 2 for n in range(2_500)]
    flights = [InFlight(f"c{n % 3}", f"p{n}", n, 1, 0, "c1", at) for n, at in enumerate(until)]
    await store.record(Changes(inflight=flights))
    assert sum(await walk(store.retention.inflight, NOW)) == 1_000
    assert (await table(store, "SELECT min(until), count(*) FROM inflight")) == [(NOW, 1_500)]
    assert await walk(store.retention.inflight, NOW) == [0, 0]


async def test_client_made_ids_of_every_account(store: OpenedStore) -> None:
    await store.record(
        Changes(refs=[Ref(account, day, n, 1) for account in (1, 5, 9) for day in (8, 9, 10, 11) for n in range(600)])
    )
    dropped = await walk(store.retention.refs, 10)
    assert (sum(dropped), max(dropped)) == (3 * 1_200, 1_000)
    left = await table(store, "SELECT account, min(day), count(*) FROM refs GROUP BY 1 ORDER BY 1")
    assert left == [(account, 10, 1_200) for account in (1, 5, 9)]
    assert await walk(store.retention.refs, 10) == [0]


async def test_contents_go_and_the_rest_of_the_message_stays(store: OpenedStore) -> None:
    old, new = Mint(0).take(1, OLD)[0], first_id_at(BEFORE)
    said = replace(nouns.message(old), callback_data="mine", extras={"notifyUrl": "http://x"}, bulk="b")
    await store.record(Changes(messages=[said, nouns.message(new)]))
    assert await store.deliveries.message(old) == said
    assert await walk(store.retention.contents, BEFORE) == [1]
    assert await store.deliveries.message(old) == replace(said, content={})
    assert await store.deliveries.message(new) == nouns.message(new)
    assert await walk(store.retention.contents, BEFORE) == [0]


async def test_contents_stay_while_a_delivery_is_unfinished(store: OpenedStore) -> None:
    message, *ids = Mint(0).take(4, OLD)
    other, theirs = Mint(1).take(2, OLD)
    lives = [nouns.live(id_, message) for id_ in ids]
    await store.record(nouns.born(*lives))
    await store.record(ended(theirs, of=other))
    assert await walk(store.retention.contents, BEFORE) == [1]
    await store.record(Changes(ended=[(id_, 0) for id_ in ids[:2]]))
    assert await walk(store.retention.contents, BEFORE) == [0]
    await store.record(Changes(ended=[(ids[2], 0)]))
    assert await walk(store.retention.contents, BEFORE) == [1]


async def test_contents_go_in_chunks(store: OpenedStore) -> None:
    ids = Mint(0).take(600, OLD)
    await store.record(Changes(messages=[nouns.message(id_) for id_ in ids]))
    assert await walk(store.retention.contents, BEFORE) == [250, 250, 100]
    assert (await table(store, "SELECT sum(bare), count(*) FROM messages")) == [(600, 600)]


async def test_deliveries_go_with_all_that_was_written_of_them(store: OpenedStore) -> None:
    of, *ids = Mint(0).take(901, OLD)
    changes = ended(*ids, of=of)
    changes.calls = [nouns.call(id_, ended_at=OLD) for id_ in ids[:3]]
    await store.record(changes)
    dropped = await walk(store.retention.deliveries, BEFORE)
    assert (sum(dropped), max(dropped)) == (900, 334)
    assert await walk(store.retention.calls, BEFORE) == [3]
    assert await walk(store.retention.messages, BEFORE) == [1]
    assert await counts(store, "deliveries", "events", "outcomes", "calls", "messages") == [0, 0, 0, 0, 0]


LONG_AGO = BEFORE - 300 * DAY


@pytest.mark.parametrize("chunk", [1, 1_000])
async def test_records_of_calls_outlive_their_deliveries(
    store: OpenedStore, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Those of campaigns go by a bound of their own; none goes before its delivery, or while it is young."""
    monkeypatch.setattr(retention, "CHUNK", chunk)
    of, spoken, called, unfinished, redialled = Mint(0).take(5, OLD)
    (earlier,) = Mint(1).take(1, LONG_AGO)
    await store.record(ended(spoken, called, redialled, of=of))
    await store.record(nouns.born(nouns.live(unfinished, of + 1)))
    campaign = {"campaign": "c", "ended_at": OLD}
    calls = [
        nouns.call(spoken, ended_at=OLD), nouns.call(called, **campaign), nouns.call(unfinished, **campaign),
        nouns.call(redialled, **campaign), nouns.call(redialled, 2, campaign="c", ended_at=NOW),
        nouns.call(earlier, campaign="c", ended_at=LONG_AGO),
    ]  # fmt: skip
    await store.record(Changes(calls=calls))
    assert (sum(await walk(store.retention.calls, BEFORE)), await counts(store, "calls")) == (0, [6])
    await walk(store.retention.deliveries, BEFORE)
    assert sum(await walk(store.retention.records, LONG_AGO + 1)) == 1
    assert sum(await walk(store.retention.calls, BEFORE)) == 1
    left = [each for each in calls if each.delivery not in (spoken, earlier)]
    found = await store.calls.page(nouns.ACCOUNT, CallWish(campaign="c"), None, 9)
    assert sorted(found, key=_place) == sorted(left, key=_place)
    assert await store.calls.page(nouns.ACCOUNT, CallWish(number="48111"), None, 9) == found
    assert sum(await walk(store.retention.records, BEFORE)) == 2
    assert [_place(each) for each in await store.calls.page(None, CallWish(), None, 9)] == [
        (unfinished, 1), (redialled, 2),
    ]  # fmt: skip


def _place(call: Call) -> tuple[int, int]:
    return call.delivery, call.attempt


async def test_records_of_a_day_go_at_once_and_in_chunks(store: OpenedStore) -> None:
    ids = Mint(0).take(1_500, OLD)
    await store.record(Changes(calls=[nouns.call(id_, campaign="c", ended_at=OLD) for id_ in ids]))
    assert sum(await walk(store.retention.records, OLD)) == 0
    assert sum(await walk(store.retention.records, BEFORE)) == 1_500
    assert await counts(store, "calls") == [0]


async def test_one_delivery_is_never_parted(store: OpenedStore) -> None:
    of, *ids = Mint(0).take(3, OLD)
    changes = ended(*ids, of=of)
    changes.outcomes += [nouns.outcome(id_, attempt=attempt, done_at=OLD) for id_ in ids for attempt in range(2, 1_500)]
    await store.record(changes)
    assert await walk(store.retention.deliveries, BEFORE) == [1, 1]
    assert await counts(store, "deliveries", "events") == [0, 0]


# when it came, when it ended (None: not yet) -> whether it stays
STAYS = [
    (OLD, OLD, False),
    (BEFORE - 1_000, BEFORE - 1, False),
    (BEFORE - 1_000, BEFORE, True),
    (OLD, NOW, True),
    (OLD, None, True),
    (BEFORE, BEFORE, True),
]


@pytest.mark.parametrize(("came", "done", "stays"), STAYS)
async def test_what_is_young_or_unfinished_stays(store: OpenedStore, came: int, done: int | None, stays: bool) -> None:
    of, id_ = Mint(0).take(2, came)
    await store.record(nouns.born(nouns.live(id_, of)) if done is None else ended(id_, of=of, done_at=done))
    before: list[Any] = [await counts(store, "deliveries", "events", "outcomes", "messages")]
    await walk(store.retention.deliveries, BEFORE)
    await walk(store.retention.messages, BEFORE)
    left = await counts(store, "deliveries", "events", "outcomes", "messages")
    assert left == (before[0] if stays else [0, 0, 0, 0])


async def test_a_message_stays_with_its_last_delivery(store: OpenedStore) -> None:
    of, gone, kept = Mint(0).take(3, OLD)
    changes = ended(gone, kept, of=of)
    changes.outcomes = [nouns.outcome(gone, done_at=OLD), nouns.outcome(kept, done_at=NOW)]
    await store.record(changes)
    assert await walk(store.retention.deliveries, BEFORE) == [1]
    assert await walk(store.retention.messages, BEFORE) == [0]
    assert await store.deliveries.one(nouns.ACCOUNT, kept) == nouns.delivery(kept, of)
    assert await store.deliveries.one(nouns.ACCOUNT, gone) is None


async def test_a_walk_goes_on_where_it_ended(store: OpenedStore) -> None:
    """What had to stay is not looked at again and again."""
    of, id_ = Mint(0).take(2, OLD)
    await store.record(ended(id_, of=of, done_at=NOW))
    assert await store.retention.deliveries(BEFORE, ()) == Chunk((id_,), 0, False)
    assert await store.retention.deliveries(NOW + 1, (id_,)) == Chunk((id_,), 0, False)
    assert await store.retention.deliveries(NOW + 1, ()) == Chunk((id_,), 1, False)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_file_is_used_again(store: OpenedStore) -> None:
    mint = Mint(0)
    pages = []
    for _ in range(3):
        of, *ids = mint.take(1_001, OLD)
        await store.record(ended(*ids, of=of))
        pages.append((await table(store, "PRAGMA page_count"))[0][0])
        await walk(store.retention.reports, BEFORE)
        await walk(store.retention.deliveries, BEFORE)
        await walk(store.retention.messages, BEFORE)
    assert pages[2] <= pages[0] + 5
    # Statistics of a table while it is small would lead the claims astray when it is big.
    assert (await table(store, "SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'")) == []


def called(id_: int, closed: bool = True, **other: Any) -> Member:
    speech = Speech(announcement="a", text="b", ssml="c", voice="d")
    stand = Stand(closed=closed, reason=Reason.BUSY)
    whole = {"speech": speech, "custom": {"n": 1}, "stand": stand, "changed_at": OLD, **other}
    return Member(id=id_, account=1, campaign="c", phone="48", created_at=OLD, **whole)


async def test_what_members_were_told_goes_and_what_is_their_clients_stays(store: OpenedStore) -> None:
    ids = [first_id_at(OLD) + n for n in range(5)]
    young = called(ids[1], changed_at=BEFORE)
    waits = called(ids[2], closed=False)
    told = [called(ids[0]), young, waits, called(ids[3], speech=None, custom=None), called(first_id_at(NOW))]
    await store.record(Changes(members=told))
    assert await walk(store.retention.member_contents, BEFORE) == [2]
    bare = replace(told[0], speech=Speech(announcement="a", voice="d"))
    assert await store.campaigns.members(1, "c", 0, 9) == [bare, *told[1:]]
    assert await walk(store.retention.member_contents, BEFORE) == [0]


async def test_members_go_and_stay_counted(store: OpenedStore) -> None:
    ids = [first_id_at(OLD) + n for n in range(3)]
    told = [called(ids[0]), called(ids[1], changed_at=BEFORE), called(ids[2], closed=False), called(first_id_at(NOW))]
    await store.record(Changes(members=told))
    assert await walk(store.retention.members, BEFORE) == [1]
    assert await store.campaigns.members(1, "c", 0, 9) == told[1:]
    assert sorted(await store.campaigns.counts(1, "c")) == [(False, Reason.BUSY, 1), (True, Reason.BUSY, 3)]
    assert await walk(store.retention.members, BEFORE) == [0]


async def test_members_go_in_chunks(store: OpenedStore) -> None:
    start = first_id_at(OLD)
    await store.record(Changes(members=[called(start + n) for n in range(1_500)]))
    assert await walk(store.retention.member_contents, BEFORE) == [1_000, 500]
    assert await walk(store.retention.members, BEFORE) == [1_000, 500]
