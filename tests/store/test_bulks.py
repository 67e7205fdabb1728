"""Stops, and what there is of the bulk or the delivery that they are for, in each database."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnibound.domain.bulk import ALL, PARKED, Stop, Target
from omnibound.domain.changes import Changes
from omnibound.domain.live import Event, Note, Said, Stage
from omnibound.domain.status import Reason, Status
from omnibound.ports import Span, Unfinished
from omnibound.store.opened import OpenedStore
from tests.store import nouns
from tests.store.nouns import ACCOUNT, NOW, table

pytestmark = pytest.mark.anyio

BULK = Target(ACCOUNT, "b")
NOWHERE = Target(ACCOUNT, "nowhere")
ONE = Target(ACCOUNT, delivery=12)
OWNER = 5

numbers = st.integers(0, ALL)
targets = st.builds(Target, numbers, nouns.texts, st.just(0)) | st.builds(Target, numbers, st.just(""), numbers)
stops = st.builds(
    Stop,
    target=targets,
    paused=st.booleans(),
    cancelled=st.booleans(),
    up_to=st.just(ALL) | numbers,
    open=st.booleans(),
    at=numbers,
)


def sent(first: int, *deliveries: int, bulk: str = "b", account: int = ACCOUNT, owner: int = 0) -> Changes:
    """A request as it is born."""
    return Changes(
        messages=[nouns.message(first, account, bulk=bulk)],
        deliveries=[nouns.delivery(id_, first, account) for id_ in deliveries],
        born=[(nouns.live(id_, first, account), owner) for id_ in deliveries],
    )


@pytest.fixture
async def filled(store: OpenedStore) -> OpenedStore:
    """Two requests of a bulk, others' between them, and the bulk of the same name of another account."""
    await store.record(sent(10, 11, 12, 15))
    await store.record(sent(13, 14, bulk="c"))
    await store.record(sent(20, 21))
    await store.record(sent(30, 31, account=ACCOUNT + 1))
    return store


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stop=stops)
async def test_a_stop_comes_back_as_it_was_put(store: OpenedStore, stop: Stop) -> None:
    assert await store.bulks.put(stop)
    assert await store.bulks.stop(stop.target) == stop
    assert (stop in await store.bulks.stops()) == (stop.open or stop.paused)
    await store.bulks.drop(stop.target)
    assert await store.bulks.stop(stop.target) is None


async def test_what_is_said_last_counts(filled: OpenedStore) -> None:
    for stop in (Stop(target=BULK, paused=True), Stop(target=BULK, cancelled=True, at=7), Stop(target=ONE)):
        await filled.bulks.put(stop)
    assert await filled.bulks.stop(BULK) == Stop(target=BULK, cancelled=True, at=7)
    assert len(await filled.bulks.stops()) == 2


async def test_cancellations_are_forgotten(filled: OpenedStore) -> None:
    kept = [
        Stop(target=BULK, cancelled=True, open=True, at=1),
        Stop(target=ONE, paused=True, open=False, at=1),
        Stop(target=NOWHERE, cancelled=True, open=False, at=100),
    ]
    for stop in [*kept, Stop(target=Target(ACCOUNT, "over"), cancelled=True, open=False, at=99)]:
        await filled.bulks.put(stop)
    await filled.bulks.forget(100)
    assert {row[0] for row in await table(filled, "SELECT bulk FROM stops")} == {"b", "", "nowhere"}


async def test_where_its_deliveries_are(filled: OpenedStore) -> None:
    bulks = filled.bulks
    assert await bulks.spans(BULK, 0, 10) == [Span(10, 10, 15), Span(20, 20, 21)]
    assert await bulks.spans(BULK, 10, 10) == [Span(20, 20, 21)]
    assert await bulks.spans(BULK, 0, 1) == [Span(10, 10, 15)]
    assert await bulks.spans(ONE, 0, 10) == [Span(10, 11, 12)]
    assert await bulks.spans(ONE, 10, 10) == await bulks.spans(NOWHERE, 0, 10) == []
    assert await bulks.spans(Target(ACCOUNT), 0, 10) == []
    assert [await bulks.newest(each) for each in (BULK, ONE, NOWHERE)] == [20, 10, None]
    assert await bulks.newest(Target(ACCOUNT + 1, delivery=12)) is None


async def test_its_unfinished_deliveries(filled: OpenedStore) -> None:
    rows = await filled.bulks.rows(Span(10, 10, 15), 10)
    assert rows[0] == Unfinished(11, Stage.WAITING, 0, NOW, 2 * NOW, 0, 0)
    assert [row.id for row in rows] == [11, 12, 15]
    assert [row.id for row in await filled.bulks.rows(Span(10, 11, 15), 1)] == [12]
    assert [row.id for row in await filled.bulks.rows(Span(10, 11, 12), 10)] == [12]


async def test_what_is_barred() -> None:
    row = Unfinished(1, Stage.SENT, 0, NOW, NOW, 1, 0b10)
    assert (row.barred(), row._replace(step=0).barred()) == (True, False)


async def test_whether_anything_is_left(filled: OpenedStore) -> None:
    bulks = filled.bulks
    assert [await bulks.unfinished(each, 0) for each in (BULK, ONE, NOWHERE)] == [True, True, False]
    await filled.record(Changes(ended=[(id_, 0) for id_ in (11, 12, 15)]))
    assert [await bulks.unfinished(BULK, after) for after in (0, 10, 20)] == [True, True, False]
    assert await bulks.unfinished(ONE, 0) is False
    await filled.record(Changes(ended=[(21, 0)]))
    assert await bulks.unfinished(BULK, 0) is False


async def test_whether_anything_was_sent(filled: OpenedStore) -> None:
    assert [await filled.bulks.sent(each, 0) for each in (BULK, ONE)] == [False, False]
    await filled.record(Changes(outcomes=[nouns.outcome(14), nouns.outcome(12)]))
    assert [await filled.bulks.sent(each, 0) for each in (BULK, ONE)] == [True, True]
    assert await filled.bulks.sent(BULK, 10) is False


@pytest.mark.parametrize("said", list(Said))
async def test_whether_it_has_begun(filled: OpenedStore, said: Said) -> None:
    def event(delivery: int) -> Event:
        return Event(delivery, 1, 0, NOW, said, Status.SENT, Reason.ACCEPTED, "", "c", 0, Note.NONE)

    await filled.record(Changes(events=[event(14)]))
    assert await filled.bulks.begun(BULK) is False
    await filled.record(Changes(events=[event(12)]))
    begun = said not in (Said.SKIPPED, Said.RETURNED, Said.RESULT)
    assert [await filled.bulks.begun(each) for each in (BULK, ONE)] == [begun, begun]


async def test_it_begins_later_only_if_it_has_not_begun(filled: OpenedStore) -> None:
    one = Target(ACCOUNT, "c")
    assert await filled.bulks.put(Stop(target=one, send_at=99))
    message = await filled.deliveries.message(13)
    assert (message and message.send_at, await filled.bulks.stop(one)) == (99, Stop(target=one, send_at=99))
    event = Event(14, 1, 0, NOW, Said.ACCEPTED, Status.SENT, Reason.ACCEPTED, "", "c", 0, Note.NONE)
    await filled.record(Changes(events=[event]))
    assert await filled.bulks.put(Stop(target=one, send_at=100)) is False
    message = await filled.deliveries.message(13)
    assert (message and message.send_at, await filled.bulks.stop(one)) == (99, Stop(target=one, send_at=99))
    assert await filled.bulks.put(Stop(target=BULK, send_at=100)) is False
    assert await filled.bulks.stop(BULK) is None


async def test_when_it_is_due(filled: OpenedStore) -> None:
    first, second, third = await filled.bulks.rows(Span(10, 10, 15), 10)
    await filled.bulks.set_due([(first, 5, 6), (second._replace(due_at=1), 5, 6), (third, NOW, 2 * NOW + 1)])
    found = await table(filled, "SELECT id, due_at, step_until, version FROM live WHERE message = 10 ORDER BY id")
    assert found == [(11, 5, 6, 1), (12, NOW, 2 * NOW, 0), (15, NOW, 2 * NOW + 1, 1)]


async def test_what_is_owned_or_sent_is_not_moved(store: OpenedStore) -> None:
    await store.record(sent(10, 11, owner=OWNER))
    held = Changes(messages=[nouns.message(20)], deliveries=[nouns.delivery(21, 20)])
    held.born = [(nouns.live(21, 20, stage=Stage.SENT), 0)]
    await store.record(held)
    rows = [*await store.bulks.rows(Span(10, 10, 11), 10), *await store.bulks.rows(Span(20, 20, 21), 10)]
    await store.bulks.set_due([(row, 5, 6) for row in rows])
    assert await table(store, "SELECT DISTINCT due_at FROM live") == [(NOW,)]


async def test_to_put_away_is_to_own_no_more_and_to_park_once(store: OpenedStore) -> None:
    await store.record(sent(10, 11, 12, owner=OWNER))
    await store.record(sent(20, 21, owner=OWNER + 1))
    for _ in range(2):
        await store.bulks.put_away([11, 12, 21, 99], OWNER)
    found = await table(store, "SELECT id, due_at, owner, version FROM live ORDER BY id")
    assert found == [(11, NOW + PARKED, 0, 1), (12, NOW + PARKED, 0, 1), (21, NOW, OWNER + 1, 0)]
    assert await store.deliveries.claim(OWNER, 3 * NOW, 10, 1, "SMS") == []
