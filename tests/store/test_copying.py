"""Copies of a SQLite database: one instant of it, however much is written meanwhile; what is damaged is seen."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import pytest

from omnibound.store import copying
from omnibound.store.copying import check_copy, copy_database
from omnibound.store.errors import StoreError
from omnibound.store.queries import migrations
from omnibound.store.sqlite import migrate

NEWEST = migrations()[-1][0]
PUT = "INSERT INTO pairs (side, number, filling) VALUES (?, ?, randomblob(2000))"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.sqlite3"
    migrate(path)
    with closing(apsw.Connection(str(path))) as database:
        database.execute("CREATE TABLE pairs (side, number, filling)")
        with database:
            for number in range(2_000):
                put(database, number)
    return path


def put(database: apsw.Connection, number: int) -> None:
    """Both sides, in one transaction."""
    with database:
        database.execute(PUT, ("left", number))
        database.execute(PUT, ("right", number))


@contextmanager
def written_to(path: Path, committed: list[int]) -> Iterator[None]:
    """Somebody commits without a pause."""
    stop = threading.Event()

    def write() -> None:
        with closing(apsw.Connection(str(path))) as database:
            database.set_busy_timeout(10_000)
            while not stop.is_set():
                put(database, 10_000 + len(committed))
                committed.append(10_000 + len(committed))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def sides(path: Path) -> dict[str, set[int]]:
    with closing(apsw.Connection(str(path))) as database:
        rows = list(database.execute("SELECT side, number FROM pairs"))
    return {name: {number for side, number in rows if side == name} for name in ("left", "right")}


def test_one_instant_while_others_write(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "PAGES", 16)
    committed: list[int] = []
    with written_to(source, committed):
        while len(committed) < 20:
            pass
        before = list(committed)
        assert copy_database(source, tmp_path / "copy") == NEWEST
        meanwhile = len(committed) - len(before)
    found = sides(tmp_path / "copy")
    assert meanwhile > 20, "nobody wrote while it was copied: the test has no power"
    assert found["left"] == found["right"]
    assert set(before) <= found["left"]
    assert check_copy(tmp_path / "copy") == NEWEST


def test_each_page_is_copied_once(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit between two steps neither begins the copy anew nor is in it: under load it would never end."""
    with closing(apsw.Connection(str(source))) as database:
        (pages,) = next(iter(database.execute("PRAGMA page_count")))
        rests: list[float] = []

        def rest(seconds: float) -> None:
            rests.append(seconds)
            assert len(rests) <= pages // 100 + 1, "it begins anew"
            put(database, 10_000 + len(rests))

        monkeypatch.setattr(copying, "PAGES", 100)
        monkeypatch.setattr(copying.time, "sleep", rest)
        copy_database(source, tmp_path / "copy")
    assert len(rests) > 5
    assert sides(tmp_path / "copy")["left"] == set(range(2_000))


def test_what_is_only_in_the_log_is_copied(source: Path, tmp_path: Path) -> None:
    with closing(apsw.Connection(str(source))) as database:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        put(database, 5_000)
        copy_database(source, tmp_path / "copy")
    assert 5_000 in sides(tmp_path / "copy")["left"]
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy"]


def test_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database"):
        copy_database(tmp_path / "none", tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreError, match="cannot be copied"):
        copy_database(tmp_path / "source", tmp_path / "copy")


def test_a_half_moved_one_is_not_copied(source: Path, tmp_path: Path) -> None:
    source.rename(source.with_name(f"{source.name}.moving"))
    with pytest.raises(StoreError, match="was cut off"):
        copy_database(source, tmp_path / "copy")


def test_damage_is_seen(source: Path, tmp_path: Path) -> None:
    copy_database(source, tmp_path / "copy")
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "copy").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match=r"is damaged|is not a whole database"):
        check_copy(tmp_path / "copy")
    (tmp_path / "copy").write_bytes(b"garbage")
    with pytest.raises(StoreError, match="is not a whole database"):
        check_copy(tmp_path / "copy")


def test_one_of_a_newer_omnibound(source: Path) -> None:
    with closing(apsw.Connection(str(source))) as database:
        database.execute(f"PRAGMA user_version = {NEWEST + 1}")
    with pytest.raises(StoreError, match="use a newer one"):
        check_copy(source)
