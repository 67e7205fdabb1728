"""A cursor as the store uses it: the driver's own types are only partly known to a type checker."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, cast

import apsw

Row = tuple[Any, ...]


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
