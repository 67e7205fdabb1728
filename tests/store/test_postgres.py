"""What only PostgreSQL has: SQLite's shape with shards and parts, statements that fit it, lost connections."""

import asyncio
import re
from typing import Any, cast

import apsw
import asyncpg
import pytest

from omnibound.domain.changes import Changes, InFlight, Ref
from omnibound.domain.flow import DAY
from omnibound.domain.ids import Mint
from omnibound.ports.store import Taken
from omnibound.store.database import Transaction
from omnibound.store.errors import Away, StoreError
from omnibound.store.opened import OpenedStore, open_postgres
from omnibound.store.postgres import Postgres
from omnibound.store.postgres_driver import Connection, connect
from omnibound.store.postgres_rows import HOT, SHARDS
from omnibound.store.postgres_shape import migrate, schema_version
from omnibound.store.postgres_writer import FEW
from omnibound.store.queries import migrations, plain, queries
from tests import postgres
from tests.store import nouns
from tests.store.test_group_commit import ref, refs, settle
from tests.store.test_schema import ALL

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("engine", ["postgres"], indirect=True)]

OWN = {"shard"}
"""Columns that SQLite does not need."""


async def observed(url: str, sql: str, *values: object) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(sql, *values)
    finally:
        await connection.close()


# -- Shape ---------------------------------------------------------------------------------------------------------


def sqlite_shape() -> dict[str, set[str]]:
    connection = apsw.Connection(":memory:")
    for _, sql in migrations():
        connection.execute(sql)
    names = [str(name) for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: {str(row[1]) for row in connection.execute(f"PRAGMA table_info({name})")}
        for name in names
        if not name.startswith("sqlite_")
    }


async def test_it_has_the_tables_and_columns_of_sqlite(store: OpenedStore, url: str) -> None:
    rows = await observed(
        url,
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT a.attisdropped"
        " AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'migrations'",
    )
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    assert {table: columns - OWN for table, columns in found.items()} == sqlite_shape()


@pytest.mark.parametrize(("file", "name"), ALL)
async def test_a_statement_fits_it(store: OpenedStore, url: str, file: str, name: str) -> None:
    query = queries(file)[name]
    hot = next((hot for hot in HOT if (file, hot.name) == ("hot", name) and name != "moved"), None)
    connection = await asyncpg.connect(url)
    try:
        await connection.set_type_codec("json", schema="pg_catalog", encoder=str, decoder=str)
        prepared = await connection.prepare(hot.sql if hot else query.postgres)
        sharded = hot is not None and hot.copies
        assert len(prepared.get_parameters()) == len({*query.postgres_names, *(OWN if sharded else ())})
    finally:
        await connection.close()


def test_what_is_copied_has_a_value_a_column(engine: str) -> None:
    copied = [(hot.name, hot.columns) for hot in HOT if hot.copies]
    names = [("born" if name == "moved" else name) for name, _ in copied]
    assert [columns for _, columns in copied] == [(*queries("hot")[name].names, "shard") for name in names]


async def test_few_rows_and_many_are_written_alike(store: OpenedStore, url: str) -> None:
    few, many = range(1, FEW), range(1_000, 1_000 + 2 * FEW)
    for ids in (few, many):
        await store.record(nouns.reported(*ids, of=ids[0] + 10_000))
    found = await observed(url, "SELECT delivery, shard FROM outcomes ORDER BY delivery")
    assert [tuple(row) for row in found] == [(id_, id_ % SHARDS) for id_ in (*few, *many)]


@pytest.mark.parametrize("count", [3, 100])
async def test_what_is_there_already_is_replaced(store: OpenedStore, url: str, count: int) -> None:
    """A copy that finds a row is made again with care; a message that is there already is refused all the same."""
    flights = [InFlight("c", str(n), n, 1, 0, "c1", 1) for n in range(count)]
    again = [InFlight("c", str(n), n, 2, 0, "c1", 1) for n in range(count)]
    await store.record(Changes(inflight=flights))
    await store.record(Changes(inflight=again))
    found = await store.receipts.find("c", [str(n) for n in range(count)])
    assert sorted(found, key=lambda flight: flight.delivery) == again
    born = nouns.born(*[nouns.live(n, of=1_000) for n in range(1, count)])
    assert await settle(store.record(born), store.record(born)) == ["done", "Taken"]


async def test_migrating_twice_changes_nothing(store: OpenedStore, url: str) -> None:
    newest = migrations("postgres")[-1][0]
    assert (await migrate(url), await schema_version(url)) == ((newest, newest), newest)


async def test_a_new_database_comes_from_nothing_even_twice_at_once(postgres_server: str, engine: str) -> None:
    url = await postgres.made(postgres_server, "omnibound_from_nothing")
    assert await schema_version(url) == 0
    newest = migrations("postgres")[-1][0]
    assert sorted(await asyncio.gather(migrate(url), migrate(url))) == [(0, newest), (newest, newest)]


async def test_a_newer_database_is_refused_and_left_alone(postgres_server: str, engine: str) -> None:
    url = await postgres.made(postgres_server, "omnibound_newer")
    await migrate(url)
    await observed(url, "INSERT INTO migrations (number) VALUES (9999)")
    with pytest.raises(StoreError, match="migration 9999"):
        await open_postgres(url)
    assert await schema_version(url) == 9999


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/x", "postgresql://127.0.0.1:none/x"])
async def test_a_server_that_is_not_there(url: str, engine: str) -> None:
    with pytest.raises(StoreError, match="PostgreSQL cannot be reached"):
        await open_postgres(url)


async def test_shards_are_those_of_the_ids(store: OpenedStore, url: str) -> None:
    await store.record(nouns.born(nouns.live(0x1_23, of=0x1_42)))
    await store.record(Changes(refs=[Ref(0x2_07, 1, 5, 6)]))
    shards = [(await observed(url, f"SELECT shard FROM {name}"))[0][0] for name in ("live", "messages", "refs")]
    assert (shards, SHARDS) == ([0x23, 0x42, 0x07], 256)


# -- Faults --------------------------------------------------------------------------------------------------------


async def cut(url: str) -> None:
    """End every connection of ours, as a server does that is restarted."""
    await observed(
        url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'omnibound'"
        " AND datname = current_database()",
    )  # fmt: skip


async def test_a_cut_connection_loses_nothing_and_doubles_nothing(store: OpenedStore, url: str) -> None:
    # The driver leaves futures behind when it is cut off within a COPY; nobody waits for them.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    futures = []
    for number in range(8):
        futures += [store.record(ref(number * 100 + n)) for n in range(100)]
        await cut(url)
    assert await settle(*futures) == ["done"] * 800
    assert len(await refs(store)) == 800


async def test_reads_and_rare_writes_go_on_after_a_cut(store: OpenedStore, url: str) -> None:
    await store.record(ref(1))
    await cut(url)
    assert await refs(store) == [(1, 1)]
    await store.settings.once("name", b"value")
    assert await store.settings.once("name", b"other") == b"value"


class Mute:
    """A connection that dies when a commit is done, before it is told."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def execute(self, sql: str, *values: object) -> str:
        tag = await self._real.execute(sql, *values)
        if sql == "COMMIT":
            self._real.terminate()
            raise ConnectionResetError("gone")
        return tag


async def test_a_transaction_in_doubt_is_asked_for(store: OpenedStore, url: str) -> None:
    """The server commits and the connection dies before it says so: what is committed is not written again."""
    assert isinstance(store.db, Postgres)
    writer = store.db._writer
    writer._connection = cast(Connection, Mute(writer._connection))
    assert await settle(store.record(ref(1)), store.record(ref(2))) == ["done", "done"]
    assert await refs(store) == [(1, 1), (2, 1)]


async def test_transactions_that_meet_are_tried_again(store: OpenedStore) -> None:
    """Each locks what the other wants next: one of them is the deadlock's victim, and both are done."""
    await store.record(Changes(refs=[Ref(1, 1, n, 0) for n in range(2)]))
    add = plain("UPDATE refs SET delivery = delivery + 1 WHERE hash = :hash")
    first = [asyncio.Event(), asyncio.Event()]

    async def task(tx: Transaction, one: int, other: int) -> None:
        await tx.rows(add, hash=one)
        first[one].set()
        await first[other].wait()
        await tx.rows(add, hash=other)

    await asyncio.gather(*[store.db.transact(lambda tx, n=n: task(tx, n, 1 - n)) for n in range(2)])
    assert await nouns.table(store, "SELECT delivery FROM refs") == [(2,), (2,)]


async def test_what_breaks_a_constraint_in_a_rare_write_is_taken(store: OpenedStore) -> None:
    with pytest.raises(Taken):
        await store.db.write((plain("INSERT INTO nodes VALUES (1, 1, 1, 1), (1, 1, 1, 1)"), {}))


async def test_others_are_told_of_rare_writes(store: OpenedStore, url: str) -> None:
    other = await open_postgres(url)
    try:
        waiting = asyncio.ensure_future(other.changed(30.0))
        await asyncio.sleep(0)
        await store.settings.once("name", b"value")
        await asyncio.wait_for(waiting, 10.0)
    finally:
        await other.close()


async def test_a_transaction_that_sleeps_loses_its_locks(store: OpenedStore) -> None:
    """Or nobody could take over what a stopped process has."""

    async def sleeper(tx: Transaction) -> None:
        await tx.rows(plain("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
        await tx.rows(plain("LOCK TABLE slots"))
        await gone.wait()
        await tx.rows(plain("SELECT 1"))

    async def sleep() -> None:
        await store.db.transact(sleeper)

    gone = asyncio.Event()
    sleeping = asyncio.ensure_future(sleep())
    assert await asyncio.wait_for(store.nodes.take(("a",), 1), 10.0) == ["a"]
    gone.set()
    with pytest.raises(Away):
        await sleeping
    assert dict((await store.nodes.sight()).slots) == {"a": 1}


# -- Days ----------------------------------------------------------------------------------------------------------

OLD = 1_700_000_000_000_000 + 20 * 365 * DAY // 10
BEFORE = OLD + 3 * DAY
MINT = Mint(0)


async def parts(url: str) -> list[str]:
    rows = await observed(url, "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
    named = [name for (name,) in rows if re.search("_d[0-9]+$", name)]
    days = {OLD // DAY + n for n in range(-1, 4)}
    return sorted(name for name in named if int(name.rpartition("_d")[2]) in days)


async def old(store: OpenedStore, count: int = 3) -> list[int]:
    """Deliveries that came and ended on the old day, whose parts are there."""
    await store.retention.ahead(OLD)
    of, *ids = MINT.take(count + 1, OLD)
    await store.record(nouns.reported(*ids, of=of, done_at=OLD))
    return ids


async def test_an_old_day_is_dropped_whole(store: OpenedStore, url: str) -> None:
    ids = await old(store)
    before = await parts(url)
    walk = [await store.retention.deliveries(OLD + 2 * DAY, ()) for _ in range(4)]
    dropped = {name for name in before if name not in await parts(url)}
    today = OLD // DAY
    assert [chunk.dropped for chunk in walk] == [0, len(ids), 0, 0]
    tables, days = ("deliveries", "events", "outcomes"), range(today - 1, today + 2)
    assert dropped == {f"{table}_d{day}" for table in tables for day in days}
    assert await nouns.table(store, "SELECT count(*) FROM outcomes") == [(0,)]
    messages = [(await store.retention.messages(OLD + 2 * DAY, ())).dropped for _ in range(3)]
    assert (messages, await nouns.table(store, "SELECT count(*) FROM messages")) == ([0, 1, 0], [(0,)])


@pytest.mark.parametrize("why", ["unfinished", "young"])
async def test_a_day_with_something_to_keep_goes_in_chunks(store: OpenedStore, url: str, why: str) -> None:
    ids = await old(store)
    kept = (await old(store, 1))[0]
    if why == "unfinished":
        await store.record(Changes(born=[(nouns.live(kept, of=kept - 1), 0)]))
    else:
        await store.record(Changes(outcomes=[nouns.outcome(kept, attempt=2, done_at=BEFORE)]))
    place: Any = ()
    for _ in range(6):
        place = (await store.retention.deliveries(OLD + 2 * DAY, place)).after
    assert f"deliveries_d{OLD // DAY}" in await parts(url)
    assert await nouns.table(store, "SELECT id FROM deliveries") == [(kept,)]
    assert not set(ids) & {id_ for (id_,) in await nouns.table(store, "SELECT delivery FROM outcomes")}


async def test_rows_of_a_day_go_to_its_part(store: OpenedStore, url: str) -> None:
    ids = await old(store)
    found = await observed(url, f"SELECT id FROM deliveries_d{OLD // DAY} ORDER BY id")
    assert [id_ for (id_,) in found] == ids


# -- Plans of searches -----------------------------------------------------------------------------------------------

SEARCHES = {
    "page": ["Index Only Scan using members_campaign"],
    "among": ["Index Only Scan using members_campaign", "hashed SubPlan"],
    "merged": ["using members_stands on members k"],
    "changed_ids": ["using members_changed"],
    "changed_after": ["using members_changed"],
    "by_external": ["using members_external on members o"],
    "columns": ["using member_texts_pkey"],
    "text_rows": ["using member_texts_pkey"],
    "texts_between": ["using member_texts_pkey"],
}
LANES = {
    "lanes": ["using live_claim"],
    "claim_lane": ["using live_lanes", "using live_pkey"],
    "lane_due": ["using live_lanes"],
    "waiting_channels": ["using live_claim"],
}


@pytest.mark.parametrize(
    ("file", "name", "wanted"),
    [("members", *each) for each in SEARCHES.items()] + [("hot_reads", *each) for each in LANES.items()],
)
async def test_a_search_and_a_claim_go_by_their_indexes(
    store: OpenedStore, url: str, file: str, name: str, wanted: list[str]
) -> None:
    query = queries(file)[name]
    connection = await connect(url)
    try:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE searched AS {query.postgres}")
        values = ", ".join(["NULL"] * len(query.postgres_names))
        explain = f"EXPLAIN EXECUTE searched{f' ({values})' if values else ''}"
        plan = "\n".join(str(row[0]) for row in await connection.fetch(explain))
    finally:
        await connection.close()
    assert [each for each in wanted if each not in plan] == [], plan
    assert "Seq Scan" not in plan
