"""What logs are found by, stored: an index behind the hot path, and touches of what it does not know yet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from omnibound.domain.flow import DAY
from omnibound.domain.live import Stage
from omnibound.domain.logs import Entry, Shelf, Standing
from omnibound.domain.status import Reason, Status
from omnibound.ports.logs import Touch, Walked
from omnibound.store import rows
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.queries import queries

_SQL = queries("logs")
_OPEN = -1
"""The reason of what has not ended."""

_STAGES = {int(stage): stage for stage in Stage}
_STATUSES = {int(status): status for status in Status}
_REASONS = {int(reason): reason for reason in Reason}

Key = tuple[int, str, str, int]
"""A shelf's account, channel, sender and reason."""

Stand = tuple[int, int]
"""A shelf and an instant."""


class StoredLogs:
    """See `ports.LogStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._shelves: dict[Key, int] = {}

    async def touches(self, last: int, limit: int) -> list[Touch]:
        found = await self._db.rows(_SQL["touches"], last=last, limit=limit)
        return [Touch(number, rows.unpack_ids(body)) for number, body in found]

    async def newest_touch(self) -> int:
        return (await self._db.rows(_SQL["newest_touched"]))[0][0]

    async def standings(self, deliveries: Sequence[int], account: int | None = None) -> list[Standing]:
        found = await self._db.rows(_SQL["standings"], ids=list(deliveries), account=account)
        return [_standing(row) for row in found if row[6] is not None or row[10] is not None]

    async def by_refs(self, account: int, days: Sequence[int], hashes: Sequence[int]) -> list[int]:
        values = {"account": account, "days": list(days), "hashes": list(hashes)}
        return [delivery for (delivery,) in await self._db.rows(_SQL["newest_by_refs"], **values)]

    async def file(self, touches: Sequence[int], entries: Sequence[Entry]) -> bool:
        shelves = await self._db.transact(lambda tx: _file(tx, list(touches), entries, self._shelves))
        self._shelves.update(shelves or {})
        return shelves is not None

    async def shelves(self, account: int) -> dict[int, Shelf]:
        return {
            number: Shelf(channel, sender, None if reason == _OPEN else _REASONS[reason])
            for number, channel, sender, reason in await self._db.rows(_SQL["shelves"], account=account)
        }

    async def walk(self, day: int, ranges: Sequence[tuple[int, int]], since: int, until: int, most: int) -> Walked:
        values = {"day": day, "ranges": list(ranges), "since": since, "until": until, "most": most - 1}
        found: defaultdict[object, list[tuple[int, int]]] = defaultdict(list)
        for key, at, delivery in await self._db.rows(_SQL["walk"], **values):
            found[key].append((at, delivery))
        # A range that gave as many as it may can hold more, older ones; another's older ones then have to wait.
        cut = max((min(each)[0] for each in found.values() if len(each) >= most), default=None)
        these = [place for each in found.values() for place in each if cut is None or place[0] >= cut]
        return Walked(sorted(these, reverse=True), cut)


async def _file(
    tx: Transaction, touches: list[int], entries: Sequence[Entry], known: dict[Key, int]
) -> dict[Key, int] | None:
    """The numbers of the shelves, or None."""
    if len(await tx.rows(_SQL["drop_touched"], ids=touches)) < len(touches):
        return None
    keys = [_key(entry) for entry in entries]
    shelves = await _numbered(set(keys), known, tx)
    found = await tx.rows(_SQL["open_entries"], ids=[entry.delivery for entry in entries])
    was: dict[int, Stand] = {delivery: (shelf, at) for delivery, shelf, at in found}
    stands = [(entry, (shelves[key], entry.at)) for entry, key in zip(entries, keys, strict=True)]
    new = [(entry, stand) for entry, stand in stands if was.get(entry.delivery) != stand] if was else stands
    old = [(entry, was[entry.delivery]) for entry, _ in new if entry.delivery in was]
    await tx.many(_SQL["drop_entry"], _places(old))
    await tx.many(_SQL["add_entry"], _places(new))
    await tx.many(_SQL["put_open"], [(entry.delivery, *stand) for entry, stand in new if entry.shelf.reason is None])
    await tx.many(_SQL["drop_open"], [(entry.delivery,) for entry, _ in old if entry.shelf.reason is not None])
    return shelves


async def _numbered(keys: set[Key], known: dict[Key, int], tx: Transaction) -> dict[Key, int]:
    numbers = {key: known[key] for key in keys if key in known}
    for key in sorted(keys - set(numbers)):
        values = dict(zip(("account", "channel", "sender", "reason"), key, strict=True))
        await tx.rows(_SQL["add_shelf"], **values)
        ((numbers[key],),) = await tx.rows(_SQL["shelf"], **values)
    return numbers


def _key(entry: Entry) -> Key:
    channel, sender, reason = entry.shelf
    return entry.account, channel, sender, _OPEN if reason is None else int(reason)


def _places(stands: Iterable[tuple[Entry, Stand]]) -> list[Row]:
    """In the order of the index: neighbours are written together."""
    return sorted(
        (at // DAY, subject, shelf, at, entry.delivery) for entry, (shelf, at) in stands for subject in entry.subjects
    )


def _standing(row: Row) -> Standing:
    stage, step, sent_at, parts, status, reason, detail, ended_step, ended_sent_at, ended_parts, done_at = row[6:]
    delivery = rows.to_delivery(*row[:6])
    if stage is not None:
        return Standing(delivery, _STAGES[stage], step, sent_at, parts)
    return Standing(
        delivery, None, ended_step, ended_sent_at, ended_parts, _STATUSES[status], _REASONS[reason], detail, done_at
    )
