"""Messages from people, and what an installation decides once, stored."""

from collections.abc import Sequence

import msgspec

from omnibound.domain.facts import Inbound
from omnibound.domain.number import Number
from omnibound.domain.received import Received
from omnibound.store.database import Database, Row
from omnibound.store.queries import queries

_SQL = queries("inbound")
_SETTINGS = queries("reads")
_received = msgspec.msgpack.Decoder(Received)
_reference = msgspec.msgpack.Decoder(tuple[int, int, int] | None)


class StoredInbound:
    """See `ports.InboundStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, after: int, limit: int) -> list[tuple[int, Inbound]]:
        found = await self._db.rows(_SQL["inbound"], after=after, limit=limit)
        return [_inbound(row) for row in found]

    async def unfiled(self, after: int, limit: int) -> list[tuple[int, Inbound]]:
        found = await self._db.rows(_SQL["inbound_unfiled"], after=after, limit=limit)
        return [_inbound(row) for row in found]

    async def reopen(self, number: Number, since: int, limit: int) -> int:
        spellings = {"plain": number.number, "plus": f"+{number.number}", "zeros": f"00{number.number}"}
        values = {"channel": number.channel, "since": since, "limit": limit, **spellings}
        (reopened,) = await self._db.write((_SQL["reopen_inbound"], values))
        return len(reopened)

    async def received(self, account: int, after: int, limit: int) -> list[Received]:
        found = await self._db.rows(_SQL["received_of"], account=account, after=after, limit=limit)
        return [_received.decode(body) for (body,) in found]

    async def received_by(self, account: int, ids: Sequence[int]) -> list[Received]:
        found = await self._db.rows(_SQL["received_by"], account=account, ids=list(ids))
        return [_received.decode(body) for (body,) in found]

    async def received_since(self, id_: int) -> list[Received]:
        return [_received.decode(body) for (body,) in await self._db.rows(_SQL["received_since"], since=id_)]


def _inbound(row: Row) -> tuple[int, Inbound]:
    number, connector, channel, sender, recipient, text, at, data, part = row
    return number, Inbound(connector, channel, sender, recipient, text, at, data, _reference.decode(part))


class StoredSettings:
    """See `ports.SettingStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def once(self, name: str, value: bytes) -> bytes:
        await self._db.write((_SETTINGS["put_setting"], {"name": name, "value": value}))
        return bytes((await self._db.rows(_SETTINGS["setting"], name=name))[0][0])
