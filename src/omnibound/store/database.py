"""What the modules of the store need of a database: SQLite and PostgreSQL both do it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from omnibound.domain.changes import Changes
from omnibound.ports.store import OnCommit
from omnibound.store.queries import Query

Row = tuple[Any, ...]
Step = tuple[Query, Mapping[str, object]]
"""A statement and the values of its parameters. A list is an array: of numbers or texts, or of pairs."""

T = TypeVar("T")


class Transaction(Protocol):
    """One transaction, as its task sees it."""

    async def rows(self, query: Query, **values: object) -> list[Row]:
        """Run a statement; the rows that it gives."""
        ...

    async def many(self, query: Query, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for each row, its values in the order of the statement's `names`; no two rows of one key."""
        ...


Task = Callable[[Transaction], Awaitable[T]]
"""Work in one transaction. It awaits nothing but the transaction, and changes nothing else: it may be run again."""


class Database(Protocol):
    """An open database."""

    def record(self, changes: Changes) -> "asyncio.Future[None]":
        """Commit with the next group; fails with Stale, Taken or StoreError, and then nothing of it is kept."""
        ...

    async def rows(self, query: Query, **values: object) -> list[Row]:
        """All rows of a read, from what is committed. Raises StoreError."""
        ...

    async def write(self, *steps: Step) -> list[list[Row]]:
        """Run rare statements in one transaction; the rows that each RETURNs. Raises Taken on a broken constraint."""
        ...

    async def transact(self, task: Task[T]) -> T:
        """Run a task in one transaction: for claims that decide by what they read. Raises what the task raises."""
        ...

    def observe(self, on_commit: OnCommit) -> None:
        """Tell this one of every group that `record` commits from now on, by the thread that writes."""
        ...

    def fence(self, incarnation: int) -> None:
        """Write as this node: from the moment at which another one takes it over, all writes fail with TakenOver."""
        ...

    async def changed(self, within_s: float) -> None:
        """Wait until another process may have written something rare, at most so many seconds."""
        ...

    def hurry(self, within_s: float) -> None:
        """Wait at most so many seconds more for a database that is away; what is not committed then fails with Away."""
        ...

    async def close(self) -> None:
        """Commit what was handed in and close."""
        ...
