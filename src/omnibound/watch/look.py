"""How a server stands at one instant, as metrics, alerts and people see it. Who looks is asked once for all of them."""

from collections.abc import Mapping

from msgspec import Struct


class Line(Struct, frozen=True, gc=False, kw_only=True):
    """Who waits in a connector's queue: how many of a class, and since when the first (microseconds UTC; 0: nobody)."""

    cls: str
    number: int
    since: int


class Connector(Struct, frozen=True, kw_only=True):
    """A way out. `window` and `used`: submits without answer, or a trunk's lines; `room`: what it takes just now."""

    name: str
    channel: str
    up: bool
    why: str
    lines: tuple[Line, ...]
    window: int = 0
    used: int = 0
    room: int = 0
    throttled_until: int = 0
    calls: int | None = None
    """Calls under way; None: it makes none."""
    alarm: str = ""
    """Why a trunk that is up carries no calls."""
    held: bool = True
    """Whether this node holds any of it: what others hold is theirs to tell."""
    counts: Mapping[str, int] = {}
    """What its kind counts since the start, in its own words."""

    @property
    def trouble(self) -> str:
        """Why it carries nothing, if it does not; empty too where other nodes hold it."""
        return self.alarm if self.up or not self.held else self.why or "it is down"


class Look(Struct, frozen=True, kw_only=True):
    """`at`: microseconds UTC. `load`: what the engine has under way, by its words."""

    at: int
    load: Mapping[str, int] = {}
    connectors: tuple[Connector, ...] = ()
    agents: Mapping[str, int] = {}
    """Their lines, by what they do."""
    pushes: Mapping[str, int] = {}
    """What is to be pushed, by state."""
    posts: Mapping[str, int] = {}
    """What became of posts since the start."""
    failing: tuple[str, ...] = ()
    """Hosts with addresses that accept nothing."""
    balances: Mapping[str, float] = {}
    """By account, where there is one."""
    lost: tuple[str, ...] = ()
    """Nodes that were there and are not."""
    firing: Mapping[str, int] = {}
    """Alerts, by kind."""
