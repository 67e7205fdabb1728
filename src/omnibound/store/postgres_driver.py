"""PostgreSQL's driver as the store uses it: its own types are only partly known to a type checker."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - typed within, but it does not say so
import msgspec

from omnibound.store.errors import StoreError

AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
"""Somebody else was in the way: the whole transaction may be tried again."""

LOST = (
    OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError, asyncpg.TooManyConnectionsError, asyncpg.InternalClientError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)  # fmt: skip
"""The server went away, or is not there yet."""

MISUSED = asyncpg.InterfaceError
"""A connection was asked for what it cannot do; a lost one cannot do anything."""

BROKEN = (asyncpg.IntegrityConstraintViolationError, asyncpg.CardinalityViolationError)
"""A constraint forbids it."""

DOUBLE = asyncpg.UniqueViolationError
"""A row is there already."""

DriverError = asyncpg.PostgresError
"""Whatever the server says that went wrong."""

CONNECTIONS = 8
REACHED_WITHIN_S = 3.0
"""How long a connection of the pool may take to come up: whoever asked for it waits meanwhile."""

_SESSION = {
    "application_name": "omnibound", "jit": "off", "timezone": "UTC", "enable_seqscan": "off", "enable_hashjoin": "off",
    "enable_mergejoin": "off", "enable_bitmapscan": "off", "max_parallel_workers_per_gather": "0",
    "idle_in_transaction_session_timeout": "4000",
}  # fmt: skip
"""Every statement of ours goes by an index, row after row, and ends at its limit. Statistics of tables that are empty
now and full in a minute must not talk the planner into reading them whole. A process that was stopped, or cut off, in
the middle of a transaction must not keep its locks: nobody could take over what it had."""


class Connection(Protocol):
    """One connection. Raises what is listed above, and asyncpg.PostgresError."""

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement; its tag."""
        ...

    async def executemany(self, command: str, args: Iterable[Sequence[object]]) -> None:
        """Run a statement once a row."""
        ...

    async def fetch(self, query: str, *args: object) -> list[Sequence[Any]]:
        """The rows of a statement."""
        ...

    async def fetchval(self, query: str, *args: object) -> Any:
        """The first value of its first row, None without one."""
        ...

    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[object]], columns: Sequence[str]
    ) -> str:
        """Copy rows into a table."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[object]:
        """A transaction, committed at its end."""
        ...

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None:
        """Be told of what is notified."""
        ...

    def is_closed(self) -> bool:
        """Whether it is of no use any more."""
        ...

    def terminate(self) -> None:
        """Close it without a word."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...


class Pool(Protocol):
    """Connections to be borrowed."""

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """Borrow one."""
        ...

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement on any."""
        ...

    async def close(self) -> None:
        """Close them, when they were given back."""
        ...


async def connect(url: str) -> Connection:
    """A connection as the store needs it. Raises StoreError when the server cannot be reached."""
    try:
        connection = await asyncpg.connect(url, server_settings=_SESSION, timeout=10)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        await _prepared(connection)
    except (*LOST, asyncpg.PostgresError, ValueError) as error:
        raise StoreError(f"PostgreSQL cannot be reached: {error}") from error
    return cast(Connection, connection)


def lost(connection: Connection) -> bool:
    """Whether a borrowed connection was lost; the pool takes such a one back at once, and then it answers nothing."""
    try:
        return connection.is_closed()
    except MISUSED:
        return True


async def open_pool(url: str) -> Pool:
    """A pool as the store needs it. Raises StoreError when the server cannot be reached."""
    try:
        pool = await asyncpg.create_pool(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            url,
            min_size=0,
            max_size=CONNECTIONS,
            server_settings=_SESSION,
            init=_prepared,
            reset=_as_it_was,
            timeout=REACHED_WITHIN_S,
        )
    except (*LOST, asyncpg.PostgresError, ValueError) as error:
        raise StoreError(f"PostgreSQL cannot be reached: {error}") from error
    return cast(Pool, pool)


async def _prepared(connection: Any) -> None:
    await connection.set_type_codec("json", schema="pg_catalog", encoder=_json, decoder=msgspec.json.decode)


async def _as_it_was(_connection: Any) -> None:
    """Nothing of ours outlives a transaction: there is nothing to put back, which would cost a round trip a read."""


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
