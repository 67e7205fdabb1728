"""Hot rows as PostgreSQL gets them: what only adds is copied in with its shard, the rest goes as an array a value."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.store.database import Row
from omnibound.store.queries import Query, queries
from omnibound.store.rows import WRITES, live_row

SHARDS = 256
_INSERT = re.compile(r"INSERT (?:OR REPLACE )?INTO (\w+) \(([^)]+)\)")


Sharding = Callable[[Iterable[Row]], list[Row]]
"""Rows, each with its shard at the end."""

_COLUMNS = {
    "refs": "account", "reports": "account", "pushes": "account", "handouts": "account", "member_texts": "account",
    "events": "delivery", "outcomes": "delivery", "calls": "delivery",
}  # fmt: skip
"""Whose number says the shard, where it is not the row's own id."""


def shard_by(table: str, columns: Sequence[str]) -> Sharding:
    """How a table's rows get their shard: by an id or account in them, or by what a carrier calls them."""
    if table == "inflight":
        return _by_text(columns.index("provider_id"))
    if table == "touched":
        return lambda rows: [(*row, 0) for row in rows]
    return _by_number(columns.index(_COLUMNS.get(table, "id")))


def _by_number(position: int) -> Sharding:
    return lambda rows: [(*row, row[position] % SHARDS) for row in rows]


def _by_text(position: int) -> Sharding:
    return lambda rows: [(*row, crc32(row[position].encode()) % SHARDS) for row in rows]


class HotWrite(Struct, frozen=True, kw_only=True):
    """One hot statement. With a `table` its rows are copied there, into these columns; else `sql` takes arrays.

    Few rows are rather inserted by `sql`, a row each, which also knows what to do with a row that is there already.
    """

    name: str
    sql: str
    rows: Callable[[Changes], list[Row]]
    counted: bool
    table: str = ""
    columns: tuple[str, ...] = ()
    upserts: bool = False

    @property
    def copies(self) -> bool:
        """Whether it only adds rows."""
        return bool(self.table)


def _hot(query: Query, rows: Callable[[Changes], list[Row]]) -> HotWrite:
    insert = _INSERT.match(query.sql)
    if insert is None:
        shard = shard_by("inflight", query.names) if "shard" in query.postgres_names else None
        return HotWrite(name=query.name, sql=query.postgres, rows=_then(rows, shard), counted=query.counted)
    table = insert[1]
    columns = (*insert[2].replace("\n", " ").replace(" ", "").split(","), "shard")
    upserts = "ON CONFLICT" in query.postgres
    values = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return HotWrite(
        name=query.name,
        sql=query.postgres if upserts else f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})",
        rows=_then(rows, shard_by(table, columns)),
        counted=query.counted,
        table=table,
        columns=columns,
        upserts=upserts,
    )


def _then(rows: Callable[[Changes], list[Row]], shard: Sharding | None) -> Callable[[Changes], list[Row]]:
    return rows if shard is None else lambda changes: shard(rows(changes))


def _moves() -> list[HotWrite]:
    """Live rows as they are now take the place of those that must stand at the version before."""
    ended, born = queries("hot")["ended"], queries("hot")["born"]
    gone = HotWrite(
        name="moved",
        sql=ended.postgres,
        rows=lambda changes: [(live.id, was) for live, _, was in changes.moved],
        counted=True,
    )
    there = _hot(born, lambda changes: [live_row(live, owner) for live, owner, _ in changes.moved])
    return [gone, replace(there, name="moved")]


def _all() -> Iterator[HotWrite]:
    for name, rows in WRITES.items():
        yield from _moves() if name == "moved" else [_hot(queries("hot")[name], rows)]


HOT = list(_all())
"""All of them, in the order in which they are written."""
