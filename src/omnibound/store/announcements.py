"""Announcements, stored."""

from msgspec.structs import asdict

from omnibound.domain.announcement import Announcement
from omnibound.store.database import Database, Row
from omnibound.store.queries import queries

_SQL = queries("announcements")


class StoredAnnouncements:
    """See `ports.announcements.AnnouncementStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, announcement: Announcement) -> None:
        await self._db.write((_SQL["add_announcement"], asdict(announcement)))

    async def one(self, account: int, id_: str) -> Announcement | None:
        rows = await self._db.rows(_SQL["announcement"], account=account, id=id_)
        return _announcement(rows[0]) if rows else None

    async def page(self, account: int, after: str, limit: int) -> list[Announcement]:
        rows = await self._db.rows(_SQL["announcements"], account=account, after=after, limit=limit)
        return [_announcement(row) for row in rows]

    async def drop(self, account: int, id_: str) -> Announcement | None:
        (gone,) = await self._db.write((_SQL["drop_announcement"], {"account": account, "id": id_}))
        return _announcement(gone[0]) if gone else None

    async def stems(self) -> set[str]:
        return {stem for (stem,) in await self._db.rows(_SQL["announcement_stems"])}


def _announcement(row: Row) -> Announcement:
    account, id_, name, length_ms, octets, stem, created_at = row
    return Announcement(
        id=id_, account=account, name=name, length_ms=length_ms, octets=octets, stem=stem, created_at=created_at
    )
