"""The benchmark of a big campaign in small: a real server imports, is asked, and dials meanwhile; every row is told."""

from pathlib import Path

import pytest

from omnibound.cli.bench import outbound as bench
from omnibound.cli.bench import searches
from omnibound.cli.bench.importing import Span, looked, table
from omnibound.cli.bench.looks import Look, read_looks, write_looks
from omnibound.cli.bench.postgres import on_some_server
from omnibound.cli.bench.watched import watch
from omnibound.engine.dialer import Dialer
from omnibound.wire.tables import Table
from tests import postgres
from tests.postgres import postgres_server as postgres_server

pytestmark = pytest.mark.anyio

PEOPLE = 1_500
IMPORT = "import of 1,500 people"
LOOKS = f"{IMPORT}: looks of the dialer meanwhile"
MEANWHILE = [
    (f"{IMPORT}: {what} meanwhile, {which}", "ms", mark)
    for what in ("reads", "one customer posted")
    for which, mark in (("p99", "<= 100"), ("worst", ""))
]
FIRST = [
    ("yardstick: a loop of 5,000,000 turns", "ms", ""),
    (IMPORT, "s", "<= 0.0675"),
    (f"{IMPORT}: server CPU", "us each", ""),
    (f"{IMPORT}: peak memory", "MiB", ""),
]
THEN = [
    (LOOKS, "looks", ""),
    (f"{LOOKS}, median", "ms", ""),
    (f"{LOOKS}, p99", "ms", "<= 50"),
    (f"{LOOKS}, worst", "ms", "<= 50"),
    ("people dialled meanwhile", "people/s", ""),
    *(
        (f"search by {name}: {what}", unit, mark if what == "p95" else "")
        for name, (_, mark) in searches.QUESTIONS.items()
        for what, unit in (("p95", "ms"), ("server CPU", "ms each"))
    ),
    ("list of 1,000 customers: answer, median", "ms", "<= 100"),
    ("list of 1,000 customers: server CPU", "ms", ""),
    ("look of the dialer at 1,500 people, 30 claimed: median", "ms", "<= 10"),
    ("look of the dialer at 1,500 people, 30 claimed: p95", "ms", ""),
]
DATABASE = [(f"{IMPORT}: the database's CPU", "us each", "")]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DIALLED", 1_000), ("LISTS", 1), ("TICKS", 2)):
        monkeypatch.setattr(bench, name, value)
    monkeypatch.setattr(searches, "TIMES", 1)


@pytest.fixture
def url(postgres_server: str) -> str:
    return postgres.make(postgres_server, "omnibound_bench_outbound")


@pytest.mark.slow
@pytest.mark.time_limit(180)
async def test_every_row_is_told(small: None) -> None:
    figures = await bench.outbound(PEOPLE, "")
    assert [(each.what, each.unit, each.mark) for each in figures] == [*FIRST, *MEANWHILE, *THEN]
    # Nothing is said of time: the machine may be busy.
    assert {each.what: each.value for each in figures}[LOOKS] > 0


@pytest.mark.slow
@pytest.mark.time_limit(240)
async def test_the_same_rows_of_postgresql_and_its_own_work(small: None, url: str) -> None:
    figures = await on_some_server(url, lambda url: bench.outbound(PEOPLE, url))
    told = [*FIRST, *DATABASE, *MEANWHILE, *THEN]
    assert [(each.what, each.unit, each.mark) for each in figures] == [
        (f"PostgreSQL: {what}", unit, mark) for what, unit, mark in told
    ]


def test_the_table_is_the_same_each_time(tmp_path: Path) -> None:
    octets = table(tmp_path / "one", 3).read_bytes()
    assert table(tmp_path / "two", 3).read_bytes() == octets
    reader = Table()
    records = reader.feed(octets) + reader.end()
    assert [each.values for each in records] == [
        ["External ID", "Phone1", "Priority", "Time Zone", "City", "Name", "Segment", "Account"],
        ["0", "+493000000000", "1", "Europe/Berlin", "Berlin", "Name 0", "0", "0.134364244112"],
        ["1", "+493000000001", "2", "Europe/Berlin", "Paris", "Name 1", "1", "0.847433736937"],
        ["2", "+493000000002", "3", "Europe/Berlin", "Rome", "Name 2", "2", "0.763774618977"],
    ]


async def test_looks_are_written_down_whatever_they_end_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tick(self: Dialer) -> bool:
        raise TimeoutError

    monkeypatch.setattr(Dialer, "tick", tick)
    looks: list[Look] = []
    watch(looks)
    dialer = Dialer.__new__(Dialer)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await dialer.tick()
    assert len(looks) == 2
    assert all(look.took >= 0 for look in looks)
    write_looks(tmp_path / "looks", looks)
    assert read_looks(tmp_path / "looks") == looks


def test_only_looks_of_the_import_count() -> None:
    looks = [Look(0.5, 9.0), Look(1.0, 0.002), Look(1.5, 0.004), Look(2.0, 0.003), Look(2.1, 9.0)]
    assert [(each.what, each.value, each.mark) for each in looked(looks, Span(1.0, 2.0), 7)] == [
        ("import of 7 people: looks of the dialer meanwhile", 3, ""),
        ("import of 7 people: looks of the dialer meanwhile, median", 3.0, ""),
        ("import of 7 people: looks of the dialer meanwhile, p99", 4.0, "<= 50"),
        ("import of 7 people: looks of the dialer meanwhile, worst", 4.0, "<= 50"),
    ]
