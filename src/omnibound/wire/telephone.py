"""What the server and a voice process say to each other over a Unix socket: MessagePack, four octets of length first.

The server says `Hello` first and asks with `Dial`; `room` says how many calls may be asked for. What happens to calls
is told as an `Event`: it has a number, and is told again on each new connection until that number is acknowledged,
which the server does once it has committed what it means. `Dial` is idempotent by its call's id. How agents' lines are
is no event but a state: it is told when it changes, and after each Welcome.
"""

from typing import Final, Literal, Protocol

import msgspec
from msgspec import Struct

from omnibound.domain.action import Deed
from omnibound.domain.agent_line import AgentLine
from omnibound.domain.call_outcome import Heard
from omnibound.domain.campaign import Machine
from omnibound.wire.agents import Join, Ready, SignOff, SignOn
from omnibound.wire.agents import ToNumber as ToNumber
from omnibound.wire.agents import ToQueue as ToQueue
from omnibound.wire.frames import framed
from omnibound.wire.sip import TrunkSettings

VERSION: Final = 3


class Cell(Struct, frozen=True, kw_only=True, array_like=True):
    """All that a voice process has to know. `rtp`: the first and the last port; `host` is bound to, for SIP and RTP.

    `public_address` is how carriers reach us where it is not the address that we see; `silence_s` without a packet
    from the callee ends a call, 0 never. `returned` (a file) is what those hear who call us; empty: they are refused.
    """

    host: str
    port: int
    public_address: str
    rtp: tuple[int, int]
    silence_s: float
    trunks: tuple[TrunkSettings, ...]
    returned: str = ""


# -- From the server ---------------------------------------------------------------------------------------------


class Hello(Struct, frozen=True, tag="hello", array_like=True):
    """The first message of a connection. `cell` is a `Cell` that a process of another version need not understand."""

    version: int
    cell: msgspec.Raw


class Choice(Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """What a key, or the `end` of what is said (`on`), leads to. Where there is a `clip` (a file), it is played."""

    on: str
    do: Deed
    clip: str = ""


class Dial(Struct, frozen=True, gc=False, kw_only=True, tag="dial", array_like=True):
    """Make this call, unless it has been made: `clip` (a file; empty: silence) is played `repeat` times, then it is
    hung up.

    `choices` say what else may follow: at most one for each key and for the end. `ring_s` and `max_s` 0: as the trunk's
    settings say. Later than `until` (microseconds UTC; 0: no limit) it is not begun any more.

    With a `join` the clip is what they hear while they wait. Where nobody takes them, `farewell` (a file; empty: it is
    hung up at once) is played, and what follows is as in any call: choices are for this only. Without one `machine`
    says whether it is listened for answering machines, and what is done about them.
    """

    call: str
    trunk: str
    number: str
    clip: str
    caller_id: str = ""
    repeat: int = 1
    ring_s: float = 0
    max_s: float = 0
    choices: tuple[Choice, ...] = ()
    until: int = 0
    join: Join | None = None
    farewell: str = ""
    machine: Machine = Machine.NOTHING


class HangUp(Struct, frozen=True, gc=False, tag="hang_up", array_like=True):
    """End a call, however far it is. One that rings is let ring for `sip.MIN_RING_S`, and goes on if it is answered."""

    call: str


class Ack(Struct, frozen=True, gc=False, tag="ack", array_like=True):
    """These events need not be told again."""

    numbers: list[int]


class Stop(Struct, frozen=True, gc=False, tag="stop", array_like=True):
    """End as soon as no call is under way and nothing is left to be told."""


class Show(Struct, frozen=True, gc=False, tag="show", array_like=True):
    """Tell the ladder of this call."""

    call: str


class Drain(Struct, frozen=True, gc=False, tag="drain", array_like=True):
    """Begin no call any more, or with `on` false begin them again. Not only a server may say it; no Hello is needed.

    It holds until a server says Hello. A process that nobody is connected to ends with its last call then.
    """

    on: bool = True


AskedOfAgents = SignOn | SignOff | Ready | HangUp
Asked = Hello | Dial | Ack | Stop | Show | Drain | AskedOfAgents

# -- From the voice process --------------------------------------------------------------------------------------


class Welcome(Struct, frozen=True, gc=False, tag="welcome", array_like=True):
    """The answer to Hello. Not `fits`: it runs by another version or cell, takes no calls and ends when it can."""

    pid: int
    fits: bool


class Room(Struct, frozen=True, gc=False, tag="room", array_like=True):
    """How a trunk is. `free` calls may begin, of which `dials` that came over this connection are counted already."""

    trunk: str
    free: int
    dials: int
    up: bool
    why: str
    in_use: int


class Refused(Struct, frozen=True, gc=False, tag="refused", array_like=True):
    """A call was not begun: for want of room, or of agents; for what is no number or one that may not be called; or for
    a fault.
    """

    call: str
    trunk: str
    kind: Literal["busy", "nobody", "no_number", "barred", "failed"]
    why: str


class Rung(Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """One SIP message as people may see it. `at` in seconds since 1970; `out`: from us to the far end."""

    at: float
    out: bool
    peer: str
    text: str

    @property
    def title(self) -> str:
        """The first line."""
        return self.text.partition("\r\n")[0]


class Ladder(Struct, frozen=True, gc=False, tag="ladder", array_like=True):
    """The answer to Show: the messages of a call, the oldest first; none where they are not kept any more."""

    call: str
    rungs: tuple[Rung, ...]


class Draining(Struct, frozen=True, gc=False, tag="draining", array_like=True):
    """The answer to Drain: so many calls are under way, and so many events has a server still to acknowledge.

    0 where none is connected: they are kept for the next.
    """

    calls: int
    events: int


class LineState(Struct, frozen=True, gc=False, tag="line_state", array_like=True):
    """What the line of an agent does now."""

    line: AgentLine


class Happened(Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """What all events have: their number, the call, its trunk, and when it was (microseconds UTC)."""

    number: int
    call: str
    trunk: str
    at: int


class Ringing(Happened, frozen=True, gc=False, kw_only=True, tag="ringing", array_like=True):
    """It rings, or the network is working on it."""

    sip: int


class Answered(Happened, frozen=True, gc=False, kw_only=True, tag="answered", array_like=True):
    """Somebody or something has taken it; `rang`: Ringing was told before."""

    rang: bool


class Digit(Happened, frozen=True, gc=False, kw_only=True, tag="digit", array_like=True):
    """They pressed a key."""

    digit: str


class Chosen(Happened, frozen=True, gc=False, kw_only=True, tag="chosen", array_like=True):
    """A choice was made of which the server has to know: HTTP, or OPT_OUT.

    `turn` counts the choices of a call from 1; a key may be chosen again. `digits` are all keys until then.
    """

    on: str
    do: Deed
    turn: int
    digits: str


class Joined(Happened, frozen=True, gc=False, kw_only=True, tag="joined", array_like=True):
    """The callee hears an agent, or the number that they were to be joined to; the other is empty."""

    agent: str = ""
    joined_to: str = ""


class Ended(Happened, frozen=True, gc=False, kw_only=True, tag="ended", array_like=True):
    """It is over: exactly once for each call that was begun.

    `why` and `who` are words of the user agent's; `said`: something was played to its end; `opted_out`: they chose not
    to be called any more. `talked_ms` from the answer on. `rtp`: the figures of its media. `callee` and `caller` are
    who was called and what they saw; `begun_at` and `rang_at` are microseconds UTC, 0 where nobody knows any more.
    `agent` and `joined_at`: to whom they were joined, and when (0: never). `unserved`: nobody took them in time, or the
    agent's telephone failed while they talked. `heard`: who it was, where that was listened for; `left`: a machine has
    heard all.
    """

    why: str
    who: str
    sip: int = 0
    q850: int = 0
    text: str = ""
    rang: bool = False
    answered: bool = False
    said: bool = False
    retry_after: int = 0
    answered_at: int = 0
    talked_ms: int = 0
    digits: str = ""
    rtp: dict[str, float | None] = {}
    callee: str = ""
    caller: str = ""
    begun_at: int = 0
    rang_at: int = 0
    opted_out: bool = False
    agent: str = ""
    joined_at: int = 0
    unserved: bool = False
    heard: Heard = Heard.NOT_ASKED
    left: bool = False


Event = Ringing | Answered | Digit | Chosen | Joined | Ended
Told = Welcome | Room | Refused | Ladder | Draining | LineState | Event

# -- In the server -----------------------------------------------------------------------------------------------


class Trunk(Struct, frozen=True, gc=False, kw_only=True):
    """How a trunk is: `free` calls may be asked for now."""

    up: bool
    why: str
    free: int = 0
    in_use: int = 0


class Script(Struct, frozen=True, gc=False, kw_only=True):
    """What a call says: clips are files that are ready to be played, an empty one is silence. An empty `caller` is the
    step's or the trunk's. `join`, `farewell`, `machine` and `ring_s`: see Dial.
    """

    clip: str
    caller: str = ""
    choices: tuple[Choice, ...] = ()
    join: Join | None = None
    farewell: str = ""
    machine: Machine = Machine.NOTHING
    ring_s: float = 0


class Ear(Protocol):
    """Who wants to hear of a trunk's calls."""

    def heard(self, told: Event | Refused) -> None:
        """Something has happened to a call. An event comes again until it is acknowledged."""
        ...

    def roomed(self) -> None:
        """Room, or the state of the trunk, has changed."""
        ...


class AgentEar(Protocol):
    """Who wants to hear of agents' lines."""

    def connected(self, up: bool) -> None:
        """There is a voice process to be asked now, which may know no line; or there is none any more."""
        ...

    def lined(self, line: AgentLine) -> None:
        """A line does something else now; or it is told anew after a Welcome."""
        ...

    def joined(self, told: Joined) -> None:
        """A callee was joined. It is acknowledged by whoever has its trunk."""
        ...


# -- Octets ------------------------------------------------------------------------------------------------------

_encode = msgspec.msgpack.Encoder().encode
_read_asked = msgspec.msgpack.Decoder(Asked).decode
_read_cell = msgspec.msgpack.Decoder(Cell).decode
_read_told = msgspec.msgpack.Decoder(Told).decode


def write(message: Asked | Told) -> bytes:
    """One message with its length."""
    return framed(_encode(message))


def write_cell(cell: Cell) -> msgspec.Raw:
    """A cell for Hello; equal cells give equal octets."""
    return msgspec.Raw(_encode(cell))


def read_cell(cell: msgspec.Raw) -> Cell:
    """What Hello says. Raises ValueError where it says something else."""
    return _read_cell(cell)


def read_asked(body: bytes) -> Asked:
    """What the server says. Raises ValueError for anything else."""
    return _read_asked(body)


def read_told(body: bytes) -> Told:
    """What a voice process says. Raises ValueError for anything else."""
    return _read_told(body)
