"""The telephone line of an agent, as it is now, and that a callee was joined to somebody.

An agent signs on with a telephone: it is called once and kept connected, so that a callee who answers is heard by the
agent at once. Times: microseconds UTC.
"""

from enum import StrEnum

from msgspec import Struct

ABANDON_MS = 2_000
"""How long a callee waits for a free agent (FTC 16 CFR 310.4(b)(4)(iii): two seconds from the end of the greeting)."""

NUMBER_MS = 20_000
"""How long a callee waits for a number that they are joined to, which has to be called first."""


class Doing(StrEnum):
    """What an agent's line does."""

    OFF = "off"
    """It is signed off, or was called in vain so often that it is given up."""
    DIALLING = "dialling"
    """It is called, or will be called again soon."""
    FREE = "free"
    """It takes the next callee of its queues."""
    HELD = "held"
    """It is kept for one call that is being made."""
    TALKING = "talking"
    WRAPPING = "wrapping"
    """It is connected, but takes nobody until the server says that the agent is ready."""


class AgentLine(Struct, frozen=True, gc=False, kw_only=True):
    """`why` it is down, `call` is whom they talk with or are held for, `queues` in the order in which they are served.

    `since` when it does so.
    """

    agent: str
    doing: Doing
    why: str = ""
    call: str = ""
    queues: tuple[str, ...] = ()
    since: int = 0

    @property
    def up(self) -> bool:
        """Whether it is connected."""
        return self.doing not in (Doing.OFF, Doing.DIALLING)


class Joined(Struct, frozen=True, gc=False, kw_only=True):
    """The callee of an attempt hears an agent, or the `number` that they were to be joined to; the other is empty."""

    delivery: int
    attempt: int
    at: int
    agent: str = ""
    number: str = ""
