"""What is held back, cancelled or to begin later, stored: a row, and in chunks the deliveries that it is for."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from omnibound.domain.bulk import PARKED, Stop, Target
from omnibound.domain.live import Said, Stage
from omnibound.domain.node import Setting
from omnibound.ports.bulks import Span, Unfinished
from omnibound.store import rows
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.queries import Query, queries
from omnibound.store.revisions import changed, say_changed

_SQL = queries("bulks")
_BEGUN = rows.said_bits(set(Said) - {Said.SKIPPED, Said.RETURNED, Said.RESULT})


class StoredBulks:
    """See `ports.BulkStore`."""

    def __init__(self, db: Database, forget_messages: Callable[[Iterable[int]], None]) -> None:
        self._db = db
        self._forget_messages = forget_messages

    async def stop(self, target: Target) -> Stop | None:
        found = await self._db.rows(_SQL["stop"], **target._asdict())
        return _stop(found[0]) if found else None

    async def stops(self) -> list[Stop]:
        return [_stop(row) for row in await self._db.rows(_SQL["stops"])]

    async def put(self, stop: Stop) -> bool:
        moved = await self._db.transact(lambda tx: _put(tx, stop))
        self._forget_messages(moved or ())
        return moved is not None

    async def drop(self, target: Target) -> None:
        await self._db.write((_SQL["drop_stop"], target._asdict()), changed(Setting.STOPS))

    async def forget(self, before: int) -> None:
        await self._db.write((_SQL["forget_stops"], {"before": before}))

    async def newest(self, target: Target) -> int | None:
        found = await self._db.rows(_of(target, "newest"), **target._asdict())
        return found[0][0] if found else None

    async def spans(self, target: Target, after: int, limit: int) -> list[Span]:
        found = await self._db.rows(_of(target, "spans"), **target._asdict(), after=after, limit=limit)
        return [Span(*row) for row in found]

    async def unfinished(self, target: Target, after: int) -> bool:
        return bool(await self._db.rows(_of(target, "unfinished"), **target._asdict(), after=after))

    async def sent(self, target: Target, after: int) -> bool:
        return bool(await self._db.rows(_of(target, "sent"), **target._asdict(), after=after))

    async def begun(self, target: Target) -> bool:
        return bool(await self._db.rows(_of(target, "begun"), **target._asdict(), begun=_BEGUN))

    async def rows(self, span: Span, limit: int) -> list[Unfinished]:
        found = await self._db.rows(_SQL["unfinished_of"], **span._asdict(), limit=limit)
        return [Unfinished(id_, Stage(stage), *others) for id_, stage, *others in found]

    async def set_due(self, rows: Sequence[tuple[Unfinished, int, int]]) -> None:
        values = [(due_at, step_until, row.id, row.due_at) for row, due_at, step_until in rows]
        await self._db.transact(lambda tx: tx.many(_SQL["set_due"], values))

    async def put_away(self, deliveries: Sequence[int], owner: int) -> None:
        query = _SQL["put_away"]
        values = [query.row(id=id_, owner=owner, parked=PARKED) for id_ in deliveries]
        await self._db.transact(lambda tx: tx.many(query, values))


def _of(target: Target, what: str) -> Query:
    return _SQL[f"{'one' if target.delivery else 'bulk'}_{what}"]


async def _put(tx: Transaction, stop: Stop) -> list[int] | None:
    """The messages that say another instant now; None if it has begun already."""
    moved: list[int] = []
    if stop.send_at:
        if await tx.rows(_of(stop.target, "begun"), **stop.target._asdict(), begun=_BEGUN):
            return None
        found = [] if stop.target.delivery else await tx.rows(_SQL["message_of_bulk"], **stop.target._asdict())
        if len(found) > 1:
            return None
        for id_, body in found:
            later = replace(rows.to_message(body), send_at=stop.send_at)
            await tx.rows(_SQL["put_message"], id=id_, body=rows.encode(later))
            moved.append(id_)
    await tx.rows(_SQL["put_stop"], **_values(stop))
    await say_changed(tx, Setting.STOPS)
    return moved


def _values(stop: Stop) -> dict[str, object]:
    return {
        **stop.target._asdict(),
        "paused": int(stop.paused),
        "cancelled": int(stop.cancelled),
        "send_at": stop.send_at,
        "up_to": stop.up_to,
        "open": int(stop.open),
        "at": stop.at,
    }


def _stop(row: Row) -> Stop:
    account, bulk, delivery, paused, cancelled, send_at, up_to, open_, at = row
    return Stop(
        target=Target(account, bulk, delivery), paused=paused == 1, cancelled=cancelled == 1, send_at=send_at,
        up_to=up_to, open=open_ == 1, at=at,
    )  # fmt: skip
