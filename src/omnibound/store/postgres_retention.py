"""Old rows of PostgreSQL go a day at a time where a whole day is old, and in chunks where something of it must stay."""

import logging

from omnibound.domain.flow import DAY
from omnibound.ports.retention import Chunk, Place
from omnibound.store.database import Transaction
from omnibound.store.errors import StoreError
from omnibound.store.postgres_shape import PARTED, part, part_name, span
from omnibound.store.queries import Query, plain
from omnibound.store.retention import StoredRetention

DAYS_AHEAD = 3
_HAS_PART = plain("SELECT to_regclass(:name) IS NOT NULL")
_PARTS = plain("""
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = CAST(:name AS text)::regclass AND c.relname LIKE '%\\_d%'
""")
_UNFINISHED_OR_YOUNG = plain("""
    SELECT EXISTS (SELECT 1 FROM live WHERE id >= :first AND id < :last)
        OR EXISTS (SELECT 1 FROM outcomes WHERE delivery >= :first AND delivery < :last AND done_at >= :before)
""")
_CALLED_OR_YOUNG = plain("""
    SELECT EXISTS (SELECT 1 FROM deliveries WHERE id >= :first AND id < :last)
        OR EXISTS (SELECT 1 FROM calls WHERE delivery >= :first AND delivery < :last AND ended_at >= :before)
""")
_TOLD_OF = plain("""
    SELECT EXISTS (SELECT 1 FROM deliveries WHERE id >= :first AND id <= (
        SELECT max(last_delivery) FROM messages WHERE id >= :first AND id < :last
    ))
""")
_log = logging.getLogger("omnibound.store")


class PartedRetention(StoredRetention):
    """See `ports.RetentionStore`."""

    async def ahead(self, now: int) -> None:
        today = now // DAY
        for day in range(today - 1, today + DAYS_AHEAD + 1):
            for table in PARTED:
                await self._part(table, day)

    async def deliveries(self, before: int, after: Place) -> Chunk:
        if after:
            return await super().deliveries(before, after)
        day = await self._oldest("deliveries", before)
        if day is None or await self._kept(_UNFINISHED_OR_YOUNG, day, before=before):
            return await super().deliveries(before, after)
        return await self._drop(day, "events", "outcomes", "deliveries")

    async def records(self, before: int, after: Place) -> Chunk:
        if after:
            return await super().records(before, after)
        day = await self._oldest("calls", before)
        if day is None or await self._kept(_CALLED_OR_YOUNG, day, before=before):
            return await super().records(before, after)
        return await self._drop(day, "calls")

    async def messages(self, before: int, after: Place) -> Chunk:
        if after:
            return await super().messages(before, after)
        day = await self._oldest("messages", before)
        if day is None or await self._kept(_TOLD_OF, day):
            return await super().messages(before, after)
        return await self._drop(day, "messages")

    async def _part(self, table: str, day: int) -> None:
        name = part_name(table, day)
        if (await self._db.rows(_HAS_PART, name=name))[0][0]:
            return
        try:
            await self._db.write((plain(part(table, day)), {}))
        except StoreError as error:
            _log.warning("%s was not made: %s", name, error)

    async def _oldest(self, table: str, before: int) -> int | None:
        """The oldest day of a table that is old as a whole."""
        names = await self._db.rows(_PARTS, name=table)
        days = sorted(int(name.rpartition("_d")[2]) for (name,) in names)
        old = [day for day in days if (day + 1) * DAY <= before]
        return old[0] if old else None

    async def _kept(self, why: Query, day: int, **values: object) -> bool:
        first, last = span(day)
        return (await self._db.rows(why, first=first, last=last, **values))[0][0]

    async def _drop(self, day: int, *tables: str) -> Chunk:
        """Drop the parts of a day. Whoever reads them is waited for a moment only: the writer waits behind."""
        names = [part_name(table, day) for table in tables]

        async def task(tx: Transaction) -> int:
            ((rows,),) = await tx.rows(plain(f"SELECT count(*) FROM {names[-1]}"))
            await tx.rows(plain("SET LOCAL lock_timeout = '200ms'"))
            for name in names:
                await tx.rows(plain(f"DROP TABLE {name}"))
            return rows

        gone = await self._db.transact(task)
        _log.info("the %s of day %d are dropped", tables[-1], day)
        return Chunk((), gone, True)
