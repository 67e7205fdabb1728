"""The log of a file is brought in behind the writer: from some pages on, once more after the log has begun anew."""

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import apsw
import pytest

from omnibound.store import checkpoints
from omnibound.store.checkpoints import Checkpoints

WITHIN_S = 20


class Copying(apsw.Connection):
    """Tells of each time that it has brought pages in: (pages of the log, those of them that are in the file)."""

    told: "SimpleQueue[tuple[int, int]]"

    def wal_checkpoint(self, *words: Any, **more: Any) -> tuple[int, int]:
        done = super().wal_checkpoint(*words, **more)
        self.told.put(done)
        return done


class File:
    """A database with a writer and checkpoints beside it; of commits `log` has the pages of the log after each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = Copying(str(path))
        self.writer.told = self.by_writer = SimpleQueue()
        for statement in ("PRAGMA journal_mode = WAL", "CREATE TABLE t (n INTEGER PRIMARY KEY, body BLOB)"):
            self.writer.execute(statement)
        copying = Copying(str(path))
        copying.told = self.behind = SimpleQueue()
        self.checkpoints = Checkpoints(copying)
        self.log: list[int] = []
        self.writer.set_wal_hook(self._committed)

    def _committed(self, connection: apsw.Connection, database: str, pages: int) -> int:
        self.log.append(pages)
        return self.checkpoints.committed(connection, database, pages)

    def commit(self, pages: int) -> None:
        self.writer.execute("INSERT INTO t (body) VALUES (zeroblob(?))", (pages * 4_000,))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[File]:
    monkeypatch.setattr(checkpoints, "SOME", 20)
    monkeypatch.setattr(checkpoints, "MOST", 200)
    made = File(tmp_path / "file.db")
    yield made
    made.checkpoints.close()
    made.writer.close()


def test_from_some_pages_on_they_are_brought_in_behind_the_writer(file: File) -> None:
    file.commit(5)
    assert file.log[-1] < 20
    file.commit(30)
    assert file.behind.get(timeout=WITHIN_S) == (file.log[-1], file.log[-1])
    assert file.path.stat().st_size > 30 * 4_000
    assert (file.behind.empty(), file.by_writer.empty()) == (True, True)


def test_what_is_in_does_not_count_and_a_new_log_counts_from_its_begin(file: File) -> None:
    file.commit(30)
    file.behind.get(timeout=WITHIN_S)
    file.commit(5)
    # All was in, so the log has begun anew.
    assert file.log[-1] < 20
    file.commit(30)
    assert file.behind.get(timeout=WITHIN_S) == (file.log[-1], file.log[-1])
    assert file.behind.empty()


def test_the_writer_does_the_rest_of_a_log_that_is_long(file: File) -> None:
    file.commit(250)
    assert file.by_writer.get(timeout=WITHIN_S) == (file.log[-1], file.log[-1])
    assert file.behind.empty()


def test_a_commit_does_not_fail_with_what_follows_it(file: File, caplog: pytest.LogCaptureFixture) -> None:
    def full(*_words: Any, **_more: Any) -> tuple[int, int]:
        raise apsw.FullError("database or disk is full")

    def busy(*_words: Any, **_more: Any) -> tuple[int, int]:
        raise apsw.BusyError("database is locked")

    for broken in (full, busy):
        file.writer.wal_checkpoint = broken  # type: ignore[method-assign]
        file.commit(250)
    assert file.writer.execute("SELECT count(*) FROM t").fetchall() == [(2,)]
    assert [record.message for record in caplog.records] == [
        "the log of the database cannot be brought in: database or disk is full"
    ]
