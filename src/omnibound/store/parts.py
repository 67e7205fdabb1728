"""Parts of campaigns, stored: dialers, queues, call results, schedules, scripts."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from omnibound.domain.agent import AGENT, Agent
from omnibound.domain.outbound import Dialer, Queue, ResultSet, Schedule, Script
from omnibound.ports.parts import Part
from omnibound.store.database import Database
from omnibound.store.queries import queries
from omnibound.store.rows import encode

_SQL = queries("parts")
_DECODERS: Final[Mapping[str, msgspec.msgpack.Decoder[Any]]] = {
    "dialer": msgspec.msgpack.Decoder(Dialer),
    "queue": msgspec.msgpack.Decoder(Queue),
    "results": msgspec.msgpack.Decoder(ResultSet),
    "schedule": msgspec.msgpack.Decoder(Schedule),
    "script": msgspec.msgpack.Decoder(Script),
    AGENT: msgspec.msgpack.Decoder(Agent),
}


class StoredParts:
    """See `ports.parts.PartStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, account: int, kind: str, part: Part) -> None:
        await self._db.write((_SQL["add_part"], _values(account, kind, part)))

    async def put(self, account: int, kind: str, part: Part) -> bool:
        (found,) = await self._db.write((_SQL["put_part"], _values(account, kind, part)))
        return bool(found)

    async def one(self, account: int, kind: str, id_: str) -> Part | None:
        rows = await self._db.rows(_SQL["part"], account=account, kind=kind, id=id_)
        return _DECODERS[kind].decode(rows[0][0]) if rows else None

    async def page(self, account: int, kind: str, after: str, limit: int) -> list[Part]:
        rows = await self._db.rows(_SQL["parts"], account=account, kind=kind, after=after, limit=limit)
        return [_DECODERS[kind].decode(body) for (body,) in rows]

    async def remove(self, account: int, kind: str, id_: str) -> bool:
        (gone,) = await self._db.write((_SQL["remove_part"], {"account": account, "kind": kind, "id": id_}))
        return bool(gone)


def _values(account: int, kind: str, part: Part) -> dict[str, object]:
    return {"account": account, "kind": kind, "id": part.id, "body": encode(part)}
