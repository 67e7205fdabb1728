"""The one writer of a SQLite database: a thread that commits what has come while it was busy, as one group."""

import asyncio
import logging
import time
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any

import apsw

from omnibound.domain.changes import Changes
from omnibound.domain.errors import Refused
from omnibound.ports.store import OnCommit, Stale, Taken, nobody_watches
from omnibound.store.cursor import Cursor, bound, cursor_of
from omnibound.store.database import Row, T, Task
from omnibound.store.errors import Closed, Full, StoreError
from omnibound.store.folding import fold
from omnibound.store.observing import tell
from omnibound.store.queries import Query, queries
from omnibound.store.rows import WRITES

ROWS_A_GROUP = 5_000
PAUSE_S = 0.5
"""Whoever tries again what a full disk did not take must not spin."""

_HOT = [(queries("hot")[name], rows) for name, rows in WRITES.items()]
_log = logging.getLogger("omnibound.store")


class _Unit:
    __slots__ = ("future", "task", "work")

    def __init__(self, work: Changes | None, task: Task[Any] | None, future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.task = task
        self.future = future


class Writer:
    """Owns the writing connection. Every unit is committed whole or not at all; neighbours never fail with it."""

    def __init__(self, connection: apsw.Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._cursor = cursor_of(connection)
        self._loop = loop
        self._queue: SimpleQueue[_Unit | None] = SimpleQueue()
        self.on_commit: OnCommit = nobody_watches
        self._closed = False
        self._full = False
        self._thread = Thread(target=self._run, name="omnibound-writer", daemon=True)
        self._thread.start()

    def record(self, changes: Changes) -> "asyncio.Future[None]":
        """Commit changes with the next group. The future fails with Stale, Taken or StoreError: nothing is kept."""
        return self._submit(changes, None)

    def run(self, task: Task[T]) -> "asyncio.Future[T]":
        """Run a task in the next group's transaction; the future gives what it returns."""
        return self._submit(None, task)

    def _submit(self, work: Changes | None, task: Task[Any] | None) -> "asyncio.Future[Any]":
        if self._closed:
            raise Closed("the store is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(_Unit(work, task, future))
        return future

    async def close(self) -> None:
        """Commit what was handed in, then end the thread."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    # --- in the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            rows = first.work.size() if first.work else 1
            last = False
            while rows < ROWS_A_GROUP and not self._queue.empty():
                unit = self._queue.get()
                if unit is None:
                    last = True
                    break
                group.append(unit)
                rows += unit.work.size() if unit.work else 1
            self._settle(group)
            if last:
                return

    def _settle(self, group: list[_Unit]) -> None:
        answers: list[tuple[_Unit, Any, Exception | None]]
        try:
            answers = [(unit, value, None) for unit, value in zip(group, self._commit(group), strict=True)]
        except Exception as error:  # noqa: BLE001 - whatever it was, each unit tells its own caller
            answers = [self._alone(unit, error, len(group)) for unit in group]
        self._loop.call_soon_threadsafe(_resolve, answers)
        self._look_at_room(answers)

    def _look_at_room(self, answers: list[tuple[_Unit, Any, Exception | None]]) -> None:
        """The log says once that the disk is full, and once that it has room again."""
        full = any(isinstance(error, Full) for _, _, error in answers)
        if full and not self._full:
            _log.error("the disk of the database is full: nothing new is taken")
        elif self._full and not full:
            _log.warning("the disk of the database has room again")
        self._full = full
        if full:
            time.sleep(PAUSE_S)

    def _alone(self, unit: _Unit, error: Exception, of: int) -> tuple[_Unit, Any, Exception | None]:
        """What breaks a constraint is found by trying each alone."""
        try:
            if of == 1:
                raise error
            return unit, self._commit([unit])[0], None
        except Exception as own:  # noqa: BLE001 - it belongs to the caller of this unit
            told = _told(own)
            # What a task refuses is its caller's to tell.
            if not isinstance(told, Stale | Taken | StoreError | Refused):
                _log.exception("a unit of work failed")
            return unit, None, told

    def _commit(self, group: list[_Unit]) -> list[Any]:
        began = time.perf_counter()
        whole = fold([unit.work for unit in group if unit.work is not None])
        execute = self._cursor.execute
        execute("BEGIN IMMEDIATE")
        try:
            self._write(whole)
            answers = [_at_once(unit.task, self._cursor) if unit.task else None for unit in group]
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise
        tell(self.on_commit, whole, time.perf_counter() - began)
        return answers

    def _write(self, changes: Changes) -> None:
        for query, to_rows in _HOT:
            if getattr(changes, query.name):
                self._many(query, to_rows(changes))

    def _many(self, query: Query, rows: list[Row]) -> None:
        if not query.counted:
            self._cursor.executemany(query.sql, rows)
            return
        before = self._connection.total_changes()
        self._cursor.executemany(query.sql, rows)
        if self._connection.total_changes() - before != len(rows):
            raise Stale(f"{query.name}: a row was changed by somebody else")


def _told(error: Exception) -> Exception:
    match error:
        case apsw.ConstraintError():
            return Taken(str(error))
        case apsw.FullError():
            full = Full()
            full.__cause__ = error
            return full
        case _:
            return error


class _Running:
    """See `Transaction`: here every statement is done when it is called."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    async def rows(self, query: Query, **values: object) -> list[Row]:
        return list(self._cursor.execute(query.sql, bound(query, values)))

    async def many(self, query: Query, rows: Sequence[Sequence[object]]) -> None:
        self._cursor.executemany(query.sql, rows)


def _at_once(task: Task[Any], cursor: Cursor) -> Any:
    """Run a task to its end without an event loop: nothing that it awaits has to be waited for."""
    work = task(_Running(cursor)).__await__()
    try:
        next(work)
    except StopIteration as end:
        return end.value
    raise StoreError("a transaction may await nothing but its statements")


def _resolve(answers: list[tuple[_Unit, Any, Exception | None]]) -> None:
    for unit, value, error in answers:
        if unit.future.done():
            continue
        if error is None:
            unit.future.set_result(value)
        else:
            unit.future.set_exception(error)
