"""Callees joined to agents and to numbers: they wait, are bridged, and part. The choice is `floor`'s."""

import logging
from collections.abc import Callable
from functools import partial

from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.errors import Busy, Refused
from omnibound.voice import signalling
from omnibound.voice.process.floor import Floor, Match, Wish
from omnibound.voice.process.legs import Leg, Legs
from omnibound.voice.process.lines import Lines
from omnibound.voice.process.spoken import Spoken, now_us
from omnibound.wire.telephone import Dial, LineState, Ready, SignOn, ToNumber, ToQueue

_log = logging.getLogger("omnibound.voice")


class Unattended(Busy):
    """Nobody is there to whom a callee could be joined."""


MS = 1_000


class Joins:
    """`tell_line` gets each change of an agent's line, `tell_joined` a callee who was joined: its `agent` says to whom.

    What becomes of callees is asked of their `Spoken`.
    """

    def __init__(
        self, legs: Legs, tell_line: Callable[[LineState], None], tell_joined: Callable[[Spoken], None]
    ) -> None:
        self._legs = legs
        self._tell_line = tell_line
        self._tell_joined = tell_joined
        self._floor = Floor()
        self._lines = Lines(legs, self._came_up, self._fell, self._news)
        self._calls: dict[str, Spoken] = {}
        """Those that wait or talk."""
        self._told: dict[str, AgentLine] = {}
        """What was told of each line last."""
        self._leaving: dict[str, SignOn | None] = {}
        """Agents who sign off when their call is over, and where they sign on then."""

    def stop(self) -> None:
        """Nobody is joined any more, nor called."""
        self._lines.stop()
        self._legs.stop()

    # -- agents --------------------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[LineState]:
        """How all lines are."""
        return [LineState(line) for line in self._told.values()]

    def sign_on(self, signed: SignOn) -> None:
        """Call an agent's telephone, unless it is; elsewhere than it was, once it is idle."""
        agent = signed.agent
        moves = agent in self._lines and self._lines[agent].signed != signed
        if moves and not self._floor[agent].idle:
            self._leaving[agent] = signed
            return
        self._leaving.pop(agent, None)
        if moves:
            self._floor.fell(agent)
        self._floor.seat(agent)
        self._lines.sign_on(signed)

    def sign_off(self, agent: str) -> None:
        """Let go of a line, once it is idle."""
        if agent not in self._floor:
            return
        if not self._floor[agent].idle:
            self._leaving[agent] = None
            return
        self._forget(agent, "signed off")

    def _forget(self, agent: str, why: str) -> None:
        self._lines.sign_off(agent)
        self._floor.unseat(agent)
        self._leaving.pop(agent, None)
        self._told.pop(agent, None)
        self._tell_line(LineState(AgentLine(agent=agent, doing=Doing.OFF, why=why, since=now_us())))

    def ready(self, asked: Ready) -> None:
        """Whether an agent takes calls. Nothing happens to one who is not signed on."""
        if asked.agent in self._floor:
            self._match(self._floor.set_ready(asked.agent, asked.queues, asked.ready, now_us()))
            self._news(asked.agent)

    def _came_up(self, agent: str) -> None:
        self._match(self._floor.came_up(agent, now_us()))
        self._news(agent)

    def _fell(self, agent: str, event: signalling.Ended) -> None:
        spoken = self._calls.get(self._floor.fell(agent))
        if spoken:
            self._gone(spoken, event)
        self._leave(agent)

    def _leave(self, agent: str) -> None:
        """Do what waited for the agent to be idle."""
        if agent in self._leaving and self._floor[agent].idle:
            signed = self._leaving.pop(agent)
            if signed:
                self.sign_on(signed)
            else:
                self.sign_off(agent)

    def _news(self, agent: str) -> None:
        """Tell how a line is, if that is new. One that is given up is forgotten: whoever wants it signs it on anew."""
        if agent not in self._lines:
            return
        if self._lines[agent].given_up:
            self._forget(agent, self._lines[agent].why)
            return
        line = self._line(agent)
        told = self._told.get(agent)
        if told is None or (told.doing, told.why, told.call, told.queues) != (
            line.doing, line.why, line.call, line.queues,
        ):  # fmt: skip
            self._told[agent] = line
            self._tell_line(LineState(line))

    def _line(self, agent: str) -> AgentLine:
        line, seated = self._lines[agent], self._floor[agent]
        return AgentLine(
            agent=agent, doing=seated.doing if line.up_at else Doing.DIALLING, why=line.why,
            call=seated.call or seated.held, queues=seated.queues, since=now_us(),
        )  # fmt: skip

    # -- calls ---------------------------------------------------------------------------------------------------

    def keep(self, dial: Dial) -> None:
        """A call is about to be begun: whom it names is kept. Raises Unattended where nobody would take it."""
        if isinstance(dial.join, ToQueue):
            wish = _wish(dial.call, dial.join)
            if not self._floor.serves(wish):
                raise Unattended(f"nobody is there for queue {wish.queue}", 1)
            self._floor.keep(wish)
            self._news(wish.agent)

    def answered(self, spoken: Spoken) -> None:
        """A callee has answered who is to be joined."""
        dial = spoken.dial
        self._calls[dial.call] = spoken
        match dial.join:
            case ToQueue() as join:
                matched = self._floor.want(_wish(dial.call, join))
                if not matched:
                    spoken.wait(join.wait_ms / MS, partial(self._late, spoken))
                self._match(matched)
            case ToNumber() as join:
                spoken.wait(join.wait_ms / MS, partial(self._late, spoken))
                self._call(spoken, join)
            case None:
                pass

    def over(self, spoken: Spoken) -> None:
        """A callee's call is over, however far it was."""
        call = spoken.dial.call
        self._calls.pop(call, None)
        self._let_go(spoken)
        talked, matched = self._floor.part(call, now_us())
        self._match(matched)
        for agent in {talked, _named(spoken)}:
            self._settle(agent)

    def _settle(self, agent: str) -> None:
        """A call lets an agent go."""
        if agent in self._floor:
            self._leave(agent)
            self._news(agent)

    def _match(self, matched: Match | None) -> None:
        if matched is None:
            return
        spoken = self._calls[matched.call]
        self._bridge(spoken, partial(spoken.join, self._lines.use(matched.agent), matched.agent))
        self._news(matched.agent)

    def _bridge(self, spoken: Spoken, join: Callable[[], None]) -> None:
        try:
            join()
        except ValueError as error:
            # Their sound cannot be brought together: then nobody has them.
            _log.error("call %s cannot be bridged: %s", spoken.dial.call, error)
            self._unserved(spoken)
        else:
            self._tell_joined(spoken)

    # -- numbers -------------------------------------------------------------------------------------------------

    def _call(self, spoken: Spoken, join: ToNumber) -> None:
        dial = spoken.dial
        leg = Leg(dial.call, partial(self._number_answered, spoken), partial(self._number_over, spoken))
        spoken.leg = leg
        try:
            self._legs.dial(leg, join.trunk or dial.trunk, join.number, join.caller_id or dial.caller_id)
        except (Refused, OSError) as error:
            _log.warning("call %s: %s cannot be called: %s", dial.call, join.number, error)
            spoken.leg = None
            self._unserved(spoken)

    def _number_answered(self, spoken: Spoken, leg: Leg) -> None:
        if spoken.leg is leg:
            self._bridge(spoken, partial(spoken.join, leg.stream))

    def _number_over(self, spoken: Spoken, leg: Leg, event: signalling.Ended) -> None:
        if spoken.leg is leg:
            spoken.leg = None
            self._gone(spoken, event)

    # -- the end -------------------------------------------------------------------------------------------------

    def _gone(self, spoken: Spoken, event: signalling.Ended) -> None:
        """Whom a callee is joined to, or was to be, is not there any more: they hung up, or their telephone failed."""
        if spoken.joined_at and (event.why, event.who) == (signalling.End.HUNG_UP, "callee"):
            spoken.part()
        else:
            _log.warning("call %s: whom it is joined to is gone: %s %s", spoken.dial.call, event.why, event.sip)
            self._unserved(spoken)

    def _late(self, spoken: Spoken) -> None:
        """They have waited for long enough."""
        self._let_go(spoken)
        self._unserved(spoken)

    def _let_go(self, spoken: Spoken) -> None:
        leg, spoken.leg = spoken.leg, None
        if leg:
            self._legs.hang_up(leg)

    def _unserved(self, spoken: Spoken) -> None:
        """Nobody takes this callee any more."""
        self._match(self._floor.give_up(spoken.dial.call, now_us()))
        self._settle(_named(spoken))
        spoken.take_leave()


def _named(spoken: Spoken) -> str:
    """The agent that a call names, if any."""
    join = spoken.dial.join
    return join.agent if isinstance(join, ToQueue) else ""


def _wish(call: str, join: ToQueue) -> Wish:
    return Wish(call, join.queue, join.agent)
