"""Nouns become rows and nouns again; every hot statement has as many values as parameters."""

from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.changes import Changes, Reportable
from omnibound.domain.received import Filed
from omnibound.store import rows
from omnibound.store.cursor import cursor_of
from omnibound.store.opened import OpenedStore, open_store
from omnibound.store.queries import queries
from omnibound.store.rows import WRITES
from omnibound.store.sqlite import _connect, migrate
from tests.store import nouns

pytestmark = pytest.mark.anyio


def lists(each: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(each, min_size=1, max_size=3)


full_changes = st.builds(
    Changes,
    messages=lists(nouns.messages),
    deliveries=lists(nouns.deliveries),
    refs=lists(nouns.refs),
    born=lists(st.tuples(nouns.lives, nouns.ids)),
    moved=lists(st.tuples(nouns.lives, nouns.ids, nouns.small)),
    ended=lists(st.tuples(nouns.ids, nouns.small)),
    events=lists(nouns.events),
    outcomes=lists(nouns.outcomes),
    amended=lists(nouns.outcomes),
    reports=lists(st.builds(Reportable, nouns.ids, nouns.ids, nouns.small, nouns.texts)),
    pushes=lists(nouns.pushes),
    inflight=lists(nouns.flights),
    landed=lists(st.tuples(nouns.texts, nouns.texts)),
    unmatched=lists(st.tuples(nouns.ids, nouns.receipts)),
    matched=lists(nouns.ids),
    handovers=lists(nouns.handovers),
    settled=lists(nouns.ids),
    inbound=lists(st.tuples(nouns.ids, nouns.inbounds)),
    filed=lists(st.tuples(nouns.ids, st.sampled_from(Filed))),
    received=lists(nouns.receiveds),
    members=lists(nouns.members),
    calls=lists(nouns.calls),
    suppressed=lists(nouns.suppressed),
    spent=lists(nouns.spent),
    refunds=lists(nouns.refunds),
    told=lists(nouns.outcomes),
    results=st.lists(nouns.results, min_size=1, max_size=3, unique_by=lambda result: result.id),
)


def test_every_list_of_changes_is_written() -> None:
    derived = {"touched", "traits", "texts", "tops", "joined", "leaving", "arriving"}
    assert set(WRITES) == {*Changes.__struct_fields__, *derived} == set(queries("hot"))


GATHERED = {"joined", "events", "traits", "texts", "tops", "leaving", "arriving", "spent", "refunds"}
"""Several of a list make one row, or one makes several."""


@settings(max_examples=30)
@given(changes=full_changes)
def test_rows_have_a_value_for_each_parameter(changes: Changes) -> None:
    for name, to_rows in WRITES.items():
        written = to_rows(changes)
        count = {"touched": 1}.get(name, len(written) if name in GATHERED else len(getattr(changes, name)))
        assert [len(row) for row in written] == [len(queries("hot")[name].names)] * count, name


@settings(max_examples=40)
@given(live=nouns.lives, owner=nouns.ids)
def test_the_two_statements_that_write_a_live_row_agree(live: nouns.Live, owner: int) -> None:
    """Born and moved name the same columns in another order: by name they hold the same values."""
    hot = queries("hot")
    (as_born,) = rows.born(Changes(born=[(live, owner)]))
    (as_moved,) = rows.moved(Changes(moved=[(live, owner, 3)]))
    by_name = dict(zip(hot["moved"].names, as_moved, strict=True))
    assert by_name.pop("was") == 3
    born = dict(zip(hot["born"].names, as_born, strict=True))
    assert {name: born[name] for name in by_name} == by_name
    assert set(born) - set(by_name) == {"message", "account", "cls"}


async def roundtrip(folder: Path, whole: Changes) -> None:
    """Record one of everything, read it back by the methods the engine and the services use."""
    store = open_store(folder)
    try:
        await store.record(whole)
        (message,), (delivery,), ((live, owner),) = whole.messages, whole.deliveries, whole.born
        loaded = await store.deliveries.load([live.id])
        assert [tuple(each) for each in loaded] == [(live, delivery, owner)]
        assert await store.deliveries.live(live.id) == live
        assert await store.deliveries.messages([message.id]) == {message.id: message}
        assert await store.deliveries.one(delivery.account, delivery.id) == delivery
        assert await store.deliveries.timeline(delivery.id) == whole.events
        await read_the_rest(store, whole)
    finally:
        await store.close()


async def read_the_rest(store: OpenedStore, whole: Changes) -> None:
    (outcome,), (flight,), (ref,) = whole.outcomes, whole.inflight, whole.refs
    assert await store.deliveries.outcomes(outcome.delivery) == [outcome]
    finals = {outcome.delivery: outcome} if outcome.final else {}
    assert await store.receipts.final_outcomes([outcome.delivery]) == finals
    told = await store.reports.rows([(outcome.delivery, outcome.attempt)])
    assert told == [(whole.deliveries[0], outcome)]
    assert await store.receipts.find(flight.carrier, [flight.provider_id]) == [flight]
    assert await store.receipts.unmatched(0, 10) == whole.unmatched
    assert await store.receipts.unsettled() == whole.handovers
    assert await store.inbound.page(0, 10) == whole.inbound
    assert await store.inbound.received_since(0) == whole.received
    assert list((await store.campaigns.members_of([each.id for each in whole.members])).values()) == whole.members
    assert [await store.calls.one(each.delivery, each.attempt) for each in whole.calls] == whole.calls
    assert await store.deliveries.by_ref(ref.account, ref.hash, ref.day) == ref.delivery


def one_of_everything(draw: st.DrawFn) -> Changes:
    delivery = draw(nouns.deliveries)
    id_, account = delivery.id, delivery.account
    message = replace(draw(nouns.messages), id=delivery.message, account=account)
    return Changes(
        messages=[message],
        deliveries=[delivery],
        born=[(replace(draw(nouns.lives), id=id_, message=delivery.message, account=account), draw(nouns.ids))],
        events=[replace(each, delivery=id_) for each in draw(st.lists(nouns.events, max_size=3))],
        outcomes=[replace(draw(nouns.outcomes), delivery=id_, account=account)],
        members=[draw(nouns.members)],
        calls=[draw(nouns.calls)],
        inflight=[draw(nouns.flights)],
        unmatched=[(draw(nouns.ids), draw(nouns.receipts))],
        handovers=[draw(nouns.handovers)],
        inbound=[(draw(nouns.ids), draw(nouns.inbounds))],
        received=[draw(nouns.receiveds)],
        refs=[draw(nouns.refs)],
    )


@settings(max_examples=25)
@given(whole=st.composite(one_of_everything)())
def test_what_is_recorded_is_read_back(whole: Changes, tmp_path_factory: pytest.TempPathFactory) -> None:
    anyio.run(roundtrip, tmp_path_factory.mktemp("store"), whole)


async def test_a_moved_row_is_read_back_as_it_moved(store: OpenedStore) -> None:
    first = nouns.live(5)
    await store.record(nouns.born(first, owner=3))
    past = (nouns.Past(1, 0, 255, (1 << 254) | 1, 9, 0),)
    moved = replace(
        first, stage=nouns.Stage.SENT, step=2, round=3, attempt=4, tries=5, due_at=6, step_until=7, retry_until=8,
        sent_at=9, connector="c", parts=200, done=1 << 199, struck=1 << 70, ambiguous=True, charges={"a": 1}, past=past,
        version=1,
    )  # fmt: skip
    await store.record(Changes(moved=[(moved, 11, 0)]))
    ((found, _, owner),) = await store.deliveries.load([5])
    assert (found, owner) == (moved, 11)


async def test_an_outcome_is_amended(store: OpenedStore) -> None:
    ended = nouns.outcome(5)
    await store.record(Changes(outcomes=[ended]))
    late = replace(ended, late=nouns.Status.SEEN, late_at=3, twice=True, seen_at=4)
    await store.record(Changes(amended=[late]))
    assert await store.deliveries.outcomes(5) == [late]


@pytest.mark.parametrize("statement", sorted(queries("hot")))
def test_a_hot_statement_names_its_columns_once(statement: str, tmp_path: Path) -> None:
    """What the schema does not know, or a parameter that stands nowhere, is found when it is prepared."""
    path = tmp_path / "db"
    migrate(path)
    connection = _connect(path, ())
    query = queries("hot")[statement]
    list(cursor_of(connection).execute("EXPLAIN " + query.sql, (None,) * len(query.names)))
    connection.close()
