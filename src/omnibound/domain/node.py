"""Nodes that share one database: who is alive, and how what only some may do is dealt out among them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from omnibound.domain.flow import SECOND

LEASE = 5 * SECOND
"""How long a node counts as alive after it was last heard of."""
GRACE = SECOND
"""How long after that it is taken over: its own clock has told it by then to stop."""

STARTING = 60 * SECOND
"""How long a node that starts may take until it is heard of: it does nothing yet."""

CHORES = ("expiry", "stops", "sweep", "indexing", "clearing", "inbound", "pushes", "alerts")
"""What one node at a time does for all: each is a slot."""

TELEPHONE = "telephone"
"""The slot of the node that makes the calls: its voice process has the trunks and the agents' lines."""


class Setting(StrEnum):
    """What nodes remember of the store, and so have to be told of when another one changes it."""

    STOPS = "stops"
    CAMPAIGNS = "campaigns"
    SCENARIOS = "scenarios"


class Node(Struct, frozen=True, gc=False, kw_only=True):
    """One start of a server: an incarnation. Times are microseconds UTC, by the database's clock.

    `key` is its data folder's: two incarnations with one key are one after another. `slot` is in the ids that it mints.
    """

    incarnation: int
    slot: int
    key: str
    host: str
    version: str
    started_at: int
    lease_until: int


class Sight(Struct, frozen=True, gc=False, kw_only=True):
    """What a node sees of all: the nodes, the owner of each slot, and how often each kind of setting was changed."""

    now: int
    nodes: tuple[Node, ...]
    slots: Mapping[str, int]
    revisions: Mapping[str, int]

    def lapsed(self, me: Node) -> list[Node]:
        """Those who may be taken over: not heard of for longer than their lease, or earlier incarnations of ours."""
        others = [node for node in self.nodes if node.incarnation != me.incarnation]
        return [node for node in others if node.key == me.key or node.lease_until + GRACE < self.now]

    def alive(self) -> list[int]:
        """The incarnations that nobody has taken over, in order."""
        return sorted(node.incarnation for node in self.nodes)


class Deal(Struct, frozen=True, gc=False, kw_only=True):
    """What a node should take, and give away for others to take."""

    take: tuple[str, ...] = ()
    give: tuple[str, ...] = ()


def deal(names: Sequence[str], slots: Mapping[str, int], me: int, alive: Sequence[int]) -> Deal:
    """How slots that are equal are shared by equal nodes: each has as many, the older nodes one more where it must be.

    Who has more gives the last ones; what has no living owner is there to be taken, the first ones first.
    """
    each, over = divmod(len(names), max(1, len(alive)))
    most = each + (sorted(alive).index(me) < over if me in alive else 0)
    mine = [name for name in names if slots.get(name) == me]
    free = [name for name in names if slots.get(name, 0) not in alive]
    return Deal(take=tuple(free[: max(0, most - len(mine))]), give=tuple(mine[most:]))


def bind_slots(connector: str, binds: int) -> tuple[str, ...]:
    """The slots of a connector's binds."""
    return tuple(f"bind:{connector}:{number}" for number in range(binds))


def heir_slot(incarnation: int | str) -> str:
    """The slot of the node that takes over what a dead one had; of an empty text, how all such begin."""
    return f"heir:{incarnation}"


def left_behind(slots: Mapping[str, int], alive: Sequence[int]) -> list[tuple[int, int]]:
    """(dead incarnation, its heir) of each take-over that is not done; the heir may be dead as well."""
    heirs = [(int(name[5:]), owner) for name, owner in slots.items() if name.startswith("heir:")]
    return sorted((dead, owner) for dead, owner in heirs if dead not in alive)
