"""The files of announcements: `STEM.original` as it came, `STEM.clip` as telephones play it."""

import asyncio
import os
import time
from collections.abc import AsyncIterable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from omnibound.domain.errors import Unavailable
from omnibound.ports.announcements import Kept
from omnibound.voice.media.clips import Clip
from omnibound.voice.media.convert import LOUDNESS_DB, Limits, convert
from omnibound.voice.speech.sounds import to_wav

STEM_BYTES = 12
LEFT_S = 86_400
"""Files without a row are of a crash when they are this old; younger ones may be of an upload under way."""


class AudioFolder:
    """See `ports.announcements.AudioFiles`."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits

    async def put(self, parts: AsyncIterable[bytes]) -> Kept:
        """Raises Invalid, and Unavailable when the disk does not take it."""
        stem = token_hex(STEM_BYTES)
        try:
            octets = await self._receive(self._original(stem), parts)
            length_ms = await asyncio.to_thread(self._convert, stem)
        except BaseException:
            await self.drop(stem)
            raise
        return Kept(stem, length_ms, octets)

    def clip(self, stem: str) -> Path:
        return self._folder / f"{stem}.clip"

    async def wav(self, stem: str) -> bytes:
        return await asyncio.to_thread(lambda: to_wav(Clip.load(self.clip(stem))))

    async def drop(self, stem: str) -> None:
        clip = self.clip(stem)
        # The clip may have been left half written.
        for path in (clip, clip.with_name(f".{clip.name}.part"), self._original(stem)):
            path.unlink(missing_ok=True)

    async def tidy(self, stems: set[str]) -> int:
        return await asyncio.to_thread(self._tidy, stems)

    def _original(self, stem: str) -> Path:
        return self._folder / f"{stem}.original"

    async def _receive(self, path: Path, parts: AsyncIterable[bytes]) -> int:
        with self._disk():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = path.open("xb")
        octets = 0
        with file:
            async for part in parts:
                with self._disk():
                    octets += await asyncio.to_thread(_written, file, part)
            with self._disk():
                await asyncio.to_thread(os.fsync, file.fileno())
        return octets

    def _convert(self, stem: str) -> int:
        with self._disk():
            clip = convert(self._original(stem), self._limits, LOUDNESS_DB)
            clip.save(self.clip(stem))
        return round(clip.seconds * 1000)

    @contextmanager
    def _disk(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(f"the disk does not take the recording ({self._folder}): {error.strerror}") from error

    def _tidy(self, stems: set[str]) -> int:
        gone = 0
        # Another process may tidy too.
        with suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                known = entry.name.lstrip(".").partition(".")[0] in stems
                if not known and entry.stat().st_mtime < time.time() - LEFT_S:
                    Path(entry.path).unlink(missing_ok=True)
                    gone += 1
        return gone


def _written(file: BinaryIO, part: bytes) -> int:
    # At once, so that a full disk is found before the rest is read.
    file.write(part)
    file.flush()
    return len(part)
