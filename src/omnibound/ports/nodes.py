"""Nodes, their leases and slots, as the engine sees them."""

from typing import Protocol

from omnibound.domain.node import Node, Sight


class NodeStore(Protocol):
    """Who serves on this database. Times are microseconds, instants those of the database's clock."""

    async def join(self, key: str, host: str, version: str, lease: int) -> Node:
        """A new incarnation with a slot of its own. Raises StoreError when all slots are taken."""
        ...

    async def beat(self, incarnation: int, lease: int) -> Sight | None:
        """Be alive for so long from now, and what there is to be seen; None: it was taken over."""
        ...

    async def sight(self) -> Sight:
        """What there is to be seen."""
        ...

    async def leave(self, incarnation: int) -> None:
        """It is no node any more, and holds nothing."""
        ...

    async def bury(self, dead: int, heir: int, lapsed_before: int) -> bool:
        """It is no node any more, and the heir has the slot to take it over; False: it was heard of, or is gone.

        `lapsed_before`: its lease must have ended before this instant. From then on nothing of it is committed.
        """
        ...

    async def take(self, names: tuple[str, ...], owner: int) -> list[str]:
        """Own those of these slots that no node owns; which they were."""
        ...

    async def give(self, names: tuple[str, ...], owner: int) -> None:
        """Own these no more."""
        ...

    async def orphans(self) -> list[int]:
        """Incarnations that own something and are no nodes: a walk over all that is unfinished."""
        ...

    async def owned(self, incarnation: int) -> list[int]:
        """The unfinished deliveries that it owns: a walk over all there are."""
        ...

    async def disown(self, deliveries: list[int], incarnation: int) -> None:
        """Nobody owns those of these that it owned."""
        ...
