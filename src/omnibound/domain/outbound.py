"""What outbound campaigns share: dialers, queues, call results, schedules, scripts. Times: microseconds.

Each is kept under an id of its own and named by campaigns. Call results and schedules are copied into the campaigns
that name them, so that a campaign is whole by itself; who changes one has it copied anew.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from omnibound.domain.calendar import Calendar
from omnibound.domain.flow import SECOND, Effect
from omnibound.domain.status import Reason

BUSY, NOT_REACHED, MACHINE, REDIAL = "busy", "not_reached", "machine", "redial"
LIMITS: Final = {BUSY: 3, NOT_REACHED: 3, MACHINE: 3, REDIAL: 3}
"""How often each is tried again after the first call."""
MOST_RESULTS: Final = 200
AGENT_WAIT: Final = 10 * SECOND
"""How long after it was in vain somebody is looked at again who waits for an agent."""


class Dialer(Struct, frozen=True, gc=False, kw_only=True):
    """Starts the calls of its campaigns: at most `lines` at once over all of them.

    `abandoned` is the share of answered calls (in thousandths of a per cent) that may find no agent; `abandon_wait` how
    long an answered call waits for one; `overdial` (per cent) how many calls beyond the free agents are started for
    each busy one, 0: none.
    """

    id: str
    name: str
    lines: int = 30
    abandoned: int = 1_000
    abandon_wait: int = 2 * SECOND
    overdial: int = 0


QUEUE_DIALER: Final = Dialer(id="0B1D1A1E400000000000000000000001", name="Queue Dialer")
"""Every account has it without making it."""


class Queue(Struct, frozen=True, gc=False, kw_only=True):
    """Agents that take the answered calls of campaigns. `wrap_up`: how long they may take to name a result.

    Without one by then it is `no_result`, the text of a call result; empty: that of a success.
    """

    id: str
    name: str
    wrap_up: int = 60 * SECOND
    no_result: str = ""


class CallResult(Struct, frozen=True, gc=False, kw_only=True):
    """What an agent may say of a call: `text` is theirs, `reason` what it means, `wait` until another call, if any.

    `number` (1 to 255) names it for ever, whatever its text becomes; 0: it is given one.
    """

    text: str
    reason: Reason
    number: int = 0
    wait: int = 0


class ResultSet(Struct, frozen=True, gc=False, kw_only=True):
    """What agents may say, and what each reason leads to. `limits`: how often after the first call, by charge.

    `pauses` stand before the next round, by charge; `effects` are what differs for single reasons.
    """

    id: str = ""
    name: str = ""
    results: tuple[CallResult, ...] = ()
    limits: Mapping[str, int] = field(default_factory=lambda: dict(LIMITS))
    pauses: Mapping[str, int] = {}
    effects: Mapping[Reason, Effect] = {}
    former: tuple[CallResult, ...] = ()
    """What may not be said any more; people who were called stand by their numbers still."""

    def text_of(self, number: int) -> str:
        """What an agent said, by its number; empty for none."""
        return next((each.text for each in (*self.results, *self.former) if each.number == number), "")


class Schedule(Struct, frozen=True, gc=False, kw_only=True):
    """Hours that several campaigns share."""

    id: str
    name: str
    calendar: Calendar = Calendar()


class Question(Struct, frozen=True, gc=False, kw_only=True):
    """One question of a script; `answers` to choose from, none: free text."""

    text: str
    answers: tuple[str, ...] = ()


class Script(Struct, frozen=True, gc=False, kw_only=True):
    """What agents ask. `interactive`: one question at a time."""

    id: str
    name: str
    questions: tuple[Question, ...] = ()
    interactive: bool = False


class Condition(Struct, frozen=True, gc=False, kw_only=True):
    """Excludes whom it fits: an attribute compared with values. Operators are those of `filters.OPERATORS`."""

    attribute: str
    operator: str
    values: tuple[str, ...] = ()


_R = Reason
STANDARD: Final = ResultSet(
    name="standard",
    results=tuple(
        CallResult(number=number, text=text, reason=reason)
        for number, (text, reason) in enumerate(
            (
                ("Successful", _R.SUCCESS), ("Refusal", _R.REFUSAL), ("Redial", _R.REDIAL),
                ("Wrong Person", _R.WRONG_PERSON), ("Wrong Number", _R.WRONG_NUMBER), ("Hang-Up", _R.HUNG_UP),
                ("Busy", _R.BUSY), ("No Answer", _R.NO_ANSWER), ("Fax", _R.FAX), ("Modem", _R.MODEM),
                ("Answering Machine", _R.MACHINE), ("Automated Attendant", _R.AUTO_ATTENDANT), ("Unknown", _R.UNKNOWN),
                ("Instant Retry", _R.AGAIN), ("Bad Address", _R.BAD_ADDRESS),
            ),
            1,
        )
    ),
)  # fmt: skip
"""What agents may say where a campaign names no set of its own."""
