"""Reports that wait to be taken, and the hand-outs of those that were."""

import json
from collections.abc import Sequence

from omnibound.domain.live import Outcome
from omnibound.domain.message import Delivery
from omnibound.store import rows
from omnibound.store.cursor import Cursor
from omnibound.store.queries import Query, queries
from omnibound.store.sqlite import Sqlite

_SQL = queries("reads")
_MANY = queries("hot_reads")


class StoredReports:
    """See `ports.ReportStore`."""

    def __init__(self, db: Sqlite) -> None:
        self._db = db

    async def take(
        self, account: int, now: int, *, bulk: str, delivery: int, channel: str, limit: int
    ) -> list[tuple[int, int]]:
        values: dict[str, object] = {"account": account, "channel": channel, "limit": limit, "delivery": delivery}
        query = _MANY["take_report"] if delivery else _MANY["take_reports"]
        if bulk:
            ranges = await self._db.rows(_MANY["bulk_ranges"], account=account, bulk=bulk)
            if delivery:
                ranges = [(delivery, delivery, r[2]) for r in ranges if r[0] <= delivery <= r[1]]
            query, values["ranges"] = _MANY["take_reports_of"], json.dumps(ranges)
        return await self._db.transact(lambda cursor: _take(cursor, query, values, account, now))

    async def rows(self, keys: Sequence[tuple[int, int]]) -> list[tuple[Delivery, Outcome]]:
        found = await self._db.rows(_MANY["report_rows"], keys=json.dumps(list(keys)))
        return [(rows.to_delivery(*row[:6]), rows.to_outcome(row[6:])) for row in found]

    async def handed_out(self, account: int, after: int, limit: int) -> list[tuple[int, int, list[tuple[int, int]]]]:
        found = await self._db.rows(_SQL["handouts"], account=account, after=after, limit=limit)
        return [(number, at, rows.unpack_pairs(body)) for number, at, body in found]


def _take(cursor: Cursor, query: Query, values: dict[str, object], account: int, now: int) -> list[tuple[int, int]]:
    keys = sorted((delivery, attempt) for delivery, attempt in cursor.execute(query.sql, query.row(**values)))
    if keys:
        add = _MANY["add_handout"]
        cursor.execute(add.sql, add.row(account=account, at=now, body=rows.pack_pairs(keys)))
    return keys
