"""An agent: a person who takes answered calls of campaigns. Times: microseconds UTC."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from msgspec import Struct

from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.errors import Invalid

AGENT: Final = "agent"
"""The kind of part that agents are stored as."""

NAME_LENGTH: Final = 200
MOST_QUEUES: Final = 50


class State(IntEnum):
    """What an agent does."""

    OFF = 0
    """Signed off, or the telephone could not be reached."""
    DIALLING = 1
    """The telephone is being called, to be kept connected."""
    AWAY = 2
    """Connected, and wants no calls now."""
    FREE = 3
    HELD = 4
    """Kept for a call that is being made."""
    TALKING = 5
    WRAP_UP = 6
    """The call is over, its result is not named yet."""


class Agent(Struct, frozen=True, gc=False, kw_only=True):
    """`address` is a number or `sip:user@host`, called over `trunk`; `queues` in the order in which they are served.

    `signed_on` and `ready` are what is wanted; how it is, the telephone line knows: `state_of`. `call` and `attempt`:
    the delivery they talk with, or whose result they have to name, 0 for none. `why` the line was given up.
    """

    id: str
    account: int
    name: str
    address: str
    trunk: str
    queues: tuple[str, ...] = ()
    signed_on: bool = False
    ready: bool = False
    call: int = 0
    attempt: int = 0
    why: str = ""
    created_at: int = 0
    changed_at: int = 0


_STATES: Final[Mapping[Doing, State]] = {
    Doing.OFF: State.OFF,
    Doing.DIALLING: State.DIALLING,
    Doing.FREE: State.FREE,
    Doing.HELD: State.HELD,
    Doing.TALKING: State.TALKING,
    Doing.WRAPPING: State.AWAY,
}


def state_of(agent: Agent, line: AgentLine | None) -> State:
    """What an agent does, as the telephone line tells; None: there is none."""
    state = _STATES[line.doing] if line else State.OFF
    return State.WRAP_UP if state is State.AWAY and agent.call else state


def check_agent(agent: Agent) -> None:
    """Raises Invalid, naming the member that is wrong. An address is checked where it is called."""
    if not agent.name.strip() or len(agent.name) > NAME_LENGTH or not agent.name.isprintable():
        raise Invalid(f"a name has 1 to {NAME_LENGTH} characters that can be printed", "name")
    if not agent.address:
        raise Invalid("a number, or sip:user@host", "address")
    if not 0 < len(agent.queues) <= MOST_QUEUES or len(set(agent.queues)) != len(agent.queues):
        raise Invalid(f"1 to {MOST_QUEUES} different queues", "queues")


def queue_name(account: int, queue: str) -> str:
    """What agents' lines call a queue: they know nothing of accounts, whose queues may have the same id."""
    return f"{account}:{queue}"


def agent_key(text: str) -> str:
    """An agent's id, however a client writes 32 hexadecimal digits: with hyphens, in small letters."""
    return text.replace("-", "").upper()
