"""Nodes, their leases and slots, stored."""

from msgspec.structs import asdict

from omnibound.domain.ids import NODES, Mint
from omnibound.domain.node import Node, Sight, heir_slot
from omnibound.ports.store import Taken
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.errors import StoreError
from omnibound.store.queries import queries

_SQL = queries("nodes")
COMMANDS = NODES - 1
"""The slot in the ids that commands mint beside a server: no node gets it."""
TRIES = 20


class StoredNodes:
    """See `ports.nodes.NodeStore`."""

    def __init__(self, db: Database, *, shared: bool) -> None:
        self._db = db
        self._shared = shared
        """Whether there may be other nodes: where there are none, a lease need not be renewed."""

    async def join(self, key: str, host: str, version: str, lease: int) -> Node:
        async def task(tx: Transaction) -> Node:
            now = await _now(tx)
            taken = {slot for (slot,) in await tx.rows(_SQL["taken_slots"])}
            slot = next((slot for slot in range(COMMANDS) if slot not in taken), None)
            if slot is None:
                raise StoreError(f"{COMMANDS} nodes serve on this database already")
            (incarnation,) = Mint(slot).take(1, now)
            node = Node(
                incarnation=incarnation, slot=slot, key=key, host=host, version=version, started_at=now,
                lease_until=now + lease,
            )  # fmt: skip
            await tx.rows(_SQL["add_node"], **asdict(node))
            return node

        for _ in range(TRIES):
            try:
                return await self._db.transact(task)
            except Taken:
                # Another one joined at this instant, and has the slot.
                continue
        raise StoreError("no slot could be had: too many nodes join at once")

    async def beat(self, incarnation: int, lease: int) -> Sight | None:
        if not self._shared:
            return await self.sight()

        async def task(tx: Transaction) -> Sight | None:
            now = await _now(tx)
            renewed = await tx.rows(_SQL["renew"], incarnation=incarnation, lease_until=now + lease)
            return await _sight(tx, now) if renewed else None

        return await self._db.transact(task)

    async def sight(self) -> Sight:
        return await _sight(self._db, await _now(self._db))

    async def leave(self, incarnation: int) -> None:
        await self._db.write(
            (_SQL["give_all"], {"owner": incarnation}), (_SQL["remove_node"], {"incarnation": incarnation})
        )

    async def bury(self, dead: int, heir: int, lapsed_before: int) -> bool:
        async def task(tx: Transaction) -> bool:
            now = await _now(tx)
            gone = await tx.rows(_SQL["bury"], incarnation=dead, lapsed_before=lapsed_before)
            if gone:
                await tx.rows(_SQL["take_slot"], name=heir_slot(dead), owner=heir, now=now)
            return bool(gone)

        return await self._db.transact(task)

    async def take(self, names: tuple[str, ...], owner: int) -> list[str]:
        async def task(tx: Transaction) -> list[str]:
            now = await _now(tx)
            taken = [await tx.rows(_SQL["take_slot"], name=name, owner=owner, now=now) for name in sorted(names)]
            return [name for rows in taken for (name,) in rows]

        return await self._db.transact(task) if names else []

    async def give(self, names: tuple[str, ...], owner: int) -> None:
        if names:
            await self._db.write(*[(_SQL["give_slot"], {"name": name, "owner": owner}) for name in names])

    async def orphans(self) -> list[int]:
        return [incarnation for (incarnation,) in await self._db.rows(_SQL["orphans"])]

    async def owned(self, incarnation: int) -> list[int]:
        return [id_ for (id_,) in await self._db.rows(_SQL["owned"], owner=incarnation)]

    async def disown(self, deliveries: list[int], incarnation: int) -> None:
        rows = [(id_, incarnation) for id_ in deliveries]
        await self._db.transact(lambda tx: tx.many(_SQL["disown_some"], rows))


async def _now(reader: Transaction | Database) -> int:
    return (await reader.rows(_SQL["clock"]))[0][0]


async def _sight(reader: Transaction | Database, now: int) -> Sight:
    nodes = tuple([_node(row) for row in await reader.rows(_SQL["nodes"])])
    slots: dict[str, int] = dict(await reader.rows(_SQL["slots"]))
    revisions: dict[str, int] = dict(await reader.rows(_SQL["revisions"]))
    return Sight(now=now, nodes=nodes, slots=slots, revisions=revisions)


def _node(row: Row) -> Node:
    incarnation, slot, key, host, version, started_at, lease_until = row
    return Node(
        incarnation=incarnation, slot=slot, key=key, host=host, version=version, started_at=started_at,
        lease_until=lease_until,
    )  # fmt: skip
