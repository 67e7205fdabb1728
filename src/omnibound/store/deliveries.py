"""Messages, deliveries and what of them is unfinished, stored."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from omnibound.domain.campaign import Campaign
from omnibound.domain.campaign_flow import LANES, flow_of
from omnibound.domain.live import Event, Live, Outcome
from omnibound.domain.message import Delivery, Message
from omnibound.ports.store import Loaded
from omnibound.store import rows
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.queries import queries

_SQL = queries("reads")
_MANY = queries("hot_reads")
_CAMPAIGN = queries("campaigns")["campaign"]
_campaign = msgspec.msgpack.Decoder(Campaign)

Turn = tuple[int, int]
"""A round and a shard in which an account has something due."""

MESSAGES_KEPT = 2_000
"""How many message bodies are remembered; one serves all the recipients of a bulk."""


class StoredDeliveries:
    """See `ports.DeliveryStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[int, Message] = OrderedDict()
        self._last_served: dict[tuple[str, int], int] = {}
        self._changed = 0
        """How often a campaign was changed."""

    async def message(self, id_: int) -> Message | None:
        return (await self.messages([id_])).get(id_)

    async def messages(self, ids: Sequence[int]) -> dict[int, Message]:
        wanted = set(ids)
        missing = [id_ for id_ in wanted if id_ not in self._kept]
        found = {id_: self._kept[id_] for id_ in wanted if id_ in self._kept}
        if missing:
            for message in await self._read(missing):
                found[message.id] = self._kept[message.id] = message
            while len(self._kept) > MESSAGES_KEPT:
                self._kept.popitem(last=False)
        return found

    def forget_messages(self, ids: Iterable[int]) -> None:
        """Read these anew when they are asked for: they have changed."""
        for id_ in ids:
            self._kept.pop(id_, None)

    async def _read(self, ids: list[int]) -> list[Message]:
        """Those of a campaign with its latest flow, not with the one that they were born with."""
        while True:
            changed = self._changed
            found = [rows.to_message(body) for (body,) in await self._db.rows(_MANY["messages"], ids=ids)]
            flows = {(m.account, m.campaign): m.flow for m in found if m.campaign}
            for account, id_ in flows:
                for (body,) in await self._db.rows(_CAMPAIGN, account=account, id=id_):
                    flows[account, id_] = flow_of(_campaign.decode(body))
            if changed == self._changed:
                break
        if not flows:
            return found
        return [replace(each, flow=flows.get((each.account, each.campaign), each.flow)) for each in found]

    def forget_campaign(self, account: int, campaign: str) -> None:
        """Read its messages anew when they are asked for: their flow has changed."""
        self._changed += 1
        kept = self._kept.values()
        self.forget_messages([each.id for each in kept if (each.account, each.campaign) == (account, campaign)])

    async def load(self, ids: Sequence[int]) -> list[Loaded]:
        found = await self._db.rows(_MANY["load"], ids=list(ids))
        return [_loaded(row) for row in found]

    async def one(self, account: int, id_: int) -> Delivery | None:
        found = await self._db.rows(_SQL["delivery"], id=id_, account=account)
        return rows.to_delivery(*found[0]) if found else None

    async def known(self, id_: int) -> Delivery | None:
        found = await self._db.rows(_SQL["known_delivery"], id=id_)
        return rows.to_delivery(*found[0]) if found else None

    async def live(self, id_: int) -> Live | None:
        found = await self._db.rows(_SQL["live_one"], id=id_)
        return rows.to_live(found[0])[0] if found else None

    async def timeline(self, id_: int) -> list[Event]:
        return [event for (body,) in await self._db.rows(_SQL["timeline"], id=id_) for event in rows.to_events(body)]

    async def outcomes(self, id_: int) -> list[Outcome]:
        return [rows.to_outcome(row) for row in await self._db.rows(_SQL["outcomes_of"], id=id_)]

    async def by_ref(self, account: int, ref_hash: int, since_day: int) -> int | None:
        found = await self._db.rows(_SQL["delivery_by_ref"], account=account, hash=ref_hash, day=since_day)
        return found[0][0] if found else None

    async def refs_taken(self, account: int, days: Sequence[int], hashes: Sequence[int]) -> set[int]:
        wanted = list(hashes)
        taken: set[int] = set()
        for day in days:
            found = await self._db.rows(_MANY["refs_taken"], account=account, day=day, hashes=wanted)
            taken.update(hash_ for (hash_,) in found)
        return taken

    async def waiting_channels(self) -> list[str]:
        return [channel for (channel,) in await self._db.rows(_MANY["waiting_channels"])]

    async def claim(self, owner: int, now: int, limit: int, cls: int, channel: str) -> list[int]:
        lines = await self._db.rows(_MANY["claimable"], channel=channel, cls=cls, now=now)
        if not lines or limit <= 0:
            return []
        turns: dict[int, deque[Turn]] = {}
        for account, round_, shard in lines:
            turns.setdefault(account, deque()).append((round_, shard))
        # Who was served last is served last again: with more accounts than room all of them have their turn.
        last = self._last_served.get((channel, cls), 0)
        order = sorted(turns, key=lambda account: (account <= last, account))
        values = {"owner": owner, "now": now, "cls": cls, "channel": channel}
        claimed, served = await self._db.transact(
            lambda tx: _claim(tx, values, {account: deque(turns[account]) for account in order}, limit)
        )
        self._last_served[channel, cls] = served
        return claimed

    async def lanes(self, prefix: str = LANES) -> list[str]:
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return [lane for (lane,) in await self._db.rows(_MANY["lanes"], first=prefix, end=end)]

    async def claim_lane(self, lane: str, owner: int, now: int, limit: int) -> list[Loaded]:
        async def task(tx: Transaction) -> list[Loaded]:
            claimed = await tx.rows(_MANY["claim_lane"], lane=lane, owner=owner, now=now, limit=limit)
            ids = [id_ for _, id_ in sorted((due_at, id_) for id_, due_at in claimed)]
            return [_loaded(row) for row in await tx.rows(_MANY["load"], ids=ids)] if ids else []

        return await self._db.transact(task)

    async def next_due(self, lane: str) -> int | None:
        return (await self._db.rows(_MANY["lane_due"], lane=lane))[0][0]

    async def due(self, now: int, limit: int) -> list[int]:
        timers = await self._db.rows(_MANY["due_timers"], now=now, limit=limit)
        unsent = await self._db.rows(_MANY["due_unsent"], now=now, limit=limit)
        return [id_ for (id_,) in timers + unsent]

    async def give_away(self, places: Sequence[tuple[int, str]], owner: int) -> None:
        query = _MANY["give_away"]
        values = [query.row(id=id_, channel=channel, owner=owner) for id_, channel in places]
        await self._db.transact(lambda tx: tx.many(query, values))

    async def disown(self, owner: int | None = None) -> None:
        await self._db.write((_MANY["disown_all"], {}) if owner is None else (_MANY["disown"], {"owner": owner}))

    async def backlog(self) -> int:
        return (await self._db.rows(_SQL["backlog"]))[0][0]


async def _claim(
    tx: Transaction, values: dict[str, int | str], turns: dict[int, deque[Turn]], limit: int
) -> tuple[list[int], int]:
    """Accounts take equal turns, earlier rounds first; what one does not use goes to the others in a further turn."""
    claimed: list[int] = []
    served = 0
    while turns and len(claimed) < limit:
        share = max(1, (limit - len(claimed)) // len(turns))
        for account, rounds in list(turns.items()):
            wanted = min(share, limit - len(claimed))
            if not wanted:
                break
            round_, shard = rounds[0]
            found_rows = await tx.rows(
                _MANY["claim"], **values, account=account, round=round_, shard=shard, limit=wanted
            )
            found = [id_ for (id_,) in found_rows]
            claimed += found
            served = account
            if len(found) < wanted:
                rounds.popleft()
            if not rounds:
                del turns[account]
    return claimed, served


def _loaded(row: Row) -> Loaded:
    live, owner = rows.to_live(row[:22])
    delivery = rows.to_delivery(live.id, live.message, live.account, *row[22:])
    return Loaded(live, delivery, owner)
