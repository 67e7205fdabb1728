"""Hot rows as PostgreSQL gets them: what only adds is copied in with its shard, the rest goes as an array a value."""

import re
from collections.abc import Callable
from zlib import crc32

from msgspec import Struct

from omnibound.domain.changes import Changes
from omnibound.store.database import Row
from omnibound.store.queries import Query, queries
from omnibound.store.rows import WRITES

SHARDS = 256
_INSERT = re.compile(r"INSERT (?:OR REPLACE )?INTO (\w+) \(([^)]+)\)")


def _by_number(position: int) -> Callable[[Row], int]:
    return lambda row: row[position] % SHARDS


def _by_provider_id(row: Row) -> int:
    return crc32(row[1].encode()) % SHARDS


SHARD_OF: dict[str, Callable[[Row], int]] = {
    "refs": _by_number(0),
    "reports": _by_number(0),
    "pushes": _by_number(0),
    "inflight": _by_provider_id,
    "landed": _by_provider_id,
    "touched": lambda _row: 0,
}
"""Where a statement's shard is not that of the id that its rows begin with."""

_by_id = _by_number(0)


class HotWrite(Struct, frozen=True, kw_only=True):
    """One hot statement. With a `table` its rows are copied there, into these columns; else `query` takes arrays."""

    query: Query
    rows: Callable[[Changes], list[Row]]
    table: str = ""
    columns: tuple[str, ...] = ()
    shard: Callable[[Row], int] | None = None

    @property
    def upserts(self) -> bool:
        """Whether a row that is there already is replaced."""
        return "ON CONFLICT" in self.query.postgres

    def sharded(self, changes: Changes) -> list[Row]:
        """Its rows, each with its shard at the end where it must be told."""
        rows, shard = self.rows(changes), self.shard
        return rows if shard is None else [(*row, shard(row)) for row in rows]


def _hot(query: Query, rows: Callable[[Changes], list[Row]]) -> HotWrite:
    shard = SHARD_OF.get(query.name)
    insert = _INSERT.match(query.sql)
    if insert is None:
        return HotWrite(query=query, rows=rows, shard=shard)
    columns = tuple(insert[2].replace("\n", " ").replace(" ", "").split(","))
    return HotWrite(query=query, rows=rows, table=insert[1], columns=(*columns, "shard"), shard=shard or _by_id)


HOT = [_hot(queries("hot")[name], rows) for name, rows in WRITES.items()]
"""All of them, in the order in which they are written."""
