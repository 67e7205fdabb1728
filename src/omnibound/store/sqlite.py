"""SQLite: WAL, synchronous=FULL, one writer thread with group commit, readers apart."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local

import apsw

from omnibound.domain.changes import Changes
from omnibound.ports.store import OnCommit
from omnibound.store.checkpoints import Checkpoints
from omnibound.store.cursor import Cursor, bound, cursor_of, user_version
from omnibound.store.database import Row, Step, T, Task, Transaction
from omnibound.store.errors import Closed, StoreError
from omnibound.store.queries import Query, migrations
from omnibound.store.sqlite_writer import Writer

BUSY_MS = 10_000
READERS = 2
# No `PRAGMA optimize`, no ANALYZE: counted while a table is small, its statistics make claims scan it when it is big.
_WRITING = (
    "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 20000", "PRAGMA journal_size_limit = 134217728", "PRAGMA temp_store = MEMORY",
)  # fmt: skip
_COPYING = ("PRAGMA synchronous = FULL",)
_READING = ("PRAGMA query_only = 1", "PRAGMA cache_size = -32768", "PRAGMA temp_store = MEMORY")


class Sqlite:
    """A database file with its writer and its readers. Made by `open_sqlite`."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.path = path
        connection = _connect(path, _WRITING)
        self._checkpoints = Checkpoints(_connect(path, _COPYING))
        connection.set_wal_hook(self._checkpoints.committed)
        self._writer = Writer(connection, loop)
        self._readers = ThreadPoolExecutor(READERS, "omnibound-reader")
        self._connections: list[apsw.Connection] = []
        self._local = local()
        self._closed = False

    def record(self, changes: Changes) -> "asyncio.Future[None]":
        """Commit changes with the next group; see `Writer.record`."""
        return self._writer.record(changes)

    async def rows(self, query: Query, **values: object) -> list[Row]:
        """All rows of a read, from what is committed. Raises Closed."""
        if self._closed:
            raise Closed("the store is closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._fetch, query, bound(query, values))

    async def write(self, *steps: Step) -> list[list[Row]]:
        """Run rare statements in one transaction; the rows that each RETURNs. Raises Taken on a broken constraint."""

        async def task(tx: Transaction) -> list[list[Row]]:
            return [await tx.rows(query, **values) for query, values in steps]

        return await self._writer.run(task)

    async def transact(self, task: Task[T]) -> T:
        """Run a task in one transaction: for claims that decide by what they read."""
        return await self._writer.run(task)

    def observe(self, on_commit: OnCommit) -> None:
        """Tell this one of every commit."""
        self._writer.on_commit = on_commit

    def fence(self, incarnation: int) -> None:
        """The data folder is locked: nobody takes it over."""

    async def changed(self, within_s: float) -> None:
        """Wait so many seconds: nobody tells."""
        await asyncio.sleep(within_s)

    def hurry(self, within_s: float) -> None:
        """A file is never away."""

    async def close(self) -> None:
        """Commit what was handed in and close every connection."""
        self._closed = True
        await self._writer.close()
        await asyncio.to_thread(self._checkpoints.close)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._connections:
            connection.close()

    def _fetch(self, query: Query, row: Sequence[object]) -> list[Row]:
        cursor: Cursor | None = getattr(self._local, "cursor", None)
        if cursor is None:
            connection = _connect(self.path, _READING)
            self._connections.append(connection)
            cursor = self._local.cursor = cursor_of(connection)
        return list(cursor.execute(query.sql, row))


def migrate(path: Path) -> tuple[int, int]:
    """Bring a database to the newest shape; (from, to) migration numbers. Creates the file and its folder.

    Raises StoreError when the file is of a newer Omnibound than this one.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = _connect(path, _WRITING)
    try:
        return _migrate(cursor_of(connection))
    finally:
        connection.close()


def _migrate(cursor: Cursor) -> tuple[int, int]:
    # At once, not deferred: of two processes that start on a new file one waits for the other.
    cursor.execute("BEGIN IMMEDIATE")
    try:
        span = _bring_up(cursor)
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")
    return span


def _bring_up(cursor: Cursor) -> tuple[int, int]:
    start = user_version(cursor)
    known = migrations()
    newest = known[-1][0]
    if start > newest:
        raise StoreError(f"the database is at migration {start}, this Omnibound knows {newest}: use a newer one")
    for number, sql in known:
        if number > start:
            cursor.execute(sql)
            cursor.execute(f"PRAGMA user_version = {number}")
    return start, newest


def schema_version(path: Path) -> int:
    """The number of the last migration of a database file, 0 for a new one."""
    if not path.exists():
        return 0
    connection = _connect(path, ())
    try:
        return user_version(cursor_of(connection))
    finally:
        connection.close()


def _connect(path: Path, pragmas: Sequence[str]) -> apsw.Connection:
    connection = apsw.Connection(str(path), statementcachesize=200)
    connection.set_busy_timeout(BUSY_MS)
    cursor = cursor_of(connection)
    for pragma in pragmas:
        cursor.execute(pragma)
    return connection
