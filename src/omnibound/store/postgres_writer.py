"""The one writer of a PostgreSQL database: a task that commits what has come while it was busy, as one group."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable

from omnibound.domain.changes import Changes
from omnibound.domain.errors import Refused
from omnibound.ports.store import OnCommit, Stale, Taken, TakenOver, nobody_watches
from omnibound.store.database import Row
from omnibound.store.errors import Away, Closed, StoreError
from omnibound.store.folding import fold
from omnibound.store.observing import tell
from omnibound.store.postgres_driver import AGAIN, BROKEN, DOUBLE, LOST, Connection
from omnibound.store.postgres_rows import HOT, HotWrite

ROWS_A_GROUP = 5_000
FEW = 20
"""Rows that are cheaper inserted than copied."""

PATIENCE = 20
"""How often a group is tried again after deadlocks."""

RECONNECT_AT_MOST_S = 2.0
CLOSES_WITHIN_S = 5.0
PAUSE_S = 0.05
"""Whoever tries again what failed at once must not spin."""

STANDS = "SELECT incarnation FROM nodes WHERE incarnation = $1 FOR KEY SHARE"
"""Whether a node is not taken over, nor will be before the transaction is done. A renewed lease is not in its way."""

_BEGUN = f"SELECT pg_current_xact_id()::text, ({STANDS})"

_log = logging.getLogger("omnibound.store")

Connect = Callable[[], Awaitable[Connection]]


class _Unit:
    __slots__ = ("future", "work")

    def __init__(self, work: Changes, future: "asyncio.Future[None]") -> None:
        self.work = work
        self.future = future


class _InDoubt(Exception):
    """The connection was lost; the transaction may be committed."""

    def __init__(self, transaction: str) -> None:
        super().__init__(transaction)
        self.transaction = transaction


class Writer:
    """Owns the writing connection. Every unit is committed whole or not at all; neighbours never fail with it."""

    def __init__(self, connection: Connection, connect: Connect) -> None:
        self._connection = connection
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._units: deque[_Unit] = deque()
        self._wake = asyncio.Event()
        self.on_commit: OnCommit = nobody_watches
        self._closed = False
        self.fence = 0
        """The node that writes; 0: a command does."""
        self._until: float | None = None
        self._task = self._loop.create_task(self._run(), name="omnibound-writer")

    def record(self, changes: Changes) -> "asyncio.Future[None]":
        """Commit changes with the next group. The future fails with Stale, Taken or StoreError: nothing is kept."""
        if self._closed:
            raise Closed("the store is closed")
        future: asyncio.Future[None] = self._loop.create_future()
        self._units.append(_Unit(changes, future))
        self._wake.set()
        return future

    def hurry(self, within_s: float) -> None:
        """Wait at most so many seconds more for a database that is away: what is not committed then fails with Away.

        What was cut off in its COMMIT may be found done all the same, as after a crash.
        """
        until = self._loop.time() + within_s
        self._until = until if self._until is None else min(self._until, until)

    async def close(self) -> None:
        """Commit what was handed in, then close the connection."""
        self._closed = True
        self.hurry(CLOSES_WITHIN_S)
        self._wake.set()
        await self._task
        await self._connection.close()

    async def _run(self) -> None:
        while not (self._closed and not self._units):
            if not self._units:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._settle(self._group())

    def _group(self) -> list[_Unit]:
        units = self._units
        group = [units.popleft()]
        rows = group[0].work.size()
        while units and rows < ROWS_A_GROUP:
            group.append(units.popleft())
            rows += group[-1].work.size()
        return group

    async def _settle(self, group: list[_Unit]) -> None:
        try:
            await self._commit([unit.work for unit in group])
        except (Away, TakenOver) as error:
            for unit in group:
                _resolve(unit, error)
            await asyncio.sleep(PAUSE_S)
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, each unit tells its own caller
            for unit in group:
                await self._alone(unit, error, len(group))
            return
        for unit in group:
            _resolve(unit)

    async def _alone(self, unit: _Unit, error: Exception, of: int) -> None:
        """What breaks a constraint is found by trying each alone."""
        try:
            if of == 1:
                raise error
            await self._commit([unit.work])
        except Exception as own:  # noqa: BLE001 - it belongs to the caller of this unit
            _resolve(unit, _told(own))
        else:
            _resolve(unit)

    async def _commit(self, works: list[Changes]) -> None:
        """Commit works in their order, however often the database goes away meanwhile."""
        began = self._loop.time()
        whole = fold(works)
        careful = False
        deadlocks = 0
        while True:
            try:
                await self._try(whole, careful=careful)
                break
            except DOUBLE:
                if careful:
                    raise
                careful = True
            except AGAIN as error:
                deadlocks += 1
                if deadlocks > PATIENCE:
                    raise StoreError(f"deadlocks without end: {error}") from error
                await asyncio.sleep(random.uniform(0, 0.01 * deadlocks))  # noqa: S311 - spreads the tries
            except _InDoubt as doubt:
                await self._reconnect(doubt.__cause__ or doubt)
                if await self._committed(doubt.transaction):
                    break
        tell(self.on_commit, whole, self._loop.time() - began)

    async def _try(self, whole: Changes, *, careful: bool) -> None:
        transaction = ""
        if self._connection.is_closed():
            raise _InDoubt(transaction) from _closed()
        try:
            await self._connection.execute("BEGIN")
            ((transaction, stands),) = await self._connection.fetch(_BEGUN, self.fence)
            if self.fence and stands is None:
                raise TakenOver()
            await self._write(whole, careful=careful)
            await self._connection.execute("COMMIT")
        except LOST as error:
            raise _InDoubt(transaction) from error
        except BaseException:
            await self._roll_back(transaction)
            raise

    async def _roll_back(self, transaction: str) -> None:
        if self._connection.is_closed():
            raise _InDoubt(transaction) from _closed()
        try:
            await self._connection.execute("ROLLBACK")
        except LOST as error:
            raise _InDoubt(transaction) from error

    async def _write(self, changes: Changes, *, careful: bool) -> None:
        for hot in HOT:
            if not getattr(changes, hot.name):
                continue
            rows = hot.rows(changes)
            if not rows:
                continue
            if not hot.copies:
                await self._arrays(hot, rows)
            elif len(rows) < FEW or (careful and hot.upserts):
                await self._connection.executemany(hot.sql, rows)
            else:
                await self._connection.copy_records_to_table(hot.table, records=rows, columns=hot.columns)

    async def _arrays(self, hot: HotWrite, rows: list[Row]) -> None:
        tag = await self._connection.execute(hot.sql, *zip(*rows, strict=True))
        if hot.counted and int(tag.rpartition(" ")[2]) != len(rows):
            raise Stale(f"{hot.name}: a row was changed by somebody else")

    async def _reconnect(self, why: BaseException) -> None:
        if not self._late():
            _log.error("the database is away: %s", str(why) or type(why).__name__)
        self._connection.terminate()
        wait = 0.05
        while not self._late():
            try:
                async with asyncio.timeout_at(self._until):
                    self._connection = await self._connect()
                _log.warning("the database is back")
                return
            except (StoreError, *LOST):
                pass
            await asyncio.sleep(wait)
            wait = min(2 * wait, RECONNECT_AT_MOST_S)
        raise Away() from why

    def _late(self) -> bool:
        return self._until is not None and self._loop.time() >= self._until

    async def _committed(self, transaction: str) -> bool:
        """Whether a transaction that was cut off is committed; waits while its old connection is still at it."""
        while transaction:
            try:
                state = await self._connection.fetchval("SELECT pg_xact_status($1::text::xid8)", transaction)
            except LOST as error:
                await self._reconnect(error)
                continue
            if state != "in progress":
                return state == "committed"
            await asyncio.sleep(0.05)
        return False


def _closed() -> ConnectionError:
    return ConnectionError("the server closed the connection")


def _told(error: Exception) -> Exception:
    if isinstance(error, BROKEN):
        return Taken(str(error))
    if not isinstance(error, Stale | Taken | StoreError | Refused):
        _log.error("a unit of work failed", exc_info=error)
    return error


def _resolve(unit: _Unit, error: Exception | None = None) -> None:
    if unit.future.done():
        return
    if error is None:
        unit.future.set_result(None)
    else:
        unit.future.set_exception(error)
