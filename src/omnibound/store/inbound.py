"""Messages from people, and what an installation decides once, stored."""

import msgspec

from omnibound.domain.facts import Inbound
from omnibound.store.database import Database, Row
from omnibound.store.queries import queries

_SQL = queries("reads")
_reference = msgspec.msgpack.Decoder(tuple[int, int, int] | None)


class StoredInbound:
    """See `ports.InboundStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, after: int, limit: int) -> list[tuple[int, Inbound]]:
        found = await self._db.rows(_SQL["inbound"], after=after, limit=limit)
        return [_inbound(row) for row in found]


def _inbound(row: Row) -> tuple[int, Inbound]:
    number, connector, channel, sender, recipient, text, at, data, part = row
    return number, Inbound(connector, channel, sender, recipient, text, at, data, _reference.decode(part))


class StoredSettings:
    """See `ports.SettingStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def once(self, name: str, value: bytes) -> bytes:
        await self._db.write((_SQL["put_setting"], {"name": name, "value": value}))
        return bytes((await self._db.rows(_SQL["setting"], name=name))[0][0])
