"""The servers that share the database, and what each of them holds."""

from datetime import datetime

from msgspec import Struct

from omnibound.api.base import Ask, to_date
from omnibound.domain.node import Node, Sight


class NodeOut(Struct, frozen=True, kw_only=True):
    """A server: `slot` is in the ids that it makes; `id` is of this start of it. `holds` are its slots."""

    id: str
    slot: int
    host: str
    version: str
    started_at: datetime | None
    alive: bool
    lease_s: float
    holds: list[str]


class NodesOut(Struct, frozen=True, kw_only=True):
    """All of them, the oldest start first."""

    nodes: list[NodeOut]


async def nodes(ask: Ask[None, None]) -> NodesOut:
    """GET /api/v1/nodes."""
    return write_nodes(await ask.parts.store.nodes.sight())


def write_nodes(sight: Sight) -> NodesOut:
    """As they are told. A lease that is over has a negative rest: the node is about to be taken over."""
    return NodesOut(nodes=[_node(node, sight) for node in sight.nodes])


def _node(node: Node, sight: Sight) -> NodeOut:
    rest = (node.lease_until - sight.now) / 1_000_000
    return NodeOut(
        id=str(node.incarnation),
        slot=node.slot,
        host=node.host,
        version=node.version,
        started_at=to_date(node.started_at),
        alive=rest > 0,
        lease_s=round(rest, 1),
        holds=sorted(name for name, owner in sight.slots.items() if owner == node.incarnation),
    )
