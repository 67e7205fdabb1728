"""An installation moves from SQLite to PostgreSQL: all rows in one transaction, counted on both sides."""

import asyncio
import os
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

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

MOVING = ".moving"
"""What is added to its name before the first row goes: whatever happens, nobody serves from both places."""

_LOCK = 0x0B0E
"""Held by a move until it is committed or not: whoever asks which of both waits for that."""

_MARK = "moved"
"""The setting that goes along with all rows: where it is found, they have arrived."""

NUMBERED = ("touched", "shelves")
"""Tables whose rows the database numbers."""

CHUNK = 1_000
Told = Callable[[str, int], None]


def move(path: Path, url: str, told: Told) -> int:
    """Move all rows of a SQLite file to an empty PostgreSQL database; how many. `told` hears of each table.

    One that was cut off is finished if its rows have arrived (0 then), else done again. No server may run on either.
    Raises StoreError: then the database is as it was, and so is the file, unless the database went away in the middle.
    """
    moving = path.with_name(path.name + MOVING)
    done = path.with_name(path.name + MOVED)
    if moving.is_file():
        if asyncio.run(_arrived(moving, url)):
            _rename(moving, done)
            return 0
        _rename(moving, path)
    if not path.is_file():
        raise StoreError(f"there is no database {path}")
    migrate(path)
    asyncio.run(postgres_shape.migrate(url))
    _put_mark(path, url)
    _rename(path, moving)
    try:
        with _opened(moving) as source:
            moved = asyncio.run(_move(source, url, told))
    except BaseException:
        if not asyncio.run(_arrived(moving, url)):
            _rename(moving, path)
        raise
    _rename(moving, done)
    return moved


def refuse_half_moved(path: Path) -> None:
    """Raises StoreError when a move of this file was cut off: its rows may be in both places."""
    if path.with_name(path.name + MOVING).exists():
        raise StoreError(
            f"a move of {path} to PostgreSQL was cut off: run `omnibound move` again with the same --to, which looks"
            " whether the rows have arrived, and finishes it or begins anew"
        )


@contextmanager
def _opened(path: Path) -> Generator[Cursor]:
    connection = apsw.Connection(str(path))
    try:
        yield cursor_of(connection)
    finally:
        connection.close()


def _rename(old: Path, new: Path) -> None:
    """Not to be undone by a power cut."""
    old.rename(new)
    folder = os.open(new.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _put_mark(path: Path, url: str) -> None:
    mark = f"{secrets.token_hex(16)} {_place(url)}".encode()
    with _opened(path) as source:
        source.execute("DELETE FROM settings WHERE name = ?", (_MARK,))
        source.execute("INSERT INTO settings (name, value) VALUES (?, ?)", (_MARK, mark))


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or ''}{parts.path}?{parts.query}"


async def _arrived(moving: Path, url: str) -> bool:
    """Whether the rows of a move are committed. Raises StoreError when it cannot be asked, or was to somewhere else."""
    with _opened(moving) as source:
        ((mark,),) = source.execute("SELECT value FROM settings WHERE name = ?", (_MARK,))
    if (place := mark.decode().partition(" ")[2]) != _place(url):
        raise StoreError(f"the move that was cut off went to {place.rstrip('?')}: name the same with --to")
    target = await connect(url)
    try:
        if await target.fetchval("SELECT to_regclass('settings')") is None:
            return False
        await target.execute("SELECT pg_advisory_lock($1)", _LOCK)
        return await target.fetchval(
            f"SELECT EXISTS (SELECT 1 FROM settings WHERE name = '{_MARK}' AND value = $1)", mark
        )
    finally:
        await target.close()


async def _move(source: Cursor, url: str, told: Told) -> int:
    target = await connect(url)
    try:
        async with target.transaction():
            await target.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
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
