"""An installation moves from SQLite to PostgreSQL: all rows in one transaction, counted on both sides."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import apsw

from omnibound.domain.flow import DAY
from omnibound.domain.ids import minted_at
from omnibound.store import postgres_shape
from omnibound.store.cursor import Cursor, cursor_of
from omnibound.store.database import Row
from omnibound.store.errors import StoreError
from omnibound.store.postgres_driver import Connection, connect
from omnibound.store.postgres_rows import Sharding, shard_by
from omnibound.store.postgres_shape import PARTED, part
from omnibound.store.sqlite import migrate

MOVED = ".moved"
"""What is added to the name of the file, so that nobody serves from it again."""

NUMBERED = ("touched", "shelves")
"""Tables whose rows the database numbers."""

CHUNK = 1_000
Told = Callable[[str, int], None]


def move(path: Path, url: str, told: Told) -> int:
    """Move all rows of a SQLite file to an empty PostgreSQL database; how many. `told` hears of each table.

    No server may run on either. Raises StoreError: then the database is as it was, and so is the file.
    """
    if not path.is_file():
        raise StoreError(f"there is no database {path}")
    migrate(path)
    source = apsw.Connection(str(path))
    try:
        moved = asyncio.run(_move(cursor_of(source), url, told))
    finally:
        source.close()
    path.rename(path.with_name(path.name + MOVED))
    return moved


async def _move(source: Cursor, url: str, told: Told) -> int:
    await postgres_shape.migrate(url)
    target = await connect(url)
    try:
        async with target.transaction():
            return await _tables(source, target, told)
    finally:
        await target.close()


async def _tables(source: Cursor, target: Connection, told: Told) -> int:
    names = [
        name for (name,) in source.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]  # fmt: skip
    for name in names:
        if await target.fetchval(f"SELECT EXISTS (SELECT 1 FROM {name})"):
            raise StoreError(f"the PostgreSQL database is not empty: it has {name}")
    await _parts(source, target)
    total = 0
    for name in names:
        count = await _table(source, target, name)
        told(name, count)
        total += count
    return total


async def _parts(source: Cursor, target: Connection) -> None:
    """Every day that has rows gets its parts before they come."""
    for table, column in PARTED.items():
        ((first, last),) = source.execute(f"SELECT min({column}), max({column}) FROM {table}")
        if first is None:
            continue
        for day in range(minted_at(first) // DAY, minted_at(last) // DAY + 1):
            await target.execute(part(table, day))


async def _table(source: Cursor, target: Connection, name: str) -> int:
    columns = [str(row[1]) for row in source.execute(f"PRAGMA table_info({name})")]
    sharded = await target.fetchval(
        "SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = $1::text::regclass AND attname = 'shard')", name
    )
    rows = source.execute(f"SELECT {', '.join(columns)} FROM {name}")
    shard = shard_by(name, columns) if sharded else None
    wide = [*columns, "shard"] if sharded else columns
    await target.copy_records_to_table(name, records=_rows(rows, shard), columns=wide)
    ((count,),) = source.execute(f"SELECT count(*) FROM {name}")
    found = await target.fetchval(f"SELECT count(*) FROM {name}")
    if found != count:
        raise StoreError(f"{name} has {count} rows, {found} arrived")
    await _number_on(target, name)
    return count


def _rows(rows: Iterable[Row], shard: Sharding | None) -> Iterator[Row]:
    """A chunk after the other: a table may be larger than the memory."""
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield from chunk if shard is None else shard(chunk)


async def _number_on(target: Connection, name: str) -> None:
    """Where the database numbers rows by itself it goes on after those that came."""
    if name in NUMBERED:
        await target.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")
