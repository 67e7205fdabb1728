"""Reports that wait to be taken, and the hand-outs of those that were."""

from collections.abc import Mapping, Sequence

from omnibound.domain.live import Outcome
from omnibound.domain.message import Delivery
from omnibound.store import rows
from omnibound.store.database import Database, Transaction
from omnibound.store.queries import Query, queries

_SQL = queries("reads")
_MANY = queries("hot_reads")
_FIND = {
    (False, False): _MANY["waiting_reports"],
    (False, True): _MANY["waiting_reports_by"],
    (True, False): _MANY["waiting_reports_of"],
    (True, True): _MANY["waiting_reports_of_by"],
}
"""By (goes by a bulk, goes by a channel)."""
WIDER = (1, 4, 16, 64)
"""How many times the limit is looked for, try after try, while others keep taking all that was found."""
MOST_FOUND = 5_000
"""Keys, whatever the tries: the writer looks each of them up."""


class StoredReports:
    """See `ports.ReportStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def take(
        self, account: int, now: int, *, bulk: str, delivery: int, channel: str, limit: int
    ) -> list[tuple[int, int]]:
        """Found by a reader, taken by the writer: however long the search, nobody's commit waits for it."""
        if not (bulk or delivery or channel):
            first = _MANY["take_first_reports"]
            return await self._db.transact(lambda tx: _take(tx, first, {"account": account, "limit": limit}, now))
        query = _MANY["waiting_report"] if delivery else _FIND[bool(bulk), bool(channel)]
        wishes = {"account": account, "bulk": bulk, "delivery": delivery, "channel": channel}
        these = _MANY["take_reports"]
        for times in WIDER:
            most = max(limit, min(limit * times, MOST_FOUND))
            found = await self._db.rows(query, **{**wishes, "limit": most})
            if not found:
                return []
            values = {"account": account, "keys": found, "limit": limit}
            if taken := await self._db.transact(lambda tx, v=values: _take(tx, these, v, now)):
                return taken
        return []

    async def rows(self, keys: Sequence[tuple[int, int]]) -> list[tuple[Delivery, Outcome]]:
        deliveries, attempts = [delivery for delivery, _ in keys], [attempt for _, attempt in keys]
        found = await self._db.rows(_MANY["report_rows"], keys=list(keys), deliveries=deliveries, attempts=attempts)
        return [(rows.to_delivery(*row[:6]), rows.to_outcome(row[6:])) for row in found]

    async def handed_out(self, account: int, after: int, limit: int) -> list[tuple[int, int, list[tuple[int, int]]]]:
        found = await self._db.rows(_SQL["handouts"], account=account, after=after, limit=limit)
        return [(number, at, rows.unpack_pairs(body)) for number, at, body in found]


async def _take(tx: Transaction, take: Query, values: Mapping[str, object], now: int) -> list[tuple[int, int]]:
    await tx.rows(_SQL["lock_account"], account=values["account"])
    keys = sorted((delivery, attempt) for delivery, attempt in await tx.rows(take, **values))
    if keys:
        at, body = now, rows.pack_pairs(keys)
        while not await tx.rows(_MANY["add_handout"], account=values["account"], at=at, body=body):
            at += 1
    return keys
