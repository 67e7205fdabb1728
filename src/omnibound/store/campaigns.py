"""Campaigns, their members, and suppressed numbers, stored."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from omnibound.domain.campaign import Campaign, Member
from omnibound.domain.status import Reason
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.queries import queries
from omnibound.store.rows import encode, to_member

_SQL = queries("campaigns")
_campaign = msgspec.msgpack.Decoder(Campaign)


class StoredCampaigns:
    """See `ports.campaigns.CampaignStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, campaign: Campaign) -> None:
        await self._db.write((_SQL["add_campaign"], _values(campaign)))

    async def one(self, account: int, id_: str) -> Campaign | None:
        rows = await self._db.rows(_SQL["campaign"], account=account, id=id_)
        return _campaign.decode(rows[0][0]) if rows else None

    async def page(self, account: int, after: str, limit: int) -> list[Campaign]:
        rows = await self._db.rows(_SQL["campaigns"], account=account, after=after, limit=limit)
        return [_campaign.decode(body) for (body,) in rows]

    async def change(self, account: int, id_: str, changed: Callable[[Campaign], Campaign]) -> Campaign | None:
        async def task(tx: Transaction) -> Campaign | None:
            found = await tx.rows(_SQL["lock_campaign"], account=account, id=id_)
            if not found:
                return None
            after = changed(_campaign.decode(found[0][0]))
            await tx.rows(_SQL["put_campaign"], **_values(after))
            return after

        return await self._db.transact(task)

    async def members(self, account: int, campaign: str, after: int, limit: int) -> list[Member]:
        rows = await self._db.rows(_SQL["members_after"], account=account, campaign=campaign, after=after, limit=limit)
        return [to_member(row) for row in rows]

    async def members_at(self, account: int, campaign: str, offset: int, limit: int) -> list[Member]:
        rows = await self._db.rows(_SQL["members_at"], account=account, campaign=campaign, offset=offset, limit=limit)
        return [to_member(row) for row in rows]

    async def members_of(self, ids: Sequence[int]) -> dict[int, Member]:
        rows = await self._db.rows(_SQL["members_of"], ids=list(ids))
        return {row[0]: to_member(row) for row in rows}

    async def counts(self, account: int, campaign: str) -> list[tuple[bool, Reason | None, int]]:
        rows = await self._db.rows(_SQL["count_members"], account=account, campaign=campaign)
        return [(closed == 1, Reason(reason) if reason else None, count) for closed, reason, count in rows]

    async def suppress(self, account: int, channel: str, keys: Iterable[str], reason: Reason, at: int) -> None:
        query = _SQL["suppress"]
        rows = [query.row(account=account, channel=channel, key=key, reason=int(reason), at=at) for key in set(keys)]
        await self._db.transact(lambda tx: tx.many(query, rows))

    async def unsuppress(self, account: int, channel: str, key: str) -> bool:
        (gone,) = await self._db.write((_SQL["unsuppress"], {"account": account, "channel": channel, "key": key}))
        return bool(gone)

    async def suppressed(self, account: int, channel: str, keys: Sequence[str]) -> dict[str, Reason]:
        rows: list[Row] = await self._db.rows(_SQL["suppressed"], account=account, channel=channel, keys=list(keys))
        return {key: Reason(reason) for key, reason in rows}


def _values(campaign: Campaign) -> dict[str, object]:
    return {"account": campaign.account, "id": campaign.id, "body": encode(campaign)}
