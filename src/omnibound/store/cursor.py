"""A cursor as the store uses it: the driver's own types are only partly known to a type checker."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, cast

import apsw
import msgspec

from omnibound.store.database import Row
from omnibound.store.queries import Query


class Cursor(Protocol):
    """Runs statements on one connection. Raises apsw.Error; apsw.ConstraintError for a broken constraint."""

    def execute(self, statements: str, bindings: Sequence[object] | None = None) -> Iterable[Row]:
        """Run one or several statements; the rows of the last one."""
        ...

    def executemany(self, statements: str, sequenceofbindings: Iterable[Sequence[object]]) -> Iterable[Row]:
        """Run a statement once a row of values."""
        ...


def cursor_of(connection: apsw.Connection) -> Cursor:
    """A new cursor."""
    return cast(Cursor, connection.cursor())


def user_version(cursor: Cursor) -> int:
    """The number of the last migration that a database has seen, 0 for a new one."""
    return next(int(version) for (version,) in cursor.execute("PRAGMA user_version"))


def bound(query: Query, values: Mapping[str, object]) -> Row:
    """The values in the order of the statement's positions; a list as a JSON array."""
    row = query.row(**values)
    return tuple([msgspec.json.encode(each).decode() if isinstance(each, list) else each for each in row])
