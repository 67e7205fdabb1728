"""SQLite: WAL, synchronous=FULL, one writer thread with group commit, readers apart."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any

import apsw

from omnibound.domain.changes import Changes
from omnibound.store.errors import StoreError
from omnibound.store.queries import Query, migrations
from omnibound.store.sqlite_writer import Task, Writer

BUSY_MS = 10_000
READERS = 2
_WRITING = (
    "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 20000", "PRAGMA temp_store = MEMORY",
)  # fmt: skip
_READING = ("PRAGMA query_only = 1", "PRAGMA cache_size = -32768", "PRAGMA temp_store = MEMORY")

Step = tuple[Query, dict[str, object]]


class Sqlite:
    """A database file with its writer and its readers. Made by `open_sqlite`."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.path = path
        self._writer = Writer(_connect(path, _WRITING), loop)
        self._readers = ThreadPoolExecutor(READERS, "omnibound-reader")
        self._connections: list[apsw.Connection] = []
        self._local = local()

    def record(self, changes: Changes) -> "asyncio.Future[None]":
        """Commit changes with the next group; see `Writer.record`."""
        return self._writer.record(changes)

    async def rows(self, query: Query, **values: object) -> list[tuple[Any, ...]]:
        """All rows of a read, from what is committed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._fetch, query, query.row(**values))

    async def write(self, *steps: Step) -> list[list[tuple[Any, ...]]]:
        """Run rare statements in one transaction; the rows that each RETURNs. Raises Taken on a broken constraint."""

        def task(cursor: apsw.Cursor) -> list[list[tuple[Any, ...]]]:
            return [list(cursor.execute(query.sql, query.row(**values))) for query, values in steps]

        return await self._writer.run(task)

    def transact(self, task: Task) -> "asyncio.Future[Any]":
        """Run a function of a cursor in one transaction: for claims that decide by what they read."""
        return self._writer.run(task)

    async def close(self) -> None:
        """Commit what was handed in and close every connection."""
        await self._writer.close()
        self._readers.shutdown()
        for connection in self._connections:
            connection.close()

    def _fetch(self, query: Query, row: Sequence[Any]) -> list[tuple[Any, ...]]:
        cursor: apsw.Cursor | None = getattr(self._local, "cursor", None)
        if cursor is None:
            connection = _connect(self.path, _READING)
            self._connections.append(connection)
            cursor = self._local.cursor = connection.cursor()
        return list(cursor.execute(query.sql, tuple(row)))


def migrate(path: Path) -> tuple[int, int]:
    """Bring a database to the newest shape; (from, to) migration numbers. Creates the file and its folder.

    Raises StoreError when the file is of a newer Omnibound than this one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(path, _WRITING)
    try:
        return _migrate(connection)
    finally:
        connection.close()


def _migrate(connection: apsw.Connection) -> tuple[int, int]:
    with connection:
        start = int(connection.pragma("user_version") or 0)
        known = migrations()
        newest = known[-1][0]
        if start > newest:
            raise StoreError(f"the database is at migration {start}, this Omnibound knows {newest}: use a newer one")
        for number, sql in known:
            if number > start:
                connection.execute(sql)
                connection.pragma("user_version", number)
        return start, newest


def schema_version(path: Path) -> int:
    """The number of the last migration of a database file, 0 for a new one."""
    if not path.exists():
        return 0
    connection = _connect(path, ())
    try:
        return int(connection.pragma("user_version") or 0)
    finally:
        connection.close()


def _connect(path: Path, pragmas: Sequence[str]) -> apsw.Connection:
    connection = apsw.Connection(str(path), statementcachesize=200)
    connection.set_busy_timeout(BUSY_MS)
    for pragma in pragmas:
        connection.execute(pragma)
    return connection
