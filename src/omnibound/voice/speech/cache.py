"""Clips that were spoken before, on disk: found by what they say, the longest unused dropped beyond a size.

What was asked for a moment ago is about to be played and stays, though the folder grows beyond its size.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from omnibound.domain.errors import Unavailable
from omnibound.voice.media.clips import Clip

KEPT_S = 600.0
"""How long a clip stays after it was asked for, in seconds."""

_SUFFIX = ".clip"


class Cache:
    """A folder of clips with at most so many octets. `write` may be called in any thread, the rest in one."""

    def __init__(self, folder: Path, octets: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self._octets = octets
        self._clock = clock
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._used: dict[str, float] = {}
        self._sum = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._look()

    def get(self, key: str) -> Path | None:
        """Where the clip is, which is used now; None if there is none, or not all of it."""
        if key not in self._sizes:
            return None
        path = self._path(key)
        try:
            whole = path.stat().st_size == self._sizes[key]
            os.utime(path)
        except OSError:
            whole = False
        if not whole:
            self._forget(key)
            return None
        self._sizes.move_to_end(key)
        self._used[key] = self._clock()
        return path

    def write(self, key: str, clip: Clip) -> Path:
        """Write a clip as a whole or not at all. Raises Unavailable when the disk does not take it."""
        path = self._path(key)
        try:
            clip.save(path)
        except OSError as error:
            for left in self.folder.glob(f".{key}*"):
                left.unlink(missing_ok=True)
            raise Unavailable(f"the disk does not take the spoken text ({self.folder}): {error.strerror}") from error
        return path

    def written(self, key: str) -> None:
        """A clip is there now: others may have to go."""
        size = self._path(key).stat().st_size
        self._forget(key)
        self._sizes[key] = size
        self._sum += size
        self._used[key] = self._clock()
        while self._sum > self._octets and (oldest := self._unused()):
            self._forget(oldest)
            self._path(oldest).unlink(missing_ok=True)

    def _unused(self) -> str:
        """The one that was not asked for the longest, empty if all were a moment ago."""
        oldest = next(iter(self._sizes))
        return "" if self._used.get(oldest, float("-inf")) > self._clock() - KEPT_S else oldest

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _forget(self, key: str) -> None:
        self._sum -= self._sizes.pop(key, 0)
        self._used.pop(key, None)

    def _look(self) -> None:
        """What an earlier server left: whole clips by their age, and halves, which go."""
        found: list[tuple[float, str, int]] = []
        for entry in os.scandir(self.folder):
            if entry.name.startswith("."):
                with suppress(OSError):
                    Path(entry.path).unlink()
            elif entry.name.endswith(_SUFFIX):
                stat = entry.stat()
                found.append((stat.st_mtime, entry.name.removesuffix(_SUFFIX), stat.st_size))
        for _, key, size in sorted(found):
            self._sizes[key] = size
            self._sum += size
