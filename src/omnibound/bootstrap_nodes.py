"""This server among the nodes of its database, put together; a part of `bootstrap`."""

import socket
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex

from omnibound import __version__
from omnibound.config import Config
from omnibound.domain.flow import SECOND
from omnibound.domain.node import STARTING, TELEPHONE, Setting
from omnibound.engine.holdings import Group
from omnibound.engine.membership import Membership
from omnibound.engine.sharing import Among, Chores, groups
from omnibound.engine.worker import Worker
from omnibound.ports import Store
from omnibound.services.base import Services
from omnibound.services.keep_agents import Agents
from omnibound.voice.line import Line


class Telephony:
    """What is on the node that makes the calls: the way to the voice process, if there is one, and the agents."""

    def __init__(self, line: Line | None, agents: Agents) -> None:
        self._line = line
        self._agents = agents
        self._ours = self._ready = self._begun = self._linked = False

    async def come(self) -> None:
        """This node makes the calls from now on."""
        self._ours = True
        await self._begin()

    async def ready(self) -> None:
        """The connectors listen."""
        self._ready = True
        if self._line and self._line.was_here():
            # Another node may make the calls by now; how those of this one ended is told all the same.
            await self._link(self._line)
        await self._begin()

    async def _begin(self) -> None:
        if not (self._ours and self._ready) or self._begun:
            return
        self._begun = True
        await self._agents.start()
        if self._line:
            await self._link(self._line)

    async def _link(self, line: Line) -> None:
        if not self._linked:
            self._linked = True
            await line.start()


def node_key(data: Path) -> str:
    """What a data folder is known by: two servers with one key ran one after another. Made once."""
    path = data / "node.key"
    if not path.exists() or not path.read_text().strip():
        path.write_text(token_hex(16) + "\n")
    return path.read_text().strip()


@asynccontextmanager
async def joined(config: Config, store: Store) -> AsyncGenerator[Membership]:
    """Be a node: what is written from now on is written as this one. Raises StoreError when no slot is free."""
    lease = int(config.nodes.lease_s * SECOND)
    host = f"{socket.gethostname()}:{config.port}"
    me = await store.nodes.join(node_key(Path(config.data)), host, __version__, STARTING)
    store.fence(me.incarnation)
    membership = Membership(store.nodes, me, store.changed, lease)
    try:
        yield membership
    finally:
        await membership.stop()


def among_nodes(membership: Membership) -> Among:
    """What the engine asks of the membership."""
    chores = Chores(held=False, valid=membership.valid)
    return Among(chores, membership.me.slot, membership.begin, membership.valid, lambda: membership.alone)


def connect(
    membership: Membership, store: Store, worker: Worker, chores: Chores, services: Services, telephony: Telephony
) -> None:
    """What is dealt among nodes, what is taken over, and what is read anew when another node has changed it."""

    def dealt() -> Iterable[Group]:
        return groups([sender.channel for sender in worker.routes.senders()], chores, telephony.come)

    async def inherit(dead: int) -> int:
        await store.balances.return_portions(dead)
        return await worker.inherit(dead)

    async def forget_scenarios() -> None:
        services.scenarios.forget()

    heed = {
        Setting.STOPS: worker.holds.follow,
        Setting.CAMPAIGNS: worker.campaigns_changed,
        Setting.SCENARIOS: forget_scenarios,
    }
    services.agents.elsewhere = lambda: membership.elsewhere(TELEPHONE)
    membership.connect(dealt, inherit, heed)
