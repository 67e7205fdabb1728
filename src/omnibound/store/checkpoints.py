"""What the log of a SQLite file has is brought into the file behind the writer's back: no commit waits for it.

Left to the commit that fills the log, twenty thousand pages at once held up everybody for a quarter of a second.
"""

import logging
from threading import Event, Thread
from typing import Final

import apsw

from omnibound.store.cursor import cursor_of, user_version

SOME: Final = 2_000
"""Pages of the log that are worth the while."""

MOST: Final = 20_000
"""From so many on the writer brings in the rest by itself: only without a commit meanwhile does the log begin anew."""

_log = logging.getLogger("omnibound.store")


class Checkpoints:
    """Works in a thread of its own, on a connection of its own. `committed` is the hook of the writer's connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        # Who has read nothing of a file does not know that it has a log.
        user_version(cursor_of(connection))
        self._copied = 0
        """Pages of the log that are in the file."""
        self._wake = Event()
        self._closed = False
        self._thread = Thread(target=self._run, name="omnibound-checkpoints", daemon=True)
        self._thread.start()

    def committed(self, writer: apsw.Connection, _database: str, pages: int) -> int:
        """In the writer's thread, after each commit: so many pages are in the log. Never raises: it is committed."""
        if pages < self._copied:
            self._copied = 0
        if pages >= MOST:
            self._copy(writer)
        elif pages - self._copied >= SOME:
            self._wake.set()
        return apsw.SQLITE_OK

    def close(self) -> None:
        """End the thread. What is in the log stays there: whoever closes the file last brings it in."""
        self._closed = True
        self._wake.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._closed:
                return
            self._copy(self._connection)

    def _copy(self, connection: apsw.Connection) -> None:
        try:
            _, self._copied = connection.wal_checkpoint()
        except apsw.BusyError:
            pass  # The other one is at it.
        except apsw.Error as error:
            # Nothing is lost, and the log grows: the writer tells of a full disk.
            _log.warning("the log of the database cannot be brought in: %s", error)
