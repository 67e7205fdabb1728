"""The files of SQL: migrations make the schema, every query fits it, and the hot reads use their indexes."""

import asyncio
import re
from importlib.resources import files
from pathlib import Path

import apsw
import pytest

from omnibound.store import errors
from omnibound.store.cursor import cursor_of
from omnibound.store.queries import Query, migrations, plain, queries
from omnibound.store.sqlite import Sqlite, _connect, migrate, schema_version

FILES = (
    "reads", "hot_reads", "hot", "retention", "pushes", "inbound", "logs", "people", "bulks", "campaigns", "calls",
    "webhooks", "members", "parts", "prices",
)  # fmt: skip
ALL = [(file, name) for file in FILES for name in queries(file)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "db"
    migrate(path)
    return path


def schema(connection: apsw.Connection) -> list[tuple[str, str]]:
    return sorted(connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))


def test_the_schema_is_the_sum_of_the_migrations(path: Path) -> None:
    by_hand = apsw.Connection(":memory:")
    for _, sql in migrations():
        by_hand.execute(sql)
    made = apsw.Connection(str(path))
    assert schema(made) == schema(by_hand) != []


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_migrating_twice_changes_nothing(path: Path) -> None:
    newest = migrations()[-1][0]
    before = path.read_bytes()
    assert migrate(path) == (newest, newest)
    assert schema_version(path) == newest
    assert path.read_bytes() == before


def test_a_new_file_comes_from_nothing(tmp_path: Path) -> None:
    assert schema_version(tmp_path / "db") == 0
    assert migrate(tmp_path / "db") == (0, migrations()[-1][0])


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    with pytest.raises(errors.StoreError, match="migration 9999"):
        migrate(path)
    assert schema_version(path) == 9999


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [(1, "CREATE TABLE a (x); CREATE TABLE b (y)"), (2, "CREATE TABLE c (z); CREATE TABLE a (x)")]
    monkeypatch.setattr("omnibound.store.sqlite.migrations", lambda: broken)
    with pytest.raises(apsw.SQLError):
        migrate(tmp_path / "db")
    assert schema_version(tmp_path / "db") == 0
    assert schema(apsw.Connection(str(tmp_path / "db"))) == []


@pytest.mark.parametrize(("file", "name"), ALL)
def test_a_query_fits_the_schema_and_uses_each_parameter(path: Path, file: str, name: str) -> None:
    query = queries(file)[name]
    connection = _connect(path, ())
    found: dict[str, int] = {}

    def look(cursor: apsw.Cursor, _statement: str, _bindings: object) -> bool:
        found["names"] = cursor.bindings_count
        return False

    cursor = connection.cursor()
    cursor.exec_trace = look
    with pytest.raises(apsw.ExecTraceAbort):
        cursor.execute(query.sql, (None,) * len(query.names))
    assert found["names"] == len(query.names) == len(set(query.names))
    assert not re.search(r"(?<!:):[a-z_]", query.sql)


def test_a_name_stands_for_one_statement_only() -> None:
    names = [name for _, name in ALL]
    folder = files("omnibound.store") / "sql"
    texts = [(folder / f"{file}.sql").read_text() for file in FILES]
    heads = [head for text in texts for head in re.findall(r"^-- name[:!] (\w+)", text, re.M)]
    assert sorted(heads) == sorted(names)


# -- Plans ---------------------------------------------------------------------------------------------------------

CLAIM_BY = "COVERING INDEX live_claim (channel=? AND cls=? AND account=? AND round=? AND due_at<?)"
LANE = "SEARCH live USING INDEX live_lanes (channel=?"
PLANS = {
    "lanes": [
        "SEARCH live USING COVERING INDEX live_claim (channel>? AND channel<?)",
    ],
    "claim_lane": [
        "SEARCH live USING INTEGER PRIMARY KEY (rowid=?)",
        f"{LANE} AND due_at<?)",
    ],
    "lane_due": [f"{LANE})"],
    "stands": [
        "SEARCH t USING PRIMARY KEY (account=? AND campaign=?)",
        "SEARCH x USING PRIMARY KEY (account=? AND campaign=? AND key=?)",
    ],
    "page": ["SEARCH members USING COVERING INDEX members_campaign (account=? AND campaign=?)"],
    "among": ["SEARCH members USING COVERING INDEX members_campaign (account=? AND campaign=?)"],
    "merged": [
        "SEARCH m USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH k USING COVERING INDEX members_stands (account=? AND campaign=? AND stand=? AND traits=?)",
    ],
    "changed_ids": [
        "SEARCH members USING COVERING INDEX members_changed (account=? AND campaign=? AND changed_at>? AND changed_at"
    ],
    "changed_after": ["SEARCH members USING INDEX members_changed (account=? AND campaign=? AND changed_at>?)"],
    "by_external": ["SEARCH m USING COVERING INDEX members_external (account=? AND campaign=? AND folded=?)"],
    "columns": [
        "SEARCH member_texts USING PRIMARY KEY (account=? AND campaign=? AND name>?)",
    ],
    "text_rows": ["SEARCH member_texts USING PRIMARY KEY (account=? AND campaign=? AND name=? AND (first,n)>(?,?))"],
    "texts_between": ["SEARCH member_texts USING PRIMARY KEY (account=? AND campaign=?)"],
    "erase_texts": ["SEARCH member_texts USING PRIMARY KEY (account=? AND campaign=?"],
    "part": ["SEARCH parts USING PRIMARY KEY (account=? AND kind=? AND id=?)"],
    "parts": ["SEARCH parts USING PRIMARY KEY (account=? AND kind=? AND id>?)"],
    "bulk_spans": ["SEARCH messages USING INDEX messages_bulk (account=? AND bulk=? AND rowid>?)"],
    "bulk_newest": ["SEARCH messages USING COVERING INDEX messages_bulk (account=? AND bulk=?)"],
    "bulk_unfinished": [
        "SEARCH m USING INDEX messages_bulk (account=? AND bulk=? AND rowid>?)",
        "SEARCH l EXISTS USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
    ],
    "bulk_sent": [
        "SEARCH m USING INDEX messages_bulk (account=? AND bulk=? AND rowid>?)",
        "SEARCH o USING PRIMARY KEY (delivery>? AND delivery<?)",
        "SEARCH d USING INTEGER PRIMARY KEY",
    ],
    "bulk_begun": [
        "SEARCH m USING INDEX messages_bulk (account=? AND bulk=?)",
        "SEARCH e USING PRIMARY KEY (delivery>? AND delivery<?)",
        "SEARCH d USING INTEGER PRIMARY KEY",
    ],
    "message_of_bulk": ["SEARCH messages USING INDEX messages_bulk (account=? AND bulk=?)"],
    "one_spans": ["SEARCH deliveries USING INTEGER PRIMARY KEY"],
    "one_newest": ["SEARCH deliveries USING INTEGER PRIMARY KEY"],
    "one_unfinished": ["SEARCH live USING INTEGER PRIMARY KEY"],
    "one_sent": ["SEARCH outcomes USING PRIMARY KEY (delivery=?)"],
    "one_begun": ["SEARCH e USING PRIMARY KEY (delivery=?)"],
    "unfinished_of": ["SEARCH live USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"],
    "set_due": ["SEARCH live USING INTEGER PRIMARY KEY"],
    "put_away": ["SEARCH live USING INTEGER PRIMARY KEY"],
    "members_after": ["SEARCH members USING INDEX members_campaign (account=? AND campaign=? AND id>?)"],
    "members_of": ["SCAN j VIRTUAL TABLE", "SEARCH m USING INTEGER PRIMARY KEY"],
    "call": ["SEARCH calls USING PRIMARY KEY (delivery=? AND attempt=?)"],
    "calls_of_deliveries": ["SCAN j VIRTUAL TABLE", "SEARCH c USING PRIMARY KEY (delivery=?)"],
    "calls_today": [
        "SCAN j VIRTUAL TABLE",
        "SEARCH c USING INDEX calls_number (account=? AND number=? AND ended_at>?)",
    ],
    "reasons_of_campaign": ["SEARCH calls USING COVERING INDEX calls_campaign (account=? AND campaign=? AND ended_at>"],
    "reasons_of_agents": [
        "SCAN j VIRTUAL TABLE",
        "SEARCH c USING COVERING INDEX calls_agent (account=? AND campaign=? AND agent=? AND ended_at>",
    ],
    "small_texts": ["SEARCH member_texts USING INDEX member_texts_small"],
    "take_texts": ["SEARCH member_texts USING PRIMARY KEY (account=? AND campaign=? AND name=? AND first=? AND n=?)"],
    "drop_taken": ["SEARCH member_texts USING COVERING INDEX member_texts_taken (until>? AND until<?)"],
    "suppression": ["SEARCH suppressions USING PRIMARY KEY (account=? AND channel=? AND key=?)"],
    "calls_of_all": ["SEARCH calls USING INDEX calls_ended ((ended_at,delivery,attempt)>(?,?,?) AND ended_at<?)"],
    "calls_of_account": ["SEARCH calls USING INDEX calls_account (account=? AND (ended_at,delivery,attempt)>(?,?,?)"],
    "calls_of_campaign": ["SEARCH calls USING INDEX calls_campaign (account=? AND campaign=? AND (ended_at,"],
    "calls_of_number": ["SEARCH calls USING INDEX calls_number (account=? AND number=? AND (ended_at,"],
    "drop_call": ["SEARCH calls USING PRIMARY KEY (delivery=? AND attempt=?)"],
    "people": ["SEARCH people USING PRIMARY KEY (account=? AND list=? AND n>?)"],
    "load": ["SCAN j VIRTUAL TABLE", "SEARCH l USING INTEGER PRIMARY KEY", "SEARCH d USING INTEGER PRIMARY KEY"],
    "messages": ["SEARCH messages USING INTEGER PRIMARY KEY"],
    "find_inflight": ["SCAN j VIRTUAL TABLE", "SEARCH i USING PRIMARY KEY (provider_id=? AND carrier=?)"],
    "final_outcomes": ["SEARCH outcomes USING PRIMARY KEY (delivery=?)"],
    "due_timers": ["SEARCH live USING COVERING INDEX live_timer (due_at<?)"],
    "due_unsent": ["SEARCH live USING COVERING INDEX live_waiting (step_until<?)"],
    "refs_taken": ["SEARCH refs USING PRIMARY KEY (account=? AND day=? AND hash=?)"],
    "claim": [f"SEARCH live USING {CLAIM_BY}"],
    "claimable": [f"SEARCH live EXISTS USING {CLAIM_BY}"],
    "waiting_channels": [
        "SEARCH live USING COVERING INDEX live_claim",
        "SEARCH live USING COVERING INDEX live_claim (channel>?)",
    ],
    "waiting_reports": ["SEARCH reports USING PRIMARY KEY (account=?)"],
    "waiting_reports_by": ["SEARCH reports USING PRIMARY KEY (account=?)"],
    "waiting_reports_of": [
        "SEARCH m USING INDEX messages_bulk (account=? AND bulk=?)",
        "SEARCH r USING PRIMARY KEY (account=? AND delivery>? AND delivery<?)",
        "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    "waiting_reports_of_by": [
        "SEARCH m USING INDEX messages_bulk (account=? AND bulk=?)",
        "SEARCH r USING PRIMARY KEY (account=? AND delivery>? AND delivery<?)",
        "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    "waiting_report": [
        "SEARCH r USING PRIMARY KEY (account=? AND delivery=?)",
        "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH m USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    "take_reports": [
        "SEARCH reports USING PRIMARY KEY (account=? AND delivery=? AND attempt=?)",
        "SEARCH r USING PRIMARY KEY (account=? AND delivery=? AND attempt=?)",
    ],
    "take_first_reports": [
        "SEARCH reports USING PRIMARY KEY (account=? AND delivery=? AND attempt=?)",
        "SEARCH reports USING PRIMARY KEY (account=?)",
    ],
    "report_rows": ["SCAN j VIRTUAL TABLE", "SEARCH o USING PRIMARY KEY (delivery=? AND attempt=?)"],
    "delivery_by_ref": ["SEARCH r USING PRIMARY KEY (account=? AND day=? AND hash=?)"],
    "account_by_key": ["SEARCH k USING PRIMARY KEY (hash=?)"],
    "default_scenario": ["SEARCH scenarios USING INDEX scenarios_default (account=?)"],
    "timeline": ["SEARCH events USING PRIMARY KEY (delivery=?)"],
    "tokens": [
        "SEARCH d USING INDEX sqlite_autoindex_devices_1 (account=? AND application=? AND registration=?)",
        "SEARCH d USING INDEX devices_phone (account=? AND application=? AND phone=?)",
    ],
    "devices": ["SEARCH devices USING INDEX devices_phone (account=? AND application=? AND phone=?)"],
    "unprimary": ["SEARCH devices USING INDEX devices_phone (account=? AND application=? AND phone=?)"],
    "drop_token": ["SEARCH devices USING INDEX devices_token (token=?)"],
    "old_handouts": ["SEARCH handouts USING INTEGER PRIMARY KEY (rowid<?)"],
    "old_unmatched": ["SEARCH unmatched USING INTEGER PRIMARY KEY (rowid<?)"],
    "inbound_unfiled": ["SEARCH inbound USING INDEX inbound_unfiled (id>?)"],
    "reopen_inbound": [
        "SEARCH inbound USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH inbound USING COVERING INDEX inbound_unclaimed (channel=? AND recipient=? AND id>?)",
    ],
    "received_of": ["SEARCH received USING INDEX received_account (account=? AND id>?)"],
    "received_by": ["SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"],
    "received_since": ["SEARCH received USING INTEGER PRIMARY KEY (rowid>?)"],
    "old_received": ["SEARCH received USING INTEGER PRIMARY KEY (rowid<?)"],
    "old_inbound": ["SEARCH inbound USING INTEGER PRIMARY KEY (rowid<?)"],
    "account_with_old_refs": ["SEARCH refs USING PRIMARY KEY (account>?)"],
    "old_refs": ["SEARCH refs USING PRIMARY KEY (account=? AND day<?)"],
    "account_with_reports": ["SEARCH reports USING PRIMARY KEY (account>?)"],
    "reports_of_old": [
        "SEARCH r USING PRIMARY KEY (account=? AND delivery>? AND delivery<?)",
        "SEARCH o USING PRIMARY KEY (delivery=? AND attempt=?)",
    ],
    "flights": ["SEARCH inflight USING PRIMARY KEY ((provider_id,carrier)>(?,?))"],
    "full_messages": [
        "SEARCH m USING INDEX messages_full (id>? AND id<?)",
        "SEARCH l USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
    ],
    "old_deliveries": [
        "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "SEARCH l USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH o USING PRIMARY KEY (delivery=?)",
    ],
    "old_messages": [
        "SEARCH m USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
    ],
    "drop_events": ["SEARCH events USING PRIMARY KEY (delivery=?)"],
    "drop_outcomes": ["SEARCH outcomes USING PRIMARY KEY (delivery=?)"],
    "drop_report": ["SEARCH reports USING PRIMARY KEY (account=? AND delivery=? AND attempt=?)"],
    "drop_flight": ["SEARCH inflight USING PRIMARY KEY (provider_id=? AND carrier=?)"],
    "strip_message": ["SEARCH messages USING INTEGER PRIMARY KEY"],
    "push_urls": [
        "SEARCH pushes USING COVERING INDEX pushes_due (url>?)",
        "SEARCH pushes USING COVERING INDEX pushes_due (url=?)",
    ],
    "pushes_due": ["SEARCH pushes USING INDEX pushes_due (url=? AND due_at<?)"],
    "drop_push": ["SEARCH pushes USING PRIMARY KEY (account=? AND delivery=? AND attempt=? AND topic=? AND number=?)"],
    "miss_push": ["SEARCH pushes USING PRIMARY KEY (account=? AND delivery=? AND attempt=? AND topic=? AND number=?)"],
    "pushes_of": ["SEARCH pushes USING PRIMARY KEY (account=? AND (delivery,attempt,topic,number)>(?,?,?,?))"],
    "renew_pushes": ["SEARCH pushes USING INDEX pushes_tried (account=?)"],
    "told": ["SEARCH subscriptions USING PRIMARY KEY (account=? AND event=?)"],
    "unsubscribe": ["SEARCH subscriptions USING PRIMARY KEY (account=?)"],
    "webhook_numbers": ["SEARCH webhooks USING PRIMARY KEY (account=?)"],
    "forget_pushes": ["SEARCH pushes USING COVERING INDEX pushes_over (until<?)"],
    "ended_between": [
        "SEARCH o USING PRIMARY KEY ((delivery,attempt)>(?,?) AND delivery<?)",
        "SEARCH d USING INTEGER PRIMARY KEY",
    ],
    "touches": ["SEARCH touched USING INTEGER PRIMARY KEY (rowid<?)"],
    "drop_touched": ["SEARCH touched USING INTEGER PRIMARY KEY (rowid=?)"],
    "standings": [
        "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH l USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH o USING PRIMARY KEY (delivery=?)",
    ],
    "walk": [
        "SCAN j VIRTUAL TABLE",
        "SEARCH s USING PRIMARY KEY (day=? AND subject=? AND shelf=? AND at>? AND at<?)",
        "SEARCH k USING PRIMARY KEY (day=? AND subject=? AND shelf=? AND at>? AND at<?)",
    ],
    "newest_by_refs": ["SEARCH refs USING PRIMARY KEY (account=? AND day=? AND hash=?)"],
    "open_entries": ["SEARCH search_open USING INTEGER PRIMARY KEY"],
    "drop_entry": ["SEARCH search USING PRIMARY KEY (day=? AND subject=? AND shelf=? AND at=? AND delivery=?)"],
    "old_search": [
        "SEARCH search USING PRIMARY KEY (day=? AND subject=? AND shelf=? AND at=? AND delivery=?)",
        "SEARCH search USING PRIMARY KEY (day<?)",
    ],
    "moved": ["SEARCH live USING INTEGER PRIMARY KEY"],
    "ended": ["SEARCH live USING INTEGER PRIMARY KEY"],
    "landed": ["SEARCH inflight USING PRIMARY KEY (provider_id=? AND carrier=?)"],
}
MAY_SCAN = re.compile(r"SCAN (j VIRTUAL|json_each|accounts|rounds|channels|names|days|urls|found|CONSTANT|\(sub)")


def plan(path: Path, query: Query) -> list[str]:
    cursor = cursor_of(_connect(path, ()))
    return [str(row[3]) for row in cursor.execute("EXPLAIN QUERY PLAN " + query.sql, (None,) * len(query.names))]


@pytest.mark.parametrize("name", PLANS)
def test_a_hot_read_goes_by_its_index(path: Path, name: str) -> None:
    query = next(queries(file)[name] for file, each in ALL if each == name)
    lines = plan(path, query)
    missing = [wanted for wanted in PLANS[name] if not any(line.startswith(wanted) for line in lines)]
    scans = [line for line in lines if line.startswith("SCAN") and not MAY_SCAN.match(line)]
    assert (missing, scans) == ([], []), lines


@pytest.mark.parametrize("name", [name for name in PLANS if name.startswith("waiting_report")])
def test_a_search_for_reports_ends_at_its_limit(path: Path, name: str) -> None:
    """It walks in the order that it asks for: a sort would read all that match first."""
    assert [line for line in plan(path, queries("hot_reads")[name]) if "TEMP B-TREE" in line] == []


@pytest.mark.parametrize("name", ["page", "among", "text_rows", "changed_after"])
def test_a_search_for_members_ends_at_its_limit(path: Path, name: str) -> None:
    assert [line for line in plan(path, queries("members")[name]) if "TEMP B-TREE" in line] == []


@pytest.mark.parametrize("name", [name for name in PLANS if name.startswith("calls_of_") and "deliveries" not in name])
def test_a_page_of_calls_ends_at_its_limit(path: Path, name: str) -> None:
    assert [line for line in plan(path, queries("calls")[name]) if "TEMP B-TREE" in line] == []


def test_an_opened_database_is_durable(path: Path) -> None:
    """WAL with FULL sync: what is answered for survives a power cut."""

    async def look() -> list[object]:
        db = Sqlite(path, asyncio.get_running_loop())
        words = ("journal_mode", "synchronous")
        pragmas = [(plain(f"PRAGMA {word}"), {}) for word in words]
        rows: list[object] = list(await db.write(*pragmas))
        await db.close()
        return rows

    assert asyncio.run(look()) == [[("wal",)], [(2,)]]
