"""Where receipts find their attempt: attempts in flight, receipts that found nothing, open hand-over lists."""

from collections.abc import Sequence

from omnibound.domain.changes import HandOverList, InFlight
from omnibound.domain.facts import Receipt
from omnibound.domain.live import Outcome
from omnibound.store import rows
from omnibound.store.database import Database
from omnibound.store.queries import queries

_SQL = queries("reads")
_MANY = queries("hot_reads")


class StoredReceipts:
    """See `ports.ReceiptStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, carrier: str, provider_ids: Sequence[str]) -> list[InFlight]:
        found = await self._db.rows(_MANY["find_inflight"], carrier=carrier, keys=list(provider_ids))
        return [InFlight(*row) for row in found]

    async def unmatched(self, after: int, limit: int) -> list[tuple[int, Receipt]]:
        found = await self._db.rows(_SQL["unmatched"], after=after, limit=limit)
        return [(number, rows.to_receipt(body)) for number, body in found]

    async def final_outcomes(self, deliveries: Sequence[int]) -> dict[int, Outcome]:
        found = await self._db.rows(_MANY["final_outcomes"], ids=list(deliveries))
        return {outcome.delivery: outcome for outcome in map(rows.to_outcome, found)}

    async def unsettled(self, node: int | None = None) -> list[HandOverList]:
        found = self._db.rows(_SQL["unsettled"]) if node is None else self._db.rows(_SQL["unsettled_of"], node=node)
        return [rows.to_handover(*row) for row in await found]
