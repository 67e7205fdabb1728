"""The shape of a PostgreSQL database: its migrations, and the parts of the days."""

from omnibound.domain.flow import DAY
from omnibound.domain.ids import first_id_at
from omnibound.store.errors import StoreError
from omnibound.store.postgres_driver import Connection, connect
from omnibound.store.queries import migrations

PARTED = {"messages": "id", "deliveries": "id", "events": "delivery", "outcomes": "delivery", "calls": "delivery"}
"""Tables that are parted by the day of an id, and its column."""

_LOCK = 0x0B0D
"""Of two processes that migrate, one waits for the other."""


async def migrate(url: str) -> tuple[int, int]:
    """Bring a database to the newest shape; (from, to) migration numbers.

    Raises StoreError when it cannot be reached, or is of a newer Omnibound than this one.
    """
    connection = await connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            return await _bring_up(connection)
    finally:
        await connection.close()


async def schema_version(url: str) -> int:
    """The number of the last migration of a database, 0 for an empty one. Raises StoreError."""
    connection = await connect(url)
    try:
        return await _version(connection)
    finally:
        await connection.close()


async def _version(connection: Connection) -> int:
    if await connection.fetchval("SELECT to_regclass('migrations')") is None:
        return 0
    return await connection.fetchval("SELECT max(number) FROM migrations") or 0


async def _bring_up(connection: Connection) -> tuple[int, int]:
    start = await _version(connection)
    known = migrations("postgres")
    newest = known[-1][0]
    if start > newest:
        raise StoreError(f"the database is at migration {start}, this Omnibound knows {newest}: use a newer one")
    await connection.execute("CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY)")
    for number, sql in known:
        if number > start:
            await connection.execute(sql)
            await connection.execute("INSERT INTO migrations (number) VALUES ($1)", number)
    return start, newest


def part(table: str, day: int) -> str:
    """The statement that makes the part of a table for a day."""
    first, last = span(day)
    return (
        f"CREATE TABLE IF NOT EXISTS {part_name(table, day)} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({last})"
    )


def part_name(table: str, day: int) -> str:
    """The part of a table that has a day, counted since 1970."""
    return f"{table}_d{day}"


def span(day: int) -> tuple[int, int]:
    """The ids of a day: from, to (not included)."""
    return first_id_at(day * DAY), first_id_at((day + 1) * DAY)
