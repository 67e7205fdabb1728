"""How soon what a dead node had is taken over by another: two servers on one PostgreSQL, one of them killed."""

import asyncio
import time

from omnibound.cli.bench.figures import Figure
from omnibound.cli.bench.load import send_bulks
from omnibound.cli.bench.postgres import on_some_server
from omnibound.cli.bench.procs import carrier, connector, server
from omnibound.domain.node import LEASE
from omnibound.store.opened import OpenedStore, open_postgres

LOOK_S = 0.05
WITHIN_S = 60.0
ONE_A_SECOND = 1
"""The carrier takes so little that all wait."""


async def takeover(waiting: int, database: str) -> list[Figure]:
    """So many deliveries wait in the memory of the node that is killed."""
    return await on_some_server(database, lambda url: _takeover(waiting, url))


async def _takeover(waiting: int, url: str) -> list[Figure]:
    async with carrier() as smsc:
        config = f"[engine]\nqueue = {2 * waiting}\n{connector(smsc.port, rate=2 * ONE_A_SECOND)}"
        async with server(config, database=url) as one, server(config, database=url):
            store = await open_postgres(url)
            try:
                await send_bulks(one, waiting)
                owner, owned = await _most(store)
                one.process.kill()
                killed = time.perf_counter()
                while await store.nodes.owned(owner):
                    if time.perf_counter() - killed > WITHIN_S:
                        raise AssertionError(f"they are not taken over within {WITHIN_S:g} s")
                    await asyncio.sleep(LOOK_S)
                took = time.perf_counter() - killed
            finally:
                await store.close()
    what = f"{owned:,} waiting deliveries of a node that was killed"
    return [
        Figure(f"{what}: taken over after", took, "s", "<= 10"),
        Figure(f"{what}: of which its lease lasts at most", LEASE / 1_000_000, "s"),
    ]


async def _most(store: OpenedStore) -> tuple[int, int]:
    """Who owns the most, and how much that is."""
    nodes = (await store.nodes.sight()).nodes
    owned = [(len(await store.nodes.owned(node.incarnation)), node.incarnation) for node in nodes]
    number, owner = max(owned)
    return owner, number
