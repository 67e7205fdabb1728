"""Old rows go, a chunk a call: found by a reader, dropped by the writer in short transactions."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from omnibound.domain.ids import first_id_at
from omnibound.ports.retention import Chunk, Place
from omnibound.store import rows
from omnibound.store.database import Database, Transaction
from omnibound.store.member_rows import without_speech
from omnibound.store.member_texts import without
from omnibound.store.queries import queries
from omnibound.store.text_blocks import compact

_SQL = queries("retention")
CHUNK = 1_000
"""Rows of a transaction at most (a delivery's own rows are never parted): the hot path waits for no more."""

BODIES = 250
"""Messages stripped in a transaction: each is decoded and encoded anew."""


class StoredRetention:
    """See `ports.RetentionStore`."""

    def __init__(self, db: Database, forget_messages: Callable[[Iterable[int]], None]) -> None:
        self._db = db
        self._forget_messages = forget_messages

    async def ahead(self, now: int) -> None:
        """There is nothing to prepare: a table has one part here."""

    async def handouts(self, before: int, after: Place) -> Chunk:
        return await self._range("old_handouts", before)

    async def unmatched(self, before: int, after: Place) -> Chunk:
        return await self._range("old_unmatched", before)

    async def inbound(self, before: int, after: Place) -> Chunk:
        return await self._range("old_inbound", before)

    async def received(self, before: int, after: Place) -> Chunk:
        return await self._range("old_received", before)

    async def search(self, before: int, after: Place) -> Chunk:
        return await self._range("old_search", before)

    async def _range(self, name: str, before: int, **values: object) -> Chunk:
        """What stands at the beginning goes: there is no place to remember."""
        ((*gone,),) = await self._db.write((_SQL[name], {"before": before, "limit": CHUNK, **values}))
        return Chunk((), len(gone), len(gone) == CHUNK)

    async def refs(self, before: int, after: Place) -> Chunk:
        found = await self._db.rows(_SQL["account_with_old_refs"], before=before)
        if not found:
            return Chunk((), 0, False)
        chunk = await self._range("old_refs", before, account=found[0][0])
        return Chunk((), chunk.dropped, True)

    async def reports(self, before: int, after: Place) -> Chunk:
        if not after:
            return await self._next_account(-1, [])
        account, first = after
        found = await self._db.rows(
            _SQL["reports_of_old"], account=account, first=first, last=first_id_at(before), limit=CHUNK
        )
        old = [(account, delivery, attempt) for delivery, attempt, done in found if done is None or done < before]
        await self._each("drop_report", old)
        if len(found) < CHUNK:
            return await self._next_account(account, old)
        last = found[-1][0]
        return Chunk((account, max(last, first + 1)), len(old), True)

    async def _next_account(self, account: int, dropped: list[tuple[int, int, int]]) -> Chunk:
        ((following,),) = await self._db.rows(_SQL["account_with_reports"], account=account)
        place = None if following is None else (following, 0)
        return Chunk(place, len(dropped), place is not None)

    async def inflight(self, before: int, after: Place) -> Chunk:
        provider_id, carrier = after or ("", "")
        found = await self._db.rows(_SQL["flights"], provider_id=provider_id, carrier=carrier, limit=CHUNK)
        old = [(provider_id, carrier, before) for provider_id, carrier, until in found if until < before]
        await self._each("drop_flight", old)
        more = len(found) == CHUNK
        return Chunk(found[-1][:2] if more else None, len(old), more)

    async def contents(self, before: int, after: Place) -> Chunk:
        start, last = _span(after, before)
        found = await self._db.rows(_SQL["full_messages"], after=start, last=last, limit=BODIES)
        done = [id_ for id_, unfinished in found if not unfinished]
        if done:
            await self._db.transact(lambda tx: _strip(tx, done))
            self._forget_messages(done)
        return Chunk((found[-1][0],) if found else after, len(done), len(found) == BODIES)

    async def deliveries(self, before: int, after: Place) -> Chunk:
        start, last = _span(after, before)
        found = await self._db.rows(_SQL["old_deliveries"], after=start, last=last, limit=CHUNK)
        old = [id_ for id_, unfinished, done in found if not unfinished and (done is None or done < before)]
        gone = await self._db.transact(lambda tx: _drop(tx, old)) if old else []
        if len(gone) < len(old):
            return Chunk((gone[-1],), len(gone), True)
        return Chunk((found[-1][0],) if found else after, len(gone), len(found) == CHUNK)

    async def calls(self, before: int, after: Place) -> Chunk:
        return await self._calls(before, after, of_campaigns=False)

    async def records(self, before: int, after: Place) -> Chunk:
        return await self._calls(before, after, of_campaigns=True)

    async def _calls(self, before: int, after: Place, *, of_campaigns: bool) -> Chunk:
        ended_at, delivery, attempt = after or (-1, -1, -1)
        found = await self._db.rows(
            _SQL["old_calls"], ended_at=ended_at, delivery=delivery, attempt=attempt, before=before, limit=CHUNK
        )
        old = [(row[1], row[2]) for row in found if bool(row[3]) is of_campaigns and not row[4]]
        await self._each("drop_call", old)
        return Chunk(tuple(found[-1][:3]) if found else after, len(old), len(found) == CHUNK)

    async def messages(self, before: int, after: Place) -> Chunk:
        start, last = _span(after, before)
        found = await self._db.rows(_SQL["old_messages"], after=start, last=last, limit=CHUNK)
        old = [(id_,) for id_, told_of in found if not told_of]
        await self._each("drop_message", old)
        self._forget_messages([id_ for (id_,) in old])
        return Chunk((found[-1][0],) if found else after, len(old), len(found) == CHUNK)

    async def member_contents(self, before: int, after: Place) -> Chunk:
        start, last = _span(after, before)
        found = await self._db.rows(_SQL["full_members"], after=start, last=last, limit=CHUNK)
        strip = _SQL["strip_member"]
        bare = [strip.row(id=id_, body=without_speech(body)) for id_, at, body in found if at < before]
        await self._each("strip_member", bare)
        return Chunk((found[-1][0],) if found else after, len(bare), len(found) == CHUNK)

    async def members(self, before: int, after: Place) -> Chunk:
        start, last = _span(after, before)
        found = await self._db.rows(_SQL["old_members"], after=start, last=last, limit=CHUNK)
        old = [(id_, account, campaign) for id_, account, campaign, closed, at in found if closed and at < before]
        if old:
            await self._db.transact(lambda tx: _drop_members(tx, old))
        return Chunk((found[-1][0],) if found else after, len(old), len(found) == CHUNK)

    async def texts(self, before: int, after: Place) -> Chunk:
        return await compact(self._db, before, after)

    async def _each(self, name: str, keys: Sequence[tuple[object, ...]]) -> None:
        if keys:
            await self._db.transact(lambda tx: tx.many(_SQL[name], keys))


async def _drop_members(tx: Transaction, old: list[tuple[int, int, str]]) -> None:
    """With what they are found by."""
    by_campaign: dict[tuple[int, str], list[int]] = {}
    for id_, account, campaign in old:
        by_campaign.setdefault((account, campaign), []).append(id_)
    for (account, campaign), ids in by_campaign.items():
        await without(tx, account, campaign, ids)
    await tx.many(_SQL["drop_member"], [(id_,) for id_, _, _ in old])


def _span(after: Place, before: int) -> tuple[int, int]:
    return (after[0] if after else 0), first_id_at(before)


async def _strip(tx: Transaction, ids: list[int]) -> None:
    """What was said goes; how it was to be sent, and what the client gave us to repeat, stays."""
    for id_ in ids:
        for (body,) in await tx.rows(_SQL["message_body"], id=id_):
            bare = replace(rows.to_message(body), content={})
            await tx.rows(_SQL["strip_message"], id=id_, body=rows.encode(bare))


async def _drop(tx: Transaction, ids: list[int]) -> list[int]:
    """Deliveries with all that was written of them, until the chunk is full; those that went."""
    gone = 0
    for position, id_ in enumerate(ids):
        for name in ("drop_events", "drop_outcomes", "drop_delivery"):
            gone += len(await tx.rows(_SQL[name], delivery=id_))
        if gone >= CHUNK:
            return ids[: position + 1]
    return ids
