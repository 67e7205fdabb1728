"""How well a connector is, by what it answered lately: sick when too much fails, tried again after a rest.

A rest doubles with each trial that fails. Who is tried is well again only with half of the errors that make sick: a
connector that is just about bearable does not come and go. Times: microseconds.
"""

from enum import IntEnum

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.facts import Accepted, Failed, Unknown
from omnibound.domain.flow import MINUTE, SECOND
from omnibound.domain.status import MEANINGS, Fault, Reason

Answer = Accepted | Failed | Unknown
"""What says how a connector does: how a hand-over went that was tried."""

PIECES = 6
"""A window slides by a sixth of it."""

LONGEST_REST = 10 * MINUTE


class Condition(IntEnum):
    """What a connector may get."""

    WELL = 0
    SICK = 1
    """Nothing, while there is another."""
    TRIED = 2
    """A few, to see how it is."""


class Limits(Struct, frozen=True, gc=False, kw_only=True):
    """`errors` is the share of the answers within `window` from which on, of at least `least`, a connector is sick."""

    window: int = MINUTE
    errors: float = 0.5
    least: int = 20
    rest: int = 30 * SECOND
    trials: int = 10


class Piece(Struct, frozen=True, gc=False):
    """What came within a sixth of a window, whose number since 1970 is `at`."""

    at: int
    answers: int
    errors: int


class Health(Struct, frozen=True, gc=False):
    """A connector's. `since`: when its condition began; `rests`: trials in vain; `left`: trials not yet begun."""

    condition: Condition = Condition.WELL
    since: int = 0
    pieces: tuple[Piece, ...] = ()
    rests: int = 0
    left: int = 0

    @property
    def answers(self) -> int:
        """How many answers count."""
        return sum(piece.answers for piece in self.pieces)

    @property
    def share(self) -> float:
        """The share of errors among them."""
        return sum(piece.errors for piece in self.pieces) / max(self.answers, 1)


NEW = Health()


def speaks_well(answer: Answer) -> bool:
    """Whether it speaks for its connector, or against it.

    What a person or a request brings about, and a provider that asks for time, says nothing against it.
    """
    if not isinstance(answer, Failed):
        return isinstance(answer, Accepted)
    reason = answer.failure.reason
    return reason is Reason.THROTTLED or MEANINGS[reason].fault not in (Fault.NETWORK, Fault.OPERATOR)


def heard(health: Health, answers: int, errors: int, now: int, limits: Limits) -> Health:
    """After so many more answers, of which some were errors. What a sick one still says counts for nothing."""
    health = looked_at(health, now, limits)
    if health.condition is Condition.SICK:
        return health
    health = replace(health, pieces=_slid(health.pieces, answers, errors, now, limits))
    if health.condition is Condition.WELL:
        return _sick(health, now) if _fails(health, limits) else health
    if health.answers < limits.trials:
        return health
    return Health(since=now) if health.share <= limits.errors / 2 else _sick(health, now)


def looked_at(health: Health, now: int, limits: Limits) -> Health:
    """As it is by now: a rest ends, and trials that nobody answered are made again."""
    if health.condition is Condition.WELL or now < health.since + rest_of(health, limits):
        return health
    return replace(health, condition=Condition.TRIED, since=now, pieces=(), left=limits.trials)


def rest_of(health: Health, limits: Limits) -> int:
    """How long a sick one is left alone, or the answers to trials are awaited."""
    return min(limits.rest << max(health.rests - 1, 0), LONGEST_REST)


def tried(health: Health, number: int) -> Health:
    """So many of its trials begin."""
    return replace(health, left=max(health.left - number, 0))


def _sick(health: Health, now: int) -> Health:
    return Health(condition=Condition.SICK, since=now, rests=min(health.rests + 1, 16))


def _fails(health: Health, limits: Limits) -> bool:
    return health.answers >= limits.least and health.share >= limits.errors


def _slid(pieces: tuple[Piece, ...], answers: int, errors: int, now: int, limits: Limits) -> tuple[Piece, ...]:
    at = now * PIECES // limits.window
    kept = [piece for piece in pieces if piece.at > at - PIECES]
    if kept and kept[-1].at == at:
        last = kept.pop()
        answers, errors = answers + last.answers, errors + last.errors
    return (*kept, Piece(at, answers, errors))
