"""Campaigns, their members, and suppressed numbers, stored."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from omnibound.domain.campaign import Campaign
from omnibound.domain.member import Member, unpack
from omnibound.domain.node import Setting
from omnibound.domain.status import Reason
from omnibound.ports.campaigns import Suppression
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.deliveries import StoredDeliveries
from omnibound.store.member_rows import to_member
from omnibound.store.queries import queries
from omnibound.store.revisions import say_changed
from omnibound.store.rows import encode

_SQL = queries("campaigns")
_MEMBERS = queries("members")
_campaign = msgspec.msgpack.Decoder(Campaign)
ERASED = 500
"""Members of a transaction at most, with all that was written of them: the hot path waits for no more."""

TEXTS_ERASED = 200
"""Rows of texts of a transaction at most: each has those of up to a thousand people."""

_WRITTEN = ("pushes", "calls", "events", "outcomes", "deliveries", "members")
"""Where something of a member is written."""


class StoredCampaigns:
    """See `ports.campaigns.CampaignStore`."""

    def __init__(self, db: Database, deliveries: StoredDeliveries) -> None:
        self._db = db
        self._deliveries = deliveries

    async def add(self, campaign: Campaign) -> None:
        await self._db.write((_SQL["add_campaign"], _values(campaign)))

    async def one(self, account: int, id_: str) -> Campaign | None:
        rows = await self._db.rows(_SQL["campaign"], account=account, id=id_)
        return _campaign.decode(rows[0][0]) if rows else None

    async def by_guid(self, account: int, guid: str) -> Campaign | None:
        rows = await self._db.rows(_SQL["campaign_by_guid"], account=account, guid=guid)
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
            await say_changed(tx, Setting.CAMPAIGNS)
            return after

        after = await self._db.transact(task)
        self._deliveries.forget_campaign(account, id_)
        return after

    async def erase(self, account: int, campaign: str, bulk: str) -> bool:
        more, messages = await self._db.transact(lambda tx: _erase(tx, account, campaign, bulk))
        self._deliveries.forget_messages(messages)
        return more

    async def open_members(self, account: int, campaign: str, after: int, limit: int) -> list[Member]:
        query = _SQL["open_members_after"]
        rows = await self._db.rows(query, account=account, campaign=campaign, after=after, limit=limit)
        return [to_member(row) for row in rows]

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
        stands = [(unpack(stand), count) for stand, count in rows]
        return [(stand.closed, stand.reason, count) for stand, count in stands]

    async def suppress(self, account: int, channel: str, keys: Iterable[str], reason: Reason, at: int) -> None:
        query = _SQL["suppress"]
        rows = [query.row(account=account, channel=channel, key=key, reason=int(reason), at=at) for key in set(keys)]
        await self._db.transact(lambda tx: tx.many(query, rows))

    async def unsuppress(self, account: int, channel: str, key: str) -> bool:
        (gone,) = await self._db.write((_SQL["unsuppress"], {"account": account, "channel": channel, "key": key}))
        return bool(gone)

    async def suppressions(self, account: int, channel: str, after: str, limit: int) -> list[Suppression]:
        query = _SQL["suppressions"]
        rows: list[Row] = await self._db.rows(query, account=account, channel=channel, after=after, limit=limit)
        return [Suppression(key, Reason(reason), at) for key, reason, at in rows]

    async def suppression(self, account: int, channel: str, key: str) -> Suppression | None:
        rows: list[Row] = await self._db.rows(_SQL["suppression"], account=account, channel=channel, key=key)
        return Suppression(key, Reason(rows[0][0]), rows[0][1]) if rows else None

    async def suppressed(self, account: int, channel: str, keys: Sequence[str]) -> dict[str, Reason]:
        rows: list[Row] = await self._db.rows(_SQL["suppressed"], account=account, channel=channel, keys=list(keys))
        return {key: Reason(reason) for key, reason in rows}


async def _erase(tx: Transaction, account: int, campaign: str, bulk: str) -> tuple[bool, list[int]]:
    """A chunk; whether there is more, and the messages that went. The campaign goes last."""
    found = await tx.rows(_SQL["member_ids"], account=account, campaign=campaign, limit=ERASED)
    if found:
        ids = [id_ for (id_,) in found]
        for table in _WRITTEN:
            scope = {"account": account} if table == "pushes" else {}
            await tx.rows(_SQL[f"erase_{table}"], **scope, ids=ids)
        return True, []
    messages = [id_ for (id_,) in await tx.rows(_SQL["erase_messages"], account=account, bulk=bulk, limit=ERASED)]
    if not messages:
        await tx.rows(_MEMBERS["lock_texts"], account=account, campaign=campaign)
        if await tx.rows(_MEMBERS["erase_texts"], account=account, campaign=campaign, limit=TEXTS_ERASED):
            return True, []
        if await tx.rows(_SQL["erase_records"], account=account, campaign=campaign, limit=ERASED):
            return True, []
        await tx.rows(_MEMBERS["erase_externals"], account=account, campaign=campaign)
        await tx.rows(_SQL["erase_tallies"], account=account, campaign=campaign)
        await tx.rows(_SQL["erase_traits"], account=account, campaign=campaign)
        await tx.rows(_SQL["erase_stop"], account=account, bulk=bulk)
        await tx.rows(_SQL["erase_campaign"], account=account, campaign=campaign)
    return bool(messages), messages


def _values(campaign: Campaign) -> dict[str, object]:
    return {"account": campaign.account, "id": campaign.id, "guid": campaign.guid, "body": encode(campaign)}
