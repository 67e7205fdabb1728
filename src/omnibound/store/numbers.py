"""Our numbers, stored."""

from msgspec.structs import asdict

from omnibound.domain.number import Number
from omnibound.ports import Listing
from omnibound.store.database import Database, Row
from omnibound.store.queries import queries

_SQL = queries("inbound")


class StoredNumbers:
    """See `ports.NumberStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, number: Number) -> None:
        await self._db.write((_SQL["add_number"], asdict(number)))

    async def drop(self, id_: int) -> bool:
        (gone,) = await self._db.write((_SQL["drop_number"], {"id": id_}))
        return bool(gone)

    async def all(self) -> list[Listing]:
        return [_listing(row) for row in await self._db.rows(_SQL["numbers"])]

    async def settle(self, id_: int) -> None:
        await self._db.write((_SQL["settle_number"], {"id": id_}))


def _listing(row: Row) -> Listing:
    id_, account, channel, number, keyword, url, format_, created_at, fresh, name, notify_url = row
    entry = Number(
        id=id_, account=account, channel=channel, number=number, keyword=keyword, url=url, format=format_,
        created_at=created_at,
    )  # fmt: skip
    return Listing(entry, name, notify_url, fresh == 1)
