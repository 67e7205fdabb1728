"""Who takes which callee: agents, the callees that wait, and the choice between them. Pure: no clock, nobody is called.

A callee gets the agent of their queue who has been free for longest, or the one who was kept for them. An agent who
becomes free gets the callee that they were kept for, else whoever waits longest in the first of their queues.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.agent_line import Doing


class Agent(Struct, frozen=True, gc=False, kw_only=True):
    """`call` is whom they talk with, `held` the call that they are kept for. `since` when they became free."""

    agent: str
    up: bool = False
    ready: bool = False
    queues: tuple[str, ...] = ()
    call: str = ""
    held: str = ""
    since: int = 0

    @property
    def doing(self) -> Doing:
        """What they do, while their line is connected."""
        if self.call:
            return Doing.TALKING
        if self.held:
            return Doing.HELD
        return Doing.FREE if self.ready else Doing.WRAPPING

    @property
    def idle(self) -> bool:
        """Whether nobody needs their line."""
        return not (self.call or self.held)


class Wish(NamedTuple):
    """A call that wants anybody of a queue, or with `agent` only that one."""

    call: str
    queue: str
    agent: str = ""


class Match(NamedTuple):
    """These two are joined."""

    call: str
    agent: str


def may_take(agent: Agent, wish: Wish) -> bool:
    """Whether an agent can be joined to a callee now. Who is kept for a call need not be ready for others."""
    if not agent.up or agent.call:
        return False
    if wish.agent:
        return wish.agent == agent.agent
    return agent.ready and not agent.held and wish.queue in agent.queues


def agent_for(wish: Wish, agents: Iterable[Agent]) -> Agent | None:
    """Whom a callee gets: the one who has been free for longest."""
    return min([agent for agent in agents if may_take(agent, wish)], key=lambda agent: agent.since, default=None)


def wish_for(agent: Agent, waiting: Iterable[Wish]) -> Wish | None:
    """Whom an agent gets of those who wait, the longest first."""
    mine = [wish for wish in waiting if may_take(agent, wish)]
    return min(mine, key=lambda wish: -1 if wish.agent else agent.queues.index(wish.queue), default=None)


class Floor:
    """All agents and all who wait. Each method keeps: nobody waits while an agent may take them. `now` only grows."""

    def __init__(self) -> None:
        self._agents: dict[str, Agent] = {}
        self._waiting: dict[str, Wish] = {}
        """By call, who waits longest first."""
        self._kept: dict[str, str] = {}
        """Call -> the agent that is kept for it."""

    def __getitem__(self, agent: str) -> Agent:
        return self._agents[agent]

    def __contains__(self, agent: str) -> bool:
        return agent in self._agents

    # -- agents --------------------------------------------------------------------------------------------------

    def seat(self, agent: str) -> None:
        """They are signed on, unless they were; nobody is ready at first."""
        self._agents.setdefault(agent, Agent(agent=agent))

    def unseat(self, agent: str) -> None:
        """They are signed off."""
        self._agents.pop(agent, None)

    def came_up(self, agent: str, now: int) -> Match | None:
        """Their line is connected."""
        return self._change(replace(self._agents[agent], up=True), now)

    def fell(self, agent: str) -> str:
        """Their line is not connected any more. The call that they talked in; empty where there was none."""
        seated = self._agents[agent]
        self._agents[agent] = replace(seated, up=False, call="", ready=seated.ready and not seated.call)
        return seated.call

    def set_ready(self, agent: str, queues: tuple[str, ...], ready: bool, now: int) -> Match | None:
        """Whether they take calls, and of which queues, the first one first."""
        return self._change(replace(self._agents[agent], queues=queues, ready=ready), now)

    # -- calls ---------------------------------------------------------------------------------------------------

    def serves(self, wish: Wish) -> bool:
        """Whether a call that is begun now may hope for somebody: for the one it names, who is idle, or for anybody
        who is connected and has its queue.
        """
        if wish.agent:
            agent = self._agents.get(wish.agent)
            return agent is not None and agent.up and agent.idle
        return any(agent.up and wish.queue in agent.queues for agent in self._agents.values())

    def keep(self, wish: Wish) -> None:
        """Keep the agent that a call names until it is over; nothing where it names none."""
        if wish.agent:
            self._kept[wish.call] = wish.agent
            self._hold(wish.agent)

    def want(self, wish: Wish) -> Match | None:
        """The callee has answered. None: they wait."""
        found = agent_for(wish, self._agents.values())
        if found is None:
            self._waiting[wish.call] = wish
            return None
        return self._join(found, wish)

    def give_up(self, call: str, now: int) -> Match | None:
        """The callee waits no more, or never did; nobody is kept for them. Who was kept may take another."""
        self._waiting.pop(call, None)
        agent = self._kept.pop(call, "")
        return self._release(agent, now) if agent in self._agents else None

    def part(self, call: str, now: int) -> tuple[str, Match | None]:
        """A call is over, however far it was: the agent who talked in it, if any, is not ready; and see `give_up`."""
        for seated in self._agents.values():
            if seated.call == call:
                self._agents[seated.agent] = replace(seated, call="", ready=False)
                return seated.agent, self.give_up(call, now)
        return "", self.give_up(call, now)

    # -- inside --------------------------------------------------------------------------------------------------

    def _change(self, changed: Agent, now: int) -> Match | None:
        was = self._agents[changed.agent]
        if _is_free(changed) and not _is_free(was):
            changed = replace(changed, since=now)
        self._agents[changed.agent] = changed
        wish = wish_for(changed, self._waiting.values())
        return self._join(changed, wish) if wish else None

    def _join(self, agent: Agent, wish: Wish) -> Match:
        self._waiting.pop(wish.call, None)
        self._kept.pop(wish.call, None)
        self._agents[agent.agent] = replace(agent, call=wish.call)
        self._hold(agent.agent)
        return Match(wish.call, agent.agent)

    def _hold(self, agent: str) -> None:
        """Note for which call they are kept: of several the first."""
        held = next((call for call, kept in self._kept.items() if kept == agent), "")
        if agent in self._agents:
            self._agents[agent] = replace(self._agents[agent], held=held)

    def _release(self, agent: str, now: int) -> Match | None:
        self._hold(agent)
        return self._change(self._agents[agent], now)


def _is_free(agent: Agent) -> bool:
    return agent.up and agent.ready and not agent.call
