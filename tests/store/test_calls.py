"""Calls in the store: a row an attempt however often it is told, found by what is asked, page by page, gone in time."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.call import Call, Rtp
from omnibound.domain.changes import Changes
from omnibound.domain.status import Reason
from omnibound.ports import CallPlace, CallWish
from omnibound.ports.calls import Rung
from omnibound.store.opened import OpenedStore

pytestmark = pytest.mark.anyio

WHOLE = Call(
    delivery=5, attempt=2, connector="trunk-a", reason=Reason.ANSWERED, ended_at=90, detail="sip:200",
    number="+48 600 100 200", caller="48221234567", begun_at=10, rang_at=20, answered_at=30, talked_ms=60,
    why="hung_up", who="us", sip=200, q850=16, text="OK", said=True, digits="12#",
    rtp=Rtp(sent=7, received=6, lost=1, late=2, jitter_ms=0.5, their_lost=0, their_jitter_ms=1.5, round_trip_ms=3.25),
    account=1, campaign="winter",
)  # fmt: skip


def call(delivery: int, attempt: int = 1, **other: Any) -> Call:
    values = {"connector": "t", "reason": Reason.BUSY, "ended_at": 100 + delivery, "number": "48111", "account": 1}
    return Call(delivery=delivery, attempt=attempt, **{**values, **other})


ALL = CallWish()


async def pages(store: OpenedStore, account: int | None, wish: CallWish = ALL, limit: int = 2) -> list[Call]:
    """All of them, a page after the other."""
    found: list[Call] = []
    after: CallPlace | None = None
    while page := await store.calls.page(account, wish, after, limit):
        assert len(page) <= limit
        found += page
        after = CallPlace(page[-1].ended_at, page[-1].delivery, page[-1].attempt)
    return found


async def test_a_call_is_read_as_it_was_told(store: OpenedStore) -> None:
    await store.record(Changes(calls=[WHOLE]))
    assert await store.calls.one(5, 2) == WHOLE
    assert await store.calls.one(5, 1) is None


@pytest.mark.parametrize("count", [1, 30], ids=["inserted", "copied"])
async def test_told_again_it_is_the_same_row(store: OpenedStore, count: int) -> None:
    calls = [replace(WHOLE, attempt=n) for n in range(count)]
    await store.record(Changes(calls=calls))
    await store.record(Changes(calls=[*calls[1:], replace(calls[0], digits="9")]))
    assert await pages(store, 1, limit=7) == [replace(calls[0], digits="9"), *calls[1:]]


async def test_the_calls_of_deliveries_in_the_order_of_their_attempts(store: OpenedStore) -> None:
    calls = [call(3, 2), call(3, 1), call(4), call(9)]
    await store.record(Changes(calls=calls))
    assert await store.calls.of([4, 3, 77]) == {3: [calls[1], calls[0]], 4: [calls[2]]}


async def test_the_order_is_that_of_the_ends(store: OpenedStore) -> None:
    """What ended in the same moment is in the order of its attempts, so that no page loses any."""
    same = [call(n, m, ended_at=50) for n in (1, 2) for m in (1, 2)]
    early, late = call(8, ended_at=49), call(3, ended_at=51)
    await store.record(Changes(calls=[late, *same[::-1], early]))
    assert await pages(store, 1, limit=1) == [early, *same, late]
    assert await pages(store, 1, limit=3) == [early, *same, late]


MINE = [
    call(1, number="+48 111", campaign="winter"),
    call(2, number="48222", connector="u", reason=Reason.ANSWERED, campaign="winter"),
    call(3, number="48111", connector="u"),
    call(4, number="0048222", reason=Reason.ANSWERED),
]
OTHERS = call(5, account=2, campaign="winter", number="48111")


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (ALL, [1, 2, 3, 4]),
        (CallWish(campaign="winter"), [1, 2]),
        (CallWish(campaign="spring"), []),
        (CallWish(number="+48 222"), [2, 4]),
        (CallWish(connector="u"), [2, 3]),
        (CallWish(reason=Reason.BUSY), [1, 3]),
        (CallWish(since=102, until=104), [2, 3]),
        (CallWish(campaign="winter", number="48111", connector="t", reason=Reason.BUSY, since=101, until=102), [1]),
        (CallWish(number="48111", connector="u", reason=Reason.BUSY), [3]),
        (CallWish(campaign="winter", reason=Reason.BUSY, connector="u"), []),
    ],
)
async def test_what_is_asked_for(store: OpenedStore, wish: CallWish, found: list[int]) -> None:
    await store.record(Changes(calls=[*MINE, OTHERS]))
    assert [each.delivery for each in await pages(store, 1, wish)] == found
    whole = [each.delivery for each in await pages(store, None, wish)]
    assert [id_ for id_ in whole if id_ != OTHERS.delivery] == found


async def test_everybodys_calls(store: OpenedStore) -> None:
    await store.record(Changes(calls=[*MINE, OTHERS]))
    assert await pages(store, None) == [*MINE, OTHERS]
    assert await pages(store, 2) == [OTHERS]
    assert await pages(store, None, CallWish(campaign="winter", number="48111")) == [MINE[0], OTHERS]


async def test_how_calls_of_a_campaign_ended(store: OpenedStore) -> None:
    await store.record(Changes(calls=[*MINE, OTHERS, call(6, campaign="winter"), call(7, campaign="summer")]))
    assert await store.calls.reasons(1, "winter", 0, 1000) == {Reason.BUSY: 2, Reason.ANSWERED: 1}
    assert await store.calls.reasons(1, "winter", 102, 106) == {Reason.ANSWERED: 1}
    assert await store.calls.reasons(1, "", 0, 1000) == {}


@pytest.mark.parametrize("count", [0, 30], ids=["inserted", "copied"])
async def test_how_calls_that_some_agents_took_ended(store: OpenedStore, count: int) -> None:
    taken = [
        call(1, campaign="winter", agent="A"), call(2, campaign="winter", agent="B", reason=Reason.ANSWERED),
        call(3, campaign="winter", agent="B"), call(4, campaign="winter"), call(5, campaign="summer", agent="A"),
        call(6, campaign="winter", agent="A", account=2), *[call(n + 9, campaign="spring") for n in range(count)],
    ]  # fmt: skip
    await store.record(Changes(calls=taken))
    await store.record(Changes(calls=[replace(taken[0], reason=Reason.HUNG_UP)]))
    for agents, since, found in (
        (["A"], 0, {Reason.HUNG_UP: 1}),
        (["A", "B", "A"], 0, {Reason.HUNG_UP: 1, Reason.ANSWERED: 1, Reason.BUSY: 1}),
        (["B"], 103, {Reason.BUSY: 1}),
        (["C", ""], 0, {}),
        ([], 0, {Reason.HUNG_UP: 1, Reason.ANSWERED: 1, Reason.BUSY: 2}),
    ):
        assert await store.calls.reasons(1, "winter", since, 1000, agents) == found


async def test_the_calls_of_a_day_to_some_numbers(store: OpenedStore) -> None:
    calls = [
        call(1, number="+48 111"), call(2, number="48111", reason=Reason.TRUNK_FAILED), call(3, number="48222"),
        call(4, number="48111", account=2), call(5, number="48333"), call(6, number=""),
    ]  # fmt: skip
    await store.record(Changes(calls=calls))
    found = await store.calls.today(1, ["48111", "48222", "48444", ""], 102)
    assert sorted(found) == [Rung("48111", Reason.TRUNK_FAILED, 102), Rung("48222", Reason.BUSY, 103)]
    assert len(await store.calls.today(1, ["48111"], 101)) == 2
    assert await store.calls.today(1, [], 0) == []
