"""Announcements: recordings that an account uploads and its calls play."""

from collections.abc import AsyncIterable, Callable
from pathlib import Path
from secrets import token_hex

from omnibound.domain.account import Account
from omnibound.domain.announcement import Announcement, check_announcement
from omnibound.domain.errors import Invalid, NotFound
from omnibound.ports import Taken
from omnibound.ports.announcements import AnnouncementStore, AudioFiles

ID_BYTES = 12
"""Of an id that is made: 24 digits, as Conpeek's are."""


class Announcements:
    """What a client may do with its announcements. `most_octets`: how big an upload may be."""

    def __init__(
        self, announcements: AnnouncementStore, files: AudioFiles, clock: Callable[[], int], most_octets: int
    ) -> None:
        self._store = announcements
        self._files = files
        self._clock = clock
        self.most_octets = most_octets

    async def add(self, account: Account, audio: AsyncIterable[bytes], id_: str = "", name: str = "") -> Announcement:
        """Keep a recording under an id, a made one if it is empty.

        Raises Invalid for what is no audio, and for an id that the account has; then nothing is left of it.
        """
        id_ = id_ or token_hex(ID_BYTES)
        check_announcement(id_, name)
        # Before the upload is read: most that are refused are refused here.
        if await self._store.one(account.id, id_):
            raise _taken(id_)
        stem, length_ms, octets = await self._files.put(audio)
        announcement = Announcement(
            id=id_, account=account.id, name=name, length_ms=length_ms, octets=octets, stem=stem,
            created_at=self._clock(),
        )  # fmt: skip
        try:
            await self._store.add(announcement)
        except BaseException as error:
            await self._files.drop(stem)
            if isinstance(error, Taken):
                raise _taken(id_) from error
            raise
        return announcement

    async def one(self, account: Account, id_: str) -> Announcement:
        """By its id. Raises NotFound."""
        found = await self._store.one(account.id, id_)
        if found is None:
            raise _missing(id_)
        return found

    async def page(self, account: Account, after: str, limit: int) -> list[Announcement]:
        """Those after an id, in the order of the ids."""
        return await self._store.page(account.id, after, limit)

    async def wav(self, account: Account, id_: str) -> bytes:
        """It as a WAV file, as telephones play it. Raises NotFound."""
        try:
            return await self._files.wav((await self.one(account, id_)).stem)
        except FileNotFoundError as error:
            raise NotFound(f"the files of the announcement {id_} are gone from the disk", "id") from error

    async def clip(self, account: Account, id_: str) -> tuple[Path, str]:
        """Where the form is that calls play, and a name that only this content ever has. Raises NotFound."""
        return await self.clip_of(account.id, id_)

    async def clip_of(self, account: int, id_: str) -> tuple[Path, str]:
        """The same, where only the account's number is known. Raises NotFound."""
        found = await self._store.one(account, id_)
        if found is None:
            raise _missing(id_)
        return self._files.clip(found.stem), found.stem

    async def drop(self, account: Account, id_: str) -> None:
        """It is no more, its files neither. Raises NotFound."""
        gone = await self._store.drop(account.id, id_)
        if gone is None:
            raise _missing(id_)
        await self._files.drop(gone.stem)

    async def tidy(self) -> int:
        """Drop files that a crash has left without a row; how many."""
        return await self._files.tidy(await self._store.stems())


def _taken(id_: str) -> Invalid:
    return Invalid(f"there is an announcement with the id {id_} already", "id")


def _missing(id_: str) -> NotFound:
    return NotFound(f"no announcement has the id {id_}", "id")
