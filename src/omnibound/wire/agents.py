"""What the server says to a voice process of agents, and of whom callees are joined to: a part of `telephone`."""

from msgspec import Struct

from omnibound.domain.agent_line import ABANDON_MS, NUMBER_MS


class ToQueue(Struct, frozen=True, gc=False, kw_only=True, tag="queue", array_like=True):
    """Join who answers to a free agent of a queue, within `wait_ms` of the answer; with `agent` to that one only.

    An agent who is named is held from now on until the call is over: no other call gets them.
    """

    queue: str
    wait_ms: int = ABANDON_MS
    agent: str = ""


class ToNumber(Struct, frozen=True, gc=False, kw_only=True, tag="number", array_like=True):
    """Call a number when they answer, and join both within `wait_ms`. Empty `trunk`, `caller_id`: those of the call."""

    number: str
    trunk: str = ""
    caller_id: str = ""
    wait_ms: int = NUMBER_MS


Join = ToQueue | ToNumber
"""Whom a callee is joined to."""


class SignOn(Struct, frozen=True, gc=False, kw_only=True, tag="sign_on", array_like=True):
    """Call an agent's telephone and keep it connected, unless it is. `address`: a number, or `sip:user@host`.

    A line that falls is called again a few times, then it is given up: it is OFF, and forgotten. With another trunk or
    address it is called there, once it is idle.
    """

    agent: str
    trunk: str
    address: str


class SignOff(Struct, frozen=True, gc=False, tag="sign_off", array_like=True):
    """Let go of an agent's line, once it is idle."""

    agent: str


class Ready(Struct, frozen=True, gc=False, kw_only=True, tag="ready", array_like=True):
    """Whether an agent takes calls now, and of which queues, the first one first.

    With the end of a call it becomes False, whatever was said during the call.
    """

    agent: str
    queues: tuple[str, ...] = ()
    ready: bool = True
