"""Price lists, stored: each as one value, for nobody reads a part of one."""

import msgspec

from omnibound.domain.price import ListHead, PriceList, Rate
from omnibound.store.database import Database
from omnibound.store.queries import queries

_SQL = queries("prices")
_rates = msgspec.msgpack.Decoder(tuple[Rate, ...])
_encode = msgspec.msgpack.Encoder().encode


class StoredPrices:
    """See `ports.PriceStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def heads(self) -> list[ListHead]:
        return [ListHead(*row) for row in await self._db.rows(_SQL["price_heads"])]

    async def one(self, id_: int) -> PriceList | None:
        rows = await self._db.rows(_SQL["price_body"], id=id_)
        if not rows:
            return None
        _, name, since, body = rows[0]
        return PriceList(id=id_, name=name, since=since, rates=_rates.decode(body))

    async def add(self, list_: PriceList) -> None:
        values = {"id": list_.id, "name": list_.name, "since": list_.since, "rates": len(list_.rates)}
        await self._db.write((_SQL["add_price_list"], {**values, "body": _encode(list_.rates)}))

    async def drop(self, id_: int) -> None:
        await self._db.write((_SQL["drop_price_list"], {"id": id_}))
