"""The state of a delivery that is not finished, and what is written down when it moves. All times: microseconds UTC."""

from enum import IntEnum

from msgspec import Struct

from omnibound.domain.status import Reason, Status


class Stage(IntEnum):
    """Where an unfinished delivery stands."""

    WAITING = 0
    """Its next attempt waits to be handed over (or has been handed over and no outcome is known)."""
    SENT = 1
    """Its attempt was accepted; a receipt or the end of the validity is awaited."""
    HELD = 2
    """Its result is awaited from a person."""


class Said(IntEnum):
    """What was said of an attempt. The numbers are stored in events: never change one, only add."""

    ACCEPTED = 0
    FAILED = 1
    RETURNED = 2
    UNKNOWN = 3
    ENROUTE = 4
    DELIVERED = 5
    SEEN = 6
    UNDELIVERED = 7
    EXPIRED = 8
    DUE = 9
    """Our own clock: the validity of the step, or the wait for a receipt, is over."""
    RESULT = 10
    """A person or a rule ended it."""
    SKIPPED = 11
    """A step that cannot be tried: no content or no address for it."""
    LAST = 12
    """Its sender wants nothing after the attempt under way."""


class Note(IntEnum):
    """What is odd about what was said. The numbers are stored."""

    NONE = 0
    LATE = 1
    DOUBLED = 2
    CONTRADICTION = 3
    AMBIGUOUS = 4
    RETURNED = 5
    EARLY = 6
    CHANGED = 7
    """A result that was named anew: the detail says what it was, and by whom."""


class Word(Struct, frozen=True, gc=False):
    """One thing said of one attempt.

    `retry` belongs to a failure; `after` (microseconds) is the least wait a provider asks for, or with a RESULT the
    wait that a person names; `parts` belongs to an acceptance, `part` (from 0) to a receipt.
    """

    said: Said
    attempt: int
    at: int
    reason: Reason
    detail: str = ""
    connector: str = ""
    part: int = 0
    parts: int = 1
    retry: bool = False
    after: int = 0


class Past(Struct, frozen=True, gc=False, array_like=True):
    """An earlier attempt that may still arrive: its parts (0: not known yet) and which of them did (bits)."""

    attempt: int
    step: int
    parts: int
    done: int
    sent_at: int
    round: int = 0


class Live(Struct, frozen=True, gc=False):
    """An unfinished delivery. Every change is compare-and-set on `version`.

    `attempt` numbers the attempt under way or next; `tries` counts the retries within a step; `struck` has a bit for
    each step that is never tried (again); `charges` counts against `Flow.limits`; `done` has a bit a part delivered.
    """

    id: int
    message: int
    account: int
    cls: int
    stage: Stage
    step: int
    round: int
    attempt: int
    tries: int
    due_at: int
    step_until: int
    retry_until: int = 0
    sent_at: int = 0
    connector: str = ""
    parts: int = 0
    done: int = 0
    struck: int = 0
    ambiguous: bool = False
    charges: dict[str, int] = {}
    past: tuple[Past, ...] = ()
    version: int = 0
    channel: str = ""
    """The channel of its step: what waits is bounded and claimed a channel."""


class Event(Struct, frozen=True, gc=False, array_like=True):
    """One line of a delivery's timeline; append-only. An attempt is a fold over its events.

    Stored by the order of its members: never change that, only add at the end, with a default.
    """

    delivery: int
    attempt: int
    step: int
    at: int
    said: Said
    status: Status
    reason: Reason
    detail: str
    connector: str
    part: int
    note: Note


class Outcome(Struct, frozen=True, gc=False):
    """How a delivery ended, or with `final` false one step of it.

    `late` and what follows it are what came afterwards.
    """

    delivery: int
    account: int
    attempt: int
    status: Status
    reason: Reason
    detail: str
    step: int
    round: int
    connector: str
    parts: int
    sent_at: int
    done_at: int
    ambiguous: bool = False
    exhausted: bool = False
    final: bool = True
    late: Status = Status.PENDING
    late_at: int = 0
    twice: bool = False
    seen_at: int = 0
