"""This server among the nodes of its database: its lease, what it holds, what others left, and what they changed.

Once a second it says that it is alive and sees all others. Who was not heard of for a lease is taken over by one node.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from omnibound.domain.errors import Unavailable
from omnibound.domain.flow import SECOND
from omnibound.domain.node import GRACE, LEASE, STARTING, Node, Setting, Sight, heir_slot, left_behind
from omnibound.engine.holdings import Groups, Holdings
from omnibound.ports import NodeStore, TakenOver

BEAT_S = 1.0
GAP_S = 0.1
"""Two beats are at least so far apart, however often somebody changes something."""
_log = logging.getLogger("omnibound.nodes")

Heed = Callable[[], Awaitable[None]]
"""Reads anew what another node has changed."""
Inherit = Callable[[int], Awaitable[int]]
"""Takes over what a dead incarnation had; how many deliveries that were."""
Hint = Callable[[float], Awaitable[None]]
"""Waits until somebody may have changed something, at most so many seconds."""


class Membership:
    """`me` has joined already. `over` is done when another node has taken this one over: it must begin anew."""

    def __init__(self, nodes: NodeStore, me: Node, hint: Hint, lease: int = LEASE) -> None:
        self.me = me
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._nodes = nodes
        self._hint = hint
        self._lease = lease
        self._time = asyncio.get_running_loop().time
        self._valid_until = self._time() + lease / SECOND
        self._steady_since = self._time()
        self._lapsed = False
        self._sight = Sight(now=me.started_at, nodes=(me,), slots={}, revisions={})
        self._heirs: dict[int, asyncio.Task[None]] = {}
        self.buried: dict[str, Node] = {}
        """Those that this node has taken over, by their keys: alerts tell of them until they are seen again."""
        self._task: asyncio.Task[None] | None = None
        self._holdings: Holdings | None = None
        self._inherit: Inherit | None = None
        self._heed: Mapping[Setting, Heed] = {}
        self._heeded: dict[Setting, int] = {}
        """The revisions that were read; none at the start, so that nothing changed while it began is missed."""

    def connect(self, groups: Groups, inherit: Inherit, heed: Mapping[Setting, Heed]) -> None:
        """What is dealt, who takes over, and who reads anew what others change. Before `begin`."""
        self._holdings = Holdings(self._nodes, self.me.incarnation, groups)
        self._inherit = inherit
        self._heed = heed

    # --- life ---------------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """See the others, take over what nobody's has become, and hold our share. Raises TakenOver."""
        began = self._time()
        sight = await self._nodes.beat(self.me.incarnation, STARTING)
        if sight is None:
            raise TakenOver()
        self._valid_until = began + STARTING / SECOND
        await self._bury_ourselves(sight)
        self._sight = sight = await self._nodes.sight()
        for dead in await self._nodes.orphans():
            if sight.slots.get(heir_slot(dead), self.me.incarnation) not in self._others(sight):
                await self._take_over(dead)
        seen_at = self._time()
        self._sight = await self._nodes.sight()
        if self._holdings:
            self._holdings.share(self._sight, seen_at)
            await self._holdings.settled()

    def start(self) -> None:
        """Go on living."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="membership")

    async def stop(self) -> None:
        """Be no node any more. What it held is free for others; call it when nothing is under way."""
        tasks = [task for task in (self._task, *self._heirs.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._holdings:
            await self._holdings.settled()
        try:
            await self._nodes.leave(self.me.incarnation)
        except Unavailable as error:
            _log.warning("the other nodes are not told that this one leaves: %s", error)

    def valid(self) -> bool:
        """Whether nobody can have taken over what we hold."""
        return self._time() < self._valid_until and not self.over.done()

    @property
    def alone(self) -> bool:
        """Whether there was no other node when it was last looked."""
        return len(self._sight.nodes) < 2

    def elsewhere(self, slot: str) -> str:
        """Which other node has a slot, by its host and port; empty: this one, or none."""
        owner = self._sight.slots.get(slot, self.me.incarnation)
        others = [node for node in self._sight.nodes if node.incarnation == owner]
        return next((node.host for node in others if owner != self.me.incarnation), "")

    @property
    def sight(self) -> Sight:
        """The nodes as they were last seen."""
        return self._sight

    # --- a beat -------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while not self.over.done():
            began = self._time()
            try:
                await self._beat()
            except TakenOver:
                self._end()
            except Exception as error:  # noqa: BLE001 - the next beat may succeed
                _log.warning("the lease is not renewed: %s", error)
            self._look_at_lapse()
            await asyncio.sleep(GAP_S)
            with suppress(Exception):
                await self._hint(max(0.0, BEAT_S - (self._time() - began)))

    async def _beat(self) -> None:
        began = self._time()
        sight = await self._nodes.beat(self.me.incarnation, self._lease)
        if sight is None:
            raise TakenOver()
        if began > self._valid_until:
            self._steady_since = began
        self._valid_until = began + self._lease / SECOND
        if self._lapsed:
            _log.warning("the lease is renewed: this node goes on")
            self._lapsed = False
        self._sight = sight
        await self._read_anew(sight)
        await self._bury(sight)
        if self._holdings:
            self._holdings.share(sight, began)

    def _look_at_lapse(self) -> None:
        """Others may take what we hold as soon as the lease is over; who is alone loses nothing by waiting."""
        if self._lapsed or self.valid() or self.alone or self.over.done():
            return
        self._lapsed = True
        _log.error("the lease is over: nothing is sent until it is renewed")
        if self._holdings:
            self._holdings.drop()

    def _end(self) -> None:
        _log.error("another node has taken this one over, which was not heard of for too long: it begins anew")
        if not self.over.done():
            self.over.set_result(None)

    async def _read_anew(self, sight: Sight) -> None:
        """What could not be read is read with the next beat."""
        for setting, heed in self._heed.items():
            revision = sight.revisions.get(setting, 0)
            if self._heeded.get(setting) != revision:
                await heed()
                self._heeded[setting] = revision

    async def _bury_ourselves(self, sight: Sight) -> None:
        """The lock of the data folder is ours: who had it before is dead, however long its lease is."""
        for node in sight.lapsed(self.me):
            if node.key == self.me.key and await self._nodes.bury(
                node.incarnation, self.me.incarnation, node.lease_until + 1
            ):
                await self._take_over(node.incarnation)

    def _others(self, sight: Sight) -> set[int]:
        return set(sight.alive()) - {self.me.incarnation}

    # --- the dead -----------------------------------------------------------------------------------------------------

    async def _bury(self, sight: Sight) -> None:
        """After the database was away nobody was heard of: everybody has a lease's time to come back."""
        if self._time() - self._steady_since < self._lease / SECOND:
            return
        for node in sight.lapsed(self.me):
            if await self._nodes.bury(node.incarnation, self.me.incarnation, sight.now - GRACE):
                _log.warning("node %d on %s is not heard of any more: taking it over", node.slot, node.host)
                self.buried[node.key] = node
                self._inherit_behind(node.incarnation)
        for dead, heir in left_behind(sight.slots, sight.alive()):
            if heir not in sight.alive():
                await self._take_over_behind(dead)

    async def _take_over_behind(self, dead: int) -> None:
        if dead not in self._heirs and await self._nodes.take((heir_slot(dead),), self.me.incarnation):
            self._inherit_behind(dead)

    def _inherit_behind(self, dead: int) -> None:
        task = asyncio.get_running_loop().create_task(self._inherited(dead), name=f"heir-{dead}")
        self._heirs[dead] = task
        task.add_done_callback(lambda _: self._heirs.pop(dead, None))

    async def _take_over(self, dead: int) -> None:
        await self._nodes.take((heir_slot(dead),), self.me.incarnation)
        await self._inherited(dead)

    async def _inherited(self, dead: int) -> None:
        while self._inherit and not self.over.done():
            try:
                number = await self._inherit(dead)
                await self._nodes.give((heir_slot(dead),), self.me.incarnation)
            except Exception as error:  # noqa: BLE001 - it is tried until it succeeds, or somebody else does it
                _log.warning("taking over has stumbled: %s", error)
                await asyncio.sleep(BEAT_S)
            else:
                if number:
                    _log.warning("%d deliveries of a server that is gone were taken over", number)
                return
