"""How many calls a campaign may start now. Pure; what follows is data. Times: microseconds UTC.

Each way to dial is one line of `PACES`. One that looks ahead needs another line, and in `Ground` what it looks at.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.campaign import Kind
from omnibound.domain.flow import HOUR, SECOND
from omnibound.domain.member import Mode


class Bound(IntEnum):
    """What keeps a campaign from starting more calls than it starts."""

    LINES = 0
    """Its own lines."""
    DIALER = 1
    """The lines of its dialer, which other campaigns use as well."""
    AGENTS = 2
    """Agents who are free, or soon will be."""
    PACE = 3
    """Messages an hour."""
    PREVIEW = 4
    """Agents start its calls, not the dialer."""
    TRUNK = 5
    """What its trunks, or the channels of its messages, take now."""


class Ground(Struct, frozen=True, gc=False, kw_only=True):
    """What a decision is made on: the campaign, and what is under way just now.

    `lines` and `under_way` are of the campaign, `dialer_lines` and `dialer_under_way` of all campaigns of its dialer.
    `spare` agents are free, and no call that is under way will need them, see `spare_agents`; `busy` ones talk.
    `overdial`: per cent of the busy ones that may be dialled for beyond the spare ones. `allowed`: messages that the
    pace leaves now.
    """

    kind: Kind
    mode: Mode = Mode.PREDICTIVE
    lines: int = 0
    under_way: int = 0
    dialer_lines: int = 0
    dialer_under_way: int = 0
    spare: int = 0
    busy: int = 0
    overdial: int = 0
    allowed: int = 0


class Start(Struct, frozen=True, gc=False, kw_only=True):
    """Start so many calls (or messages) now; `bound` is why not more."""

    calls: int
    bound: Bound


Pace = Callable[[Ground], Start]


def pace(ground: Ground) -> Start:
    """What may start now."""
    return PACES.get((ground.kind, ground.mode), _PLAIN[ground.kind])(ground)


def _on_lines(ground: Ground) -> Start:
    own = ground.lines - ground.under_way
    shared = ground.dialer_lines - ground.dialer_under_way
    return _at_most(own, Bound.LINES, shared, Bound.DIALER)


def _to_agents(ground: Ground, agents: int) -> Start:
    within = _on_lines(ground)
    return _at_most(within.calls, within.bound, agents, Bound.AGENTS)


def _progressive(ground: Ground) -> Start:
    return _to_agents(ground, ground.spare)


def _predictive(ground: Ground) -> Start:
    """The queue dialer: one call for each free agent, and some per cent of the busy ones."""
    return _to_agents(ground, ground.spare + ground.overdial * ground.busy // 100)


def _preview(ground: Ground) -> Start:
    return Start(calls=0, bound=Bound.PREVIEW)


def _messages(ground: Ground) -> Start:
    return Start(calls=max(0, ground.allowed), bound=Bound.PACE)


def _at_most(first: int, why: Bound, second: int, otherwise: Bound) -> Start:
    return Start(calls=max(0, min(first, second)), bound=why if first <= second else otherwise)


_PLAIN: Final[Mapping[Kind, Pace]] = {
    Kind.ANNOUNCEMENT: _on_lines,
    Kind.NUMBER: _on_lines,
    Kind.QUEUE: _progressive,
    Kind.MESSAGES: _messages,
}
"""By what is called for: no agent is needed, so nothing but lines bounds it."""

PACES: Final[Mapping[tuple[Kind, Mode], Pace]] = {
    (Kind.QUEUE, Mode.PROGRESSIVE): _progressive,
    (Kind.QUEUE, Mode.PREDICTIVE): _predictive,
    (Kind.QUEUE, Mode.PREVIEW): _preview,
}
"""Of campaigns to agents, by how they dial."""


# --- agents -----------------------------------------------------------------------------------------------------------


def spare_agents(queue: str, coming: Mapping[str, int], free: Sequence[Sequence[str]]) -> int:
    """How many agents of a queue stay free when all calls that are under way are taken; below 0: so many too few.

    `coming`: calls under way that nobody has taken, by their queue; `free`: the queues of each free agent. Each call is
    matched with an agent of its own; those of other queues come first.
    """
    match = _Match(free)
    for name in sorted(coming.keys() - {queue}):
        match.add_all(name, coming[name])
    own = coming.get(queue, 0)
    left = own - match.add_all(queue, own)
    return -left or match.add_all(queue, len(free))


class _Match:
    """Calls and agents in pairs, rearranged where that makes room for one more (augmenting paths)."""

    def __init__(self, free: Sequence[Sequence[str]]) -> None:
        self._free = [frozenset(queues) for queues in free]
        self._taken: dict[int, str] = {}

    def add_all(self, queue: str, calls: int) -> int:
        """How many of so many calls of a queue find an agent."""
        return next((found for found in range(calls) if not self._place(queue, set())), calls)

    def _place(self, queue: str, tried: set[int]) -> bool:
        able = [agent for agent, queues in enumerate(self._free) if queue in queues and agent not in tried]
        for agent in able:
            if agent not in self._taken:
                self._taken[agent] = queue
                return True
        for agent in able:
            if agent not in tried:
                tried.add(agent)
                if self._taken[agent] != queue and self._place(self._taken[agent], tried):
                    self._taken[agent] = queue
                    return True
        return False


# --- messages an hour -------------------------------------------------------------------------------------------------

BURST: Final = SECOND
"""So much of the pace may be used at once."""


class Tempo(Struct, frozen=True, gc=False, kw_only=True):
    """How far a pace is used up: all that it allowed until `spent_to`."""

    spent_to: int = 0


def allowed(tempo: Tempo, an_hour: int, now: int, most: int) -> int:
    """How many of at most `most` may go now; `an_hour` 0: all of them."""
    if not an_hour:
        return most
    return max(0, min(most, (now - _begin(tempo, an_hour, now)) * an_hour // HOUR))


def spent(tempo: Tempo, an_hour: int, now: int, number: int) -> Tempo:
    """After so many have gone."""
    if not an_hour:
        return tempo
    return replace(tempo, spent_to=_begin(tempo, an_hour, now) + -(-number * HOUR // an_hour))


def _begin(tempo: Tempo, an_hour: int, now: int) -> int:
    """What was not used long ago is lost, but for a burst, and for one message however slow the pace is."""
    return max(tempo.spent_to, now - max(BURST, -(-HOUR // an_hour)))
