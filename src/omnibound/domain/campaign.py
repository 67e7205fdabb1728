"""A campaign: a standing source of calls. What is said, to whom, when, and how often. Times: microseconds UTC."""

import re
from enum import IntEnum
from typing import Any

from msgspec import Struct

from omnibound.domain.action import Action, Speech, check_actions
from omnibound.domain.calendar import Calendar, check_calendar
from omnibound.domain.call_outcome import UNCOUNTED
from omnibound.domain.errors import Forbidden, Invalid
from omnibound.domain.flow import DAY, SECOND, Effect, Flow, Move, Step
from omnibound.domain.live import Live, Outcome, Word
from omnibound.domain.status import Reason

CHANNEL = "VOICE"
MOST_ATTEMPTS = 100
MOST_PRIORITY = 1_000
LONGEST = 365 * DAY

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_NAME_LENGTH = 200


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


class Campaign(Struct, frozen=True, gc=False, kw_only=True):
    """A campaign of an account.

    `caller` is the number that is shown, `trunk` the connector that its calls take (empty: any). A person is called at
    most `attempts` times; `pause` stands between two of them (microseconds), `pauses` for some reasons another one.
    Nobody is called before `not_before` (0: at once), nor later than `lasts` after that. `priority`: more is sooner.
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


class Member(Struct, frozen=True, gc=False, kw_only=True):
    """A person of a campaign, beside the delivery with the same `id`. `phone` as it was given.

    `speech` is its own where it differs from the campaign's; `custom` is the client's, for templates. `reason` is that
    of its last call, DELIVERED's number never: None before the first. `tries` is how many calls it has used up.
    """

    id: int
    account: int
    campaign: str
    phone: str
    speech: Speech | None = None
    custom: dict[str, Any] | None = None
    priority: int = 100
    not_before: int = 0
    closed: bool = False
    reason: Reason | None = None
    detail: str = ""
    exhausted: bool = False
    tries: int = 0
    created_at: int = 0
    changed_at: int = 0


class Result(Struct, frozen=True, gc=False):
    """What one call, or the end of all of them, changes in a member."""

    id: int
    closed: bool
    reason: Reason
    detail: str
    exhausted: bool
    tries: int
    changed_at: int


def check_campaign(campaign: Campaign) -> None:
    """Raises Invalid, naming the member that is wrong."""
    if not _ID.fullmatch(campaign.id):
        raise Invalid(
            "an id has 1 to 64 letters, digits, dots, dashes and underscores; a letter or digit is first", "id"
        )
    if not campaign.name.strip() or len(campaign.name) > _NAME_LENGTH or "\0" in campaign.name:
        raise Invalid(f"a name has 1 to {_NAME_LENGTH} characters, and no NUL", "name")
    for name, least, value, most in (
        ("attempts", 1, campaign.attempts, MOST_ATTEMPTS),
        ("priority", 0, campaign.priority, MOST_PRIORITY),
        ("pause", 0, campaign.pause, LONGEST),
        ("lasts", 1, campaign.lasts, LONGEST),
    ):
        if not least <= value <= most:
            raise Invalid("is out of range", name)
    if not all(0 <= pause <= LONGEST for pause in campaign.pauses.values()):
        raise Invalid("is out of range", "pauses")
    check_actions(campaign.actions)
    check_calendar(campaign.calendar)


def wished(campaign: Campaign, wish: Wish) -> State:
    """The state that a wish leads to. Raises Forbidden where none does."""
    state = MOVES.get((campaign.state, wish))
    if state is None:
        raise Forbidden(f"the campaign is {campaign.state.name.lower()}: {wish.name.lower()} is not possible", "state")
    return state


def bulk_of(campaign: str) -> str:
    """The bulk that all deliveries of a campaign are in: what holds it back holds back the campaign."""
    return f"campaign:{campaign}"


# --- how it calls -----------------------------------------------------------------------------------------------------

_LATER = (
    Reason.BUSY, Reason.NO_ANSWER, Reason.UNREACHABLE, Reason.REJECTED, Reason.MACHINE, Reason.ABANDONED,
    Reason.LOST_RINGING,
)  # fmt: skip
"""The next round may do better."""

_DEAD = (
    Reason.INVALID_NUMBER, Reason.BARRED, Reason.FAX, Reason.MODEM, Reason.MEDIA_REFUSED, Reason.WRONG_NUMBER,
    Reason.BAD_ADDRESS,
)  # fmt: skip
"""The number is of no use."""

_OVER = (Reason.BLOCKED, Reason.DO_NOT_DISTURB, Reason.FILTERED, Reason.EXPIRED, Reason.CLOSED, Reason.NO_CONTENT)
_ABANDONED_WAIT = 72 * 3600 * SECOND


def flow_of(campaign: Campaign) -> Flow:
    """One step, a round an attempt; what a trunk or a window does not allow is tried again within the step.

    A call that was lost after its answer is held: only a person knows what was said (REDIAL, AGAIN).
    """
    pauses = {Reason.ABANDONED: _ABANDONED_WAIT, **campaign.pauses}
    return Flow(
        steps=(Step(channel=CHANNEL, sender=campaign.caller, validity=campaign.lasts, connector=campaign.trunk),),
        rounds=campaign.attempts,
        pause=campaign.pause,
        effects={
            **{reason: Effect(move=Move.LATER, wait=pauses.get(reason, campaign.pause)) for reason in _LATER},
            **dict.fromkeys(_DEAD, Effect(move=Move.STRIKE)),
            **dict.fromkeys(_OVER, Effect(move=Move.STOP)),
            Reason.LOST: Effect(move=Move.HOLD),
            Reason.REDIAL: Effect(move=Move.LATER, wait=campaign.pause),
            Reason.AGAIN: Effect(move=Move.AGAIN),
        },
        otherwise=Effect(move=Move.STOP),
        retry_for=campaign.lasts,
        receipt_wait=0,
        report_steps=True,
    )


# --- how it goes ------------------------------------------------------------------------------------------------------


def result_of(outcome: Outcome) -> Result:
    """What an outcome tells of a member."""
    return Result(
        outcome.delivery, outcome.final, outcome.reason, outcome.detail, outcome.exhausted,
        _tries(outcome.round, outcome.reason), outcome.done_at,
    )  # fmt: skip


def held_result(live: Live, word: Word) -> Result:
    """What a member is told while its call has no result yet."""
    return Result(live.id, False, word.reason, word.detail, False, _tries(live.round, word.reason), word.at)


def _tries(round_: int, reason: Reason) -> int:
    return round_ + (reason not in UNCOUNTED)


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
