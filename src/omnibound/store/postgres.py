"""PostgreSQL: one writing connection with group commit, and a pool of connections for all else."""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from omnibound.domain.changes import Changes
from omnibound.ports.store import OnCommit, Taken, TakenOver
from omnibound.store.database import Row, Step, T, Task, Transaction
from omnibound.store.errors import Away, Closed
from omnibound.store.postgres_driver import AGAIN, BROKEN, LOST, MISUSED, Connection, Pool, connect, lost, open_pool
from omnibound.store.postgres_hints import Hints
from omnibound.store.postgres_writer import STANDS, Writer
from omnibound.store.queries import Query

PATIENCE_S = 3.0
"""How long a read waits for a server that went away, or a transaction for others to let it through."""


class _Running:
    """See `Transaction`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, query: Query, **values: object) -> list[Row]:
        return await fetch(self._connection, query, values)

    async def many(self, query: Query, rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            return
        if query.arrays:
            await self._connection.execute(query.postgres, *zip(*rows, strict=True))
        else:
            await self._connection.executemany(query.postgres, rows)


class Postgres:
    """A database with its writer and its pool. Made by `connected`."""

    def __init__(self, url: str, pool: Pool, writer: Writer, hints: Hints) -> None:
        self.url = url
        self.pool = pool
        self._writer = writer
        self._hints = hints
        self._fence = 0
        self._closed = False

    def record(self, changes: Changes) -> "asyncio.Future[None]":
        """Commit changes with the next group; see `Writer.record`."""
        return self._writer.record(changes)

    async def rows(self, query: Query, **values: object) -> list[Row]:
        """All rows of a read, from what is committed; waits a while for a server that went away. Raises Away."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                async with self._acquired() as connection:
                    return await fetch(connection, query, values)
            except LOST as error:
                await self._patient(deadline, error)

    async def write(self, *steps: Step) -> list[list[Row]]:
        """Run rare statements in one transaction, and tell other processes that something changed."""

        async def task(tx: Transaction) -> list[list[Row]]:
            return [await tx.rows(query, **values) for query, values in steps]

        answers = await self.transact(task)
        await self._hints.give(self.pool)
        return answers

    async def transact(self, task: Task[T]) -> T:
        """Run a task in one transaction; once more when others were in its way. Raises Taken, Away."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                async with self._acquired() as connection, connection.transaction():
                    await self._stand(connection)
                    return await task(_Running(connection))
            except AGAIN as error:
                await self._patient(deadline, error)
            except BROKEN as error:
                raise Taken(str(error)) from error
            except LOST as error:
                raise Away() from error

    def observe(self, on_commit: OnCommit) -> None:
        """Tell this one of every commit."""
        self._writer.on_commit = on_commit

    def fence(self, incarnation: int) -> None:
        """Write as this node: from the moment at which another one takes it over, all writes fail with TakenOver."""
        self._fence = self._writer.fence = incarnation

    async def changed(self, within_s: float) -> None:
        """Wait until a process says that it wrote something rare; at most so many seconds."""
        await self._hints.wait(within_s)

    def hurry(self, within_s: float) -> None:
        """Wait at most so many seconds more for a server that is away; see `Writer.hurry`."""
        self._writer.hurry(within_s)

    async def close(self) -> None:
        """Commit what was handed in and close every connection."""
        if self._closed:
            return
        self._closed = True
        await self._writer.close()
        await self._hints.close()
        await self.pool.close()

    async def _stand(self, connection: Connection) -> None:
        """Nobody takes this node over until the transaction is done. Raises TakenOver."""
        if self._fence and await connection.fetchval(STANDS, self._fence) is None:
            raise TakenOver()

    @asynccontextmanager
    async def _acquired(self) -> AsyncGenerator[Connection]:
        if self._closed:
            raise Closed("the store is closed")
        async with self.pool.acquire() as connection:
            try:
                yield connection
            except MISUSED as error:
                if not lost(connection):
                    raise
                raise ConnectionResetError("the connection was lost") from error

    async def _patient(self, deadline: float, error: Exception) -> None:
        if asyncio.get_running_loop().time() > deadline:
            raise Away() from error
        await asyncio.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - spreads the tries


async def fetch(connection: Connection, query: Query, values: Mapping[str, object]) -> list[Row]:
    """Run a statement on a connection; its rows as plain tuples."""
    return [tuple(record) for record in await connection.fetch(query.postgres, *query.postgres_row(**values))]


async def connected(url: str) -> Postgres:
    """An open database, as it is. Raises StoreError."""
    writing = await connect(url)
    hints = Hints(lambda: connect(url))
    await hints.listen()
    return Postgres(url, await open_pool(url), Writer(writing, lambda: connect(url)), hints)
