"""A campaign: a standing source of calls. What is said, to whom, when, and how often. Times: microseconds UTC."""

from enum import IntEnum

from msgspec import Struct

from omnibound.domain.action import Action, Speech
from omnibound.domain.calendar import Calendar
from omnibound.domain.errors import Forbidden
from omnibound.domain.flow import DAY, SECOND, Flow
from omnibound.domain.member import Mode
from omnibound.domain.message import Content
from omnibound.domain.outbound import Condition, ResultSet
from omnibound.domain.status import Reason

CHANNEL = "VOICE"
MOST_ATTEMPTS = 100
MOST_PRIORITY = 1_000
LONGEST = 365 * DAY


class State(IntEnum):
    """How far a campaign is. The numbers are stored."""

    NEW = 0
    """Requests are taken and wait."""
    STARTED = 1
    PAUSED = 2
    """Nobody is called until it is started again; calls under way go on."""
    FINISHED = 3
    """It takes nothing more, and nobody is called any more."""


class Wish(IntEnum):
    """What its operator may want of a campaign."""

    START = 0
    PAUSE = 1
    FINISH = 2


MOVES: dict[tuple[State, Wish], State] = {
    (State.NEW, Wish.START): State.STARTED,
    (State.NEW, Wish.FINISH): State.FINISHED,
    (State.STARTED, Wish.START): State.STARTED,
    (State.STARTED, Wish.PAUSE): State.PAUSED,
    (State.STARTED, Wish.FINISH): State.FINISHED,
    (State.PAUSED, Wish.START): State.STARTED,
    (State.PAUSED, Wish.PAUSE): State.PAUSED,
    (State.PAUSED, Wish.FINISH): State.FINISHED,
    (State.FINISHED, Wish.FINISH): State.FINISHED,
}
"""What a wish leads to; what is not in it is refused."""


class Kind(IntEnum):
    """What an answered call leads to. The numbers are stored."""

    ANNOUNCEMENT = 0
    """It hears what the campaign says."""
    NUMBER = 1
    """It is joined to a number, as that of an IVR."""
    QUEUE = 2
    """It is joined to an agent of a queue."""
    MESSAGES = 3
    """There is no call: a scenario is sent, paced."""


class Machine(IntEnum):
    """What is done when an answering machine seems to have taken the call. The numbers are stored.

    But for NOTHING a fax or a modem is hung up on, and its number is not called again.
    """

    NOTHING = 0
    """Nobody listens for one."""
    HANG_UP = 1
    LEAVE = 2
    """What is to be said begins anew after its tone."""


class PriorityOrder(IntEnum):
    """In which order of their priorities people are called. Who has none comes last. The numbers are stored."""

    ASCENDING = 0
    """The lowest goes first."""
    DESCENDING = 1


class Campaign(Struct, frozen=True, gc=False, kw_only=True):
    """A campaign of an account.

    `caller` is the number that is shown, `trunk` the connector that its calls take (empty: any). A person is called at
    most `attempts` times; `pause` stands between two of them (microseconds), `pauses` for some reasons another one.
    Nobody is called before `not_before` (0: at once), nor later than `lasts` after that. `priority`: more is sooner.

    With a `dialer` (its id) it is dialled: a person has up to three numbers, which are called in rounds, by
    `priority` in its `priority_order`; what results lead to is in `results` (None: `outbound.STANDARD`), so `attempts`
    and `pauses` say nothing; `not_before` and `end_at` (0: none) are its first and its last instant; `excluded` are not
    called while a condition fits them; `lines` calls are under way at most, a number is called at most `per_day` times
    a day (0: no limit), and rings for `ring` at least. `guid` names it to clients that want 32 hexadecimal digits.
    """

    id: str
    account: int
    name: str
    caller: str = ""
    trunk: str = ""
    speech: Speech = Speech()
    actions: tuple[Action, ...] = ()
    attempts: int = 3
    pause: int = 600 * SECOND
    pauses: dict[Reason, int] = {}
    calendar: Calendar = Calendar()
    priority: int = 100
    not_before: int = 0
    lasts: int = 30 * DAY
    state: State = State.NEW
    created_at: int = 0
    changed_at: int = 0
    guid: str = ""
    remarks: str = ""
    kind: Kind = Kind.ANNOUNCEMENT
    dialer: str = ""
    mode: Mode = Mode.PREDICTIVE
    queue: str = ""
    number: str = ""
    scenario: str = ""
    flow: Flow | None = None
    """Of a campaign of messages: that of its scenario."""
    message: dict[str, Content] = {}
    """Of a campaign of messages: what each channel says, its templates filled for each person."""
    pace: int = 0
    """Of a campaign of messages: how many people an hour at most; 0: as the channels take them."""
    results: ResultSet | None = None
    schedule: str = ""
    script: str = ""
    excluded: tuple[Condition, ...] = ()
    end_at: int = 0
    lines: int = 30
    ring: int = 15 * SECOND
    per_day: int = 0
    machine: Machine = Machine.NOTHING
    """Of a campaign of announcements. Who answers with a whole sentence is taken for a machine."""
    farewell: Speech = Speech()
    """What those hear for whom no agent was there in time."""
    priority_order: PriorityOrder = PriorityOrder.ASCENDING
    reserve: bool = True
    """Of a campaign to agents: who was abandoned is called again as soon as an agent can be kept for that call."""

    @property
    def dialled(self) -> bool:
        """Whether a dialer starts its calls."""
        return bool(self.dialer)

    @property
    def reserves(self) -> bool:
        """Whether agents are kept for calls to those who were abandoned."""
        return self.reserve and self.dialled and self.kind is Kind.QUEUE

    @property
    def calls(self) -> bool:
        """Whether people are called; else they are sent messages."""
        return self.kind is not Kind.MESSAGES


def wished(campaign: Campaign, wish: Wish) -> State:
    """The state that a wish leads to. Raises Forbidden where none does."""
    state = MOVES.get((campaign.state, wish))
    if state is None:
        raise Forbidden(f"the campaign is {campaign.state.name.lower()}: {wish.name.lower()} is not possible", "state")
    return state


def check_takes(campaign: Campaign) -> None:
    """Raises Forbidden for one that nobody can join any more."""
    if campaign.state is State.FINISHED:
        raise Forbidden("the campaign is finished: it takes nothing more", "state")


def bulk_of(campaign: str) -> str:
    """The bulk that all deliveries of a campaign are in: what holds it back holds back the campaign."""
    return f"campaign:{campaign}"


# --- how it goes ------------------------------------------------------------------------------------------------------


class Tally(IntEnum):
    """What is counted of a campaign's members."""

    WAITING = 0
    ANSWERED = 1
    MACHINE = 2
    BUSY = 3
    NO_ANSWER = 4
    FAILED = 5
    STOPPED = 6
    """Cancelled, blocked, or too late."""


_TALLIES: dict[Tally, tuple[Reason, ...]] = {
    Tally.ANSWERED: (Reason.ANSWERED, Reason.HUNG_UP, Reason.OPTED_OUT, Reason.SUCCESS, Reason.DELIVERED),
    Tally.MACHINE: (Reason.MACHINE, Reason.MACHINE_LEFT),
    Tally.BUSY: (Reason.BUSY,),
    Tally.NO_ANSWER: (Reason.NO_ANSWER, Reason.UNREACHABLE, Reason.REJECTED),
    Tally.STOPPED: (
        Reason.CANCELLED, Reason.BLOCKED, Reason.DO_NOT_DISTURB, Reason.FILTERED, Reason.EXPIRED, Reason.CLOSED,
        Reason.UNWANTED,
    ),
}  # fmt: skip
_TALLY = {reason: tally for tally, reasons in _TALLIES.items() for reason in reasons}


def tally_of(closed: bool, reason: Reason | None) -> Tally:
    """Where a member is counted: while it is not closed it waits, whatever its last call was."""
    if not closed or reason is None:
        return Tally.WAITING
    return _TALLY.get(reason, Tally.FAILED)
