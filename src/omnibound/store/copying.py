"""A copy of a SQLite database while others write to it, and the look at one before somebody serves from it."""

import os
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from omnibound.store.cursor import cursor_of, user_version
from omnibound.store.errors import StoreError
from omnibound.store.moving import refuse_half_moved
from omnibound.store.queries import migrations

PAGES = 256
"""Copied between two looks at the clock: a MiB. The copy rests as long as it worked, so that a server beside it is
disturbed for moments only."""
BUSY_MS = 10_000


def copy_database(source: Path, target: Path) -> int:
    """Copy a database as it is at this instant, with all that was committed before; the number of its migration.

    One read transaction holds the instant, however much is committed meanwhile. The copy is on the disk at the end.
    Raises StoreError where there is nothing to copy, OSError where it cannot be written.
    """
    refuse_half_moved(source)
    if not source.is_file():
        raise StoreError(f"there is no database {source}")
    try:
        with _instant(source) as read, closing(apsw.Connection(str(target))) as written, target.open("rb") as file:
            _copy(read, written, file.fileno())
            return user_version(cursor_of(written))
    except apsw.FullError as error:
        raise StoreError(f"there is no room for the copy {target}") from error
    except apsw.Error as error:
        raise StoreError(f"{source} cannot be copied: {error}") from error


@contextmanager
def _instant(path: Path) -> Generator[apsw.Connection]:
    with closing(apsw.Connection(str(path))) as connection:
        connection.set_busy_timeout(BUSY_MS)
        cursor = cursor_of(connection)
        cursor.execute("BEGIN")
        # The first read chooses the instant. Without it each step would see a newer one, and begin anew.
        user_version(cursor)
        yield connection


def _copy(source: apsw.Connection, target: apsw.Connection, file: int) -> None:
    with target.backup("main", source, "main") as copying:
        while not copying.done:
            began = time.monotonic()
            copying.step(PAGES)
            # Bit by bit: a flood of pages at the end would make every commit of the server wait for it.
            os.fdatasync(file)
            time.sleep(time.monotonic() - began)


def check_copy(path: Path) -> int:
    """The number of its migration. Raises StoreError where the file is damaged, or of a newer Omnibound than this."""
    newest = migrations()[-1][0]
    try:
        with closing(apsw.Connection(str(path))) as connection:
            cursor = cursor_of(connection)
            version = user_version(cursor)
            told = [str(line) for (line,) in cursor.execute("PRAGMA integrity_check(3)")]
    except apsw.Error as error:
        raise StoreError(f"{path} is not a whole database: {error}") from error
    if told != ["ok"]:
        raise StoreError(f"{path} is damaged: {'; '.join(told)}")
    if version > newest:
        raise StoreError(f"the database is at migration {version}, this Omnibound knows {newest}: use a newer one")
    return version
