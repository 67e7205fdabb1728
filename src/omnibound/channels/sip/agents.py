"""Agents' lines over the link to the voice process: what is wished is remembered, and said to each successor of it."""

from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.agent_line import AgentLine, Doing, Joined
from omnibound.domain.call import read_call_id
from omnibound.domain.errors import Invalid, NotFound
from omnibound.ports.agents import LineListener
from omnibound.wire import telephone
from omnibound.wire.telephone import AgentEar, AskedOfAgents, HangUp, Ready, SignOff, SignOn

LONGEST: Final = 200
"""Characters of an address, and of an agent's or a queue's id."""


class Link(Protocol):
    """To the voice process."""

    def attach_agents(self, ear: AgentEar) -> None:
        """Tell this one of agents' lines from now on."""
        ...

    def ask(self, asked: AskedOfAgents) -> None:
        """Forgotten where there is no voice process: whoever asks is told when there is one."""
        ...


class _Wish(Struct):
    """What is wanted of an agent's line, and how it is. `signed` None: it is to be let go, or was never asked for."""

    signed: SignOn | None
    ready: Ready
    line: AgentLine


class Agents:
    """See `ports.agents.AgentLines`. `trunks` are the names of those that there are. Make it before the link starts."""

    def __init__(self, link: Link, trunks: Collection[str], clock: Callable[[], int]) -> None:
        self._link = link
        self._trunks = frozenset(trunks)
        self._clock = clock
        self._wishes: dict[str, _Wish] = {}
        self._up = False
        self._listeners: list[LineListener] = []
        link.attach_agents(self)

    # -- what is asked -------------------------------------------------------------------------------------------

    def sign_on(self, agent: str, trunk: str, address: str) -> None:
        """See AgentLines."""
        if trunk not in self._trunks:
            raise NotFound(f"there is no trunk {trunk!r}", "trunk")
        _check("agent", agent)
        _check("address", address)
        signed = SignOn(agent=agent, trunk=trunk, address=address)
        if agent in self._wishes:
            self._wishes[agent].signed = signed
        else:
            line = self._line(agent, Doing.DIALLING, "it is not called yet")
            self._wishes[agent] = _Wish(signed, Ready(agent=agent, ready=False), line)
            self._tell(line)
        self._link.ask(signed)

    def sign_off(self, agent: str) -> None:
        """See AgentLines."""
        wish = self._wishes.get(agent)
        if wish is None:
            return
        wish.signed = None
        self._link.ask(SignOff(agent))
        if not self._up:
            self._forget(agent)

    def ready(self, agent: str, queues: Sequence[str], ready: bool) -> None:
        """See AgentLines."""
        wish = self._wishes.get(agent)
        if wish is None:
            raise NotFound(f"agent {agent} is not signed on", "agent")
        for queue in queues:
            _check("queue", queue)
        wish.ready = Ready(agent=agent, queues=tuple(queues), ready=ready)
        self._link.ask(wish.ready)

    def hang_up(self, agent: str) -> None:
        """See AgentLines."""
        wish = self._wishes.get(agent)
        if wish and wish.line.doing is Doing.TALKING:
            self._link.ask(HangUp(wish.line.call))

    def lines(self) -> list[AgentLine]:
        """See AgentLines."""
        return [wish.line for wish in self._wishes.values()]

    def listen(self, listener: LineListener) -> None:
        """See AgentLines."""
        self._listeners.append(listener)

    # -- what the voice process tells ----------------------------------------------------------------------------

    def connected(self, up: bool) -> None:
        """See AgentEar."""
        self._up = up
        for agent, wish in list(self._wishes.items()):
            if wish.signed is None and not up:
                # Whoever has it next is told of no line that nobody wants.
                self._forget(agent)
            elif wish.signed and up:
                self._link.ask(wish.signed)
                self._link.ask(wish.ready)
            elif not up:
                self._change(wish, self._line(agent, Doing.DIALLING, "there is no voice process"))

    def lined(self, line: AgentLine) -> None:
        """See AgentEar."""
        wish = self._wishes.get(line.agent)
        if wish is None:
            # Another server has signed it on: whoever keeps the agents wants it, or lets it go.
            wish = self._wishes[line.agent] = _Wish(None, Ready(agent=line.agent, ready=False), line)
        if line.doing is Doing.TALKING:
            wish.ready = replace(wish.ready, ready=False)
        if line.doing is Doing.OFF:
            # Let go, or given up: no successor is to call it by itself.
            self._wishes.pop(line.agent)
        self._change(wish, line)

    def joined(self, told: telephone.Joined) -> None:
        """See AgentEar."""
        delivery, attempt = read_call_id(told.call)
        joined = Joined(delivery=delivery, attempt=attempt, at=told.at, agent=told.agent, number=told.joined_to)
        for listener in self._listeners:
            listener.joined(joined)

    # -- inside --------------------------------------------------------------------------------------------------

    def _forget(self, agent: str) -> None:
        self._change(self._wishes.pop(agent), self._line(agent, Doing.OFF, "signed off"))

    def _line(self, agent: str, doing: Doing, why: str) -> AgentLine:
        return AgentLine(agent=agent, doing=doing, why=why, since=self._clock())

    def _change(self, wish: _Wish, line: AgentLine) -> None:
        wish.line = line
        self._tell(line)

    def _tell(self, line: AgentLine) -> None:
        for listener in self._listeners:
            listener.line_changed(line)


def _check(field: str, text: str) -> None:
    """Names go into logs, addresses into SIP messages as well. Raises Invalid."""
    if not 0 < len(text) <= LONGEST or not text.isprintable() or (field == "address" and set(text) & _NO_ADDRESS):
        raise Invalid(f"{text[:40]!r} is no {field}", field)


_NO_ADDRESS = frozenset(' <>"')
