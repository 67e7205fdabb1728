"""Announcements, as the services see them: their rows, and the files that hold what is heard."""

from collections.abc import AsyncIterable
from pathlib import Path
from typing import NamedTuple, Protocol

from omnibound.domain.announcement import Announcement


class AnnouncementStore(Protocol):
    """Announcements: each account's own, whatever another account calls its own."""

    async def add(self, announcement: Announcement) -> None:
        """A new one. Raises Taken when the account has one with this id."""
        ...

    async def one(self, account: int, id_: str) -> Announcement | None:
        """By its id."""
        ...

    async def page(self, account: int, after: str, limit: int) -> list[Announcement]:
        """Those after an id, in the order of the ids."""
        ...

    async def drop(self, account: int, id_: str) -> Announcement | None:
        """The one that is no more; None if there was none."""
        ...

    async def stems(self) -> set[str]:
        """What the files of all accounts are called."""
        ...


class Kept(NamedTuple):
    """A recording that is kept: what its files are called, how long it plays, and how big it came."""

    stem: str
    length_ms: int
    octets: int


class AudioFiles(Protocol):
    """Files of recordings: as they came, and as telephones play them."""

    async def put(self, parts: AsyncIterable[bytes]) -> Kept:
        """Keep a recording. Raises Invalid for what is no audio or too long; then nothing of it is left."""
        ...

    def clip(self, stem: str) -> Path:
        """Where the form is that telephones play."""
        ...

    async def wav(self, stem: str) -> bytes:
        """The same as a WAV file. Raises OSError when the file is gone."""
        ...

    async def drop(self, stem: str) -> None:
        """Its files are no more."""
        ...

    async def tidy(self, stems: set[str]) -> int:
        """Drop what belongs to none of these and is older than a day, left by a crash; how many files."""
        ...
