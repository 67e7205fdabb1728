"""The lines of agents, as the services and the dialer see them. All of it is memory and returns at once.

Who is signed on, and who is ready, is kept by whoever asks: after a start of the server it is said anew. The successor
of a voice process that died is told without being asked to: its agents are called again, and those who talked are
wrapping up then.
"""

from collections.abc import Sequence
from typing import Protocol

from omnibound.domain.agent_line import AgentLine, Joined


class LineListener(Protocol):
    """Who wants to know how agents' lines are. Called in the event loop; must not wait and must not raise."""

    def line_changed(self, line: AgentLine) -> None:
        """A line does something else now. After OFF nothing is told of it until it is signed on again."""
        ...

    def joined(self, joined: Joined) -> None:
        """A callee hears an agent, or a number. It may be told again after a new connection; what counts is the end
        of the call, whose record has the same.
        """
        ...


class AgentLines(Protocol):
    """Agents are known by ids that are opaque here, and unique among all accounts; so are queues."""

    def sign_on(self, agent: str, trunk: str, address: str) -> None:
        """Call this agent's telephone over a trunk, and keep it connected. `address`: a number, or `sip:user@host`.

        Asked again with the same, nothing changes. With another trunk or address it is called there, after the call
        that it has. Nobody is ready at first. A line that is given up is OFF, and has to be signed on anew.
        Raises NotFound where no connector is such a trunk, Invalid for an address that is none.
        """
        ...

    def sign_off(self, agent: str) -> None:
        """Let go of the line, after the call that it has or is held for. Nothing happens where it is not signed on."""
        ...

    def ready(self, agent: str, queues: Sequence[str], ready: bool) -> None:
        """Whether the agent takes calls now, and of which queues, the first one first.

        When a call is over the agent is not ready, whatever was said during it: wrap-up ends when this says so.
        Raises NotFound for one who is not signed on.
        """
        ...

    def hang_up(self, agent: str) -> None:
        """End the call that the agent talks in; the line stays. Nothing happens where there is none."""
        ...

    def lines(self) -> list[AgentLine]:
        """All that are signed on, as they are now."""
        ...

    def listen(self, listener: LineListener) -> None:
        """Tell this one of each change from now on."""
        ...
