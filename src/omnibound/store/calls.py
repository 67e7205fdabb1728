"""Calls that are over, stored."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from omnibound.domain.call import Call
from omnibound.domain.number import number_key
from omnibound.domain.status import Reason
from omnibound.ports.calls import CallPlace, CallWish, Rung
from omnibound.store.database import Database
from omnibound.store.queries import Query, queries
from omnibound.store.rows import to_call

_SQL = queries("calls")
_BEFORE_ALL = -1
"""Less than any delivery's id."""


class StoredCalls:
    """See `ports.calls.CallStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def one(self, delivery: int, attempt: int) -> Call | None:
        rows = await self._db.rows(_SQL["call"], delivery=delivery, attempt=attempt)
        return to_call(rows[0][0]) if rows else None

    async def of(self, deliveries: Sequence[int]) -> dict[int, list[Call]]:
        rows = await self._db.rows(_SQL["calls_of_deliveries"], ids=list(deliveries))
        found: dict[int, list[Call]] = defaultdict(list)
        for call in [to_call(body) for (body,) in rows]:
            found[call.delivery].append(call)
        return dict(found)

    async def today(self, account: int, numbers: Sequence[str], since: int) -> list[Rung]:
        rows = await self._db.rows(_SQL["calls_today"], account=account, numbers=list(numbers), since=since)
        return [Rung(number, Reason(reason), ended_at) for number, reason, ended_at in rows]

    async def reasons(
        self, account: int, campaign: str, since: int, until: int, agents: Collection[str] = ()
    ) -> dict[Reason, int]:
        values: dict[str, object] = {"account": account, "campaign": campaign, "since": since, "until": until}
        if agents:
            rows = await self._db.rows(_SQL["reasons_of_agents"], **values, agents=sorted(set(agents)))
        else:
            rows = await self._db.rows(_SQL["reasons_of_campaign"], **values)
        return {Reason(reason): number for reason, number in rows}

    async def page(self, account: int | None, wish: CallWish, after: CallPlace | None, limit: int) -> list[Call]:
        begin = CallPlace(wish.since, _BEFORE_ALL, 0)
        query = _query(account, wish)
        values = {
            "account": account, "campaign": wish.campaign, "number": number_key(wish.number), "until": wish.until,
            "connector": wish.connector, "reason": int(wish.reason or 0), "limit": limit,
            **max(begin, after or begin)._asdict(),
        }  # fmt: skip
        rows = await self._db.rows(query, **values)
        return [to_call(body) for (body,) in rows]


def _query(account: int | None, wish: CallWish) -> Query:
    """The statement that goes by the index that says most."""
    if account is None:
        return _SQL["calls_of_all"]
    return _SQL["calls_of_campaign" if wish.campaign else "calls_of_number" if wish.number else "calls_of_account"]
