"""Hot rows as PostgreSQL gets them: what only adds is copied in with its shard, the rest goes as an array a value."""

import re
from collections.abc import Callable, Sequence
from zlib import crc32

from msgspec import Struct

from omnibound.domain.changes import Changes
from omnibound.store.database import Row
from omnibound.store.queries import Query, queries
from omnibound.store.rows import WRITES

SHARDS = 256
_INSERT = re.compile(r"INSERT (?:OR REPLACE )?INTO (\w+) \(([^)]+)\)")


Shard = Callable[[Row], int]

_COLUMNS = {
    "refs": "account", "reports": "account", "pushes": "account", "handouts": "account", "events": "delivery",
    "outcomes": "delivery",
}  # fmt: skip
"""Whose number says the shard, where it is not the row's own id."""


def shard_by(table: str, columns: Sequence[str]) -> Shard:
    """How the shard of a table's rows is found: by an id or account in them, or by what a carrier calls them."""
    if table == "inflight":
        return _by_text(columns.index("provider_id"))
    if table == "touched":
        return lambda _row: 0
    return _by_number(columns.index(_COLUMNS.get(table, "id")))


def _by_number(position: int) -> Shard:
    return lambda row: row[position] % SHARDS


def _by_text(position: int) -> Shard:
    return lambda row: crc32(row[position].encode()) % SHARDS


class HotWrite(Struct, frozen=True, kw_only=True):
    """One hot statement. With a `table` its rows are copied there, into these columns; else `query` takes arrays."""

    query: Query
    rows: Callable[[Changes], list[Row]]
    table: str = ""
    columns: tuple[str, ...] = ()
    shard: Shard | None = None

    @property
    def upserts(self) -> bool:
        """Whether a row that is there already is replaced."""
        return "ON CONFLICT" in self.query.postgres

    def sharded(self, changes: Changes) -> list[Row]:
        """Its rows, each with its shard at the end where it must be told."""
        rows, shard = self.rows(changes), self.shard
        return rows if shard is None else [(*row, shard(row)) for row in rows]


def _hot(query: Query, rows: Callable[[Changes], list[Row]]) -> HotWrite:
    insert = _INSERT.match(query.sql)
    if insert is None:
        shard = shard_by("inflight", query.names) if "shard" in query.more else None
        return HotWrite(query=query, rows=rows, shard=shard)
    table = insert[1]
    columns = tuple(insert[2].replace("\n", " ").replace(" ", "").split(","))
    return HotWrite(query=query, rows=rows, table=table, columns=(*columns, "shard"), shard=shard_by(table, columns))


HOT = [_hot(queries("hot")[name], rows) for name, rows in WRITES.items()]
"""All of them, in the order in which they are written."""
