"""A file of lines that outlives the process, not the machine: nobody waits for the disk.

It grows at its end, and is written anew with what still counts when most of it does not. A full disk costs nothing but
what a death would lose meanwhile: as soon as there is room, all that counts is written.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_log = logging.getLogger("omnibound.voice")

MOSTLY_OVER = 4
"""It is written anew when so many times as many lines stand in it as count."""


class Notebook:
    """`whole` gives the lines that count, without their ends. Raises OSError where the file cannot be opened."""

    def __init__(self, path: Path, whole: Callable[[], list[bytes]], rewrite_after: int) -> None:
        self._path = path
        self._whole = whole
        self._rewrite_after = rewrite_after
        self._lines = 0
        self._torn = False
        """Whether lines are missing in the file."""
        self._file = self._rewrite()

    def write(self, line: bytes, count: int) -> None:
        """Add a line; so many count by now. What cannot be written is written later."""
        self._lines += 1
        try:
            if self._torn or self._lines > max(self._rewrite_after, MOSTLY_OVER * count):
                self._start_anew()
            else:
                self._file.write(line + b"\n")
        except OSError as error:
            self._torn = True
            _log.error("%s cannot be written: %s", self._path, error)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()

    def _start_anew(self) -> None:
        before, self._file = self._file, self._rewrite()
        self._torn = False
        # What it could not write is in the new one.
        with suppress(OSError):
            before.close()

    def _rewrite(self) -> BinaryIO:
        """What counts, in a new file that takes the old one's place."""
        fresh = self._path.with_suffix(".new")
        lines = self._whole()
        fresh.write_bytes(b"".join([line + b"\n" for line in lines]))
        fresh.replace(self._path)
        self._lines = len(lines)
        # Nothing is gathered: a line is with the kernel before anybody acts on it.
        return self._path.open("ab", buffering=0)


def read_lines(path: Path) -> list[bytes]:
    """Its lines; none where there is no file. Raises OSError where it cannot be read."""
    return path.read_bytes().splitlines() if path.exists() else []
