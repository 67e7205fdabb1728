"""What this node holds of what is dealt out among nodes: binds of connectors, the telephone, the chores."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from omnibound.domain.node import Deal, Sight, deal, heir_slot
from omnibound.ports import NodeStore

_log = logging.getLogger("omnibound.nodes")


class Group(NamedTuple):
    """Slots that are equal, and what is done when this node holds others of them than before.

    `apply` gets the names held; what goes has to be out of use when it returns.
    """

    name: str
    slots: tuple[str, ...]
    apply: Callable[[frozenset[str]], Awaitable[None]]


class Holding(NamedTuple):
    """Which slots of a group are in use here, of which ones, and since when (seconds of the loop's clock)."""

    held: frozenset[str]
    slots: tuple[str, ...]
    since: float


Groups = Callable[[], Iterable[Group]]
"""What there is to be dealt now: connectors may come and go."""

NONE: frozenset[str] = frozenset()


class Holdings:
    """Call `share` with each sight of the nodes. A group changes behind it, one change at a time."""

    def __init__(self, nodes: NodeStore, incarnation: int, groups: Groups) -> None:
        self._nodes = nodes
        self._me = incarnation
        self._groups = groups
        self._time = asyncio.get_running_loop().time
        self._in_use: dict[str, Holding] = {}
        self._changing: dict[str, asyncio.Task[None]] = {}

    def share(self, sight: Sight, seen_at: float) -> None:
        """Take and give what the deal says. `seen_at`: the loop's clock before the nodes were looked at."""
        groups = list(self._groups())
        for group in groups:
            held = frozenset(name for name in group.slots if sight.slots.get(name) == self._me)
            wanted = deal(group.slots, sight.slots, self._me, sight.alive())
            if not self._stands(group, held, wanted, seen_at):
                self._change(group, held, wanted)
        self._give_removed(sight, {name for group in groups for name in group.slots})

    def drop(self) -> None:
        """Use nothing any more: what is ours by the store is used again with a later share."""
        self._in_use.clear()
        for group in self._groups():
            if group.name not in self._changing:
                self._spawn(group.name, group.apply(NONE))

    async def settled(self) -> None:
        """Wait until all changes that were begun are done."""
        while self._changing:
            await asyncio.gather(*self._changing.values(), return_exceptions=True)

    def _stands(self, group: Group, held: frozenset[str], wanted: Deal, seen_at: float) -> bool:
        """Whether there is nothing to do, or what was seen is older than what was done."""
        now = self._in_use.get(group.name)
        if group.name in self._changing or (now and now.since >= seen_at):
            return True
        same = now is not None and (now.held, now.slots) == (held, group.slots)
        return same and not wanted.take and not wanted.give

    def _change(self, group: Group, held: frozenset[str], wanted: Deal) -> None:
        self._spawn(group.name, self._changed(group, held, wanted))

    async def _changed(self, group: Group, held: frozenset[str], wanted: Deal) -> None:
        """What is given is out of use before it is another's; what is taken is ours before it is used."""
        kept = held - set(wanted.give)
        await self._use(group, kept)
        await self._nodes.give(wanted.give, self._me)
        taken = await self._nodes.take(wanted.take, self._me)
        await self._use(group, kept | set(taken))
        _log.info("%s: %d of %d held here", group.name, len(kept) + len(taken), len(group.slots))

    async def _use(self, group: Group, names: frozenset[str]) -> None:
        now = self._in_use.get(group.name)
        if now is None or (now.held, now.slots) != (names, group.slots):
            await group.apply(names)
        self._in_use[group.name] = Holding(names, group.slots, self._time())

    def _give_removed(self, sight: Sight, known: set[str]) -> None:
        """Slots of connectors that are not configured any more."""
        ours = [name for name, owner in sight.slots.items() if owner == self._me and name not in known]
        removed = tuple(name for name in ours if not name.startswith(heir_slot("")))
        if removed and "" not in self._changing:
            self._spawn("", self._nodes.give(removed, self._me))

    def _spawn(self, name: str, work: Awaitable[None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001 - the next sight brings it again
                _log.warning("%s: the share could not be changed: %s", name or "removed connectors", error)

        task = asyncio.get_running_loop().create_task(run(), name=f"holdings-{name}")
        self._changing[name] = task
        task.add_done_callback(lambda _: self._changing.pop(name, None))
