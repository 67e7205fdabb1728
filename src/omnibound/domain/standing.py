"""What is said of a campaign's delivery -> what changes in its member. Pure. Times: microseconds UTC."""

from typing import Final

from msgspec.structs import replace

from omnibound.domain.bulk import real_due
from omnibound.domain.calendar import NEVER
from omnibound.domain.call_outcome import UNCOUNTED
from omnibound.domain.live import Live, Outcome, Stage, Word
from omnibound.domain.member import (
    ALL_BITS,
    GONE_BIT,
    LAST_NUMBER_BITS,
    PROGRESS_BITS,
    REASON_BITS,
    Doing,
    Progress,
    Result,
    Stand,
)
from omnibound.domain.moves import is_barred
from omnibound.domain.status import Reason

ENTRY: Final = "result:"
"""What the detail of an agent's result begins with; the number of the call result follows."""

EXCLUDED: Final = frozenset((Reason.BLOCKED, Reason.DO_NOT_DISTURB, Reason.FILTERED))
"""Reasons that exclude a person from a campaign, for as long as they hold."""

_ENDS: Final = {
    **dict.fromkeys(EXCLUDED, Progress.FILTERED),
    Reason.CANCELLED: Progress.GONE,
    Reason.EXPIRED: Progress.NOT_HANDLED,
    Reason.MAX_CALLS: Progress.MAX_CALLS,
}
_DONE: Final = frozenset((Progress.HANDLED, Progress.MAX_CALLS))
"""Nobody is called any more."""


def stand_of(outcome: Outcome) -> Stand:
    """How a member stands after an outcome, the last one or that of a round."""
    return Stand(
        progress=_progress(outcome), closed=outcome.final, reason=outcome.reason, entry=entry_of(outcome.detail),
        tries=_tries(outcome.round, outcome.reason), last_number=outcome.step + 1 if _called(outcome.reason) else 0,
    )  # fmt: skip


def _progress(outcome: Outcome) -> Progress:
    if not outcome.final:
        return Progress.NOT_HANDLED
    return Progress.MAX_CALLS if outcome.exhausted else _ENDS.get(outcome.reason, Progress.HANDLED)


def ended(outcome: Outcome, barred: bool = False) -> Result:
    """It is over. `barred`: its client wanted nothing more of it while its last call was under way."""
    stand = stand_of(outcome)
    if barred:
        stand = replace(stand, progress=Progress.GONE, closed=True)
    keep = GONE_BIT | (0 if stand.last_number else LAST_NUMBER_BITS)
    due = NEVER if stand.progress in _DONE else outcome.done_at
    return Result(outcome.delivery, stand.pack(), keep, outcome.detail, due, outcome.done_at)


def gone(id_: int, at: int) -> Result:
    """Its client does not want it any more: from now on it is counted nowhere, whatever is still said of it."""
    return Result(id_, Stand(progress=Progress.GONE).pack(), ALL_BITS & ~PROGRESS_BITS, None, NEVER, at)


def moved(before: Live, after: Live, word: Word) -> Result:
    """It goes on: with a call, with a wait for a person's word, or with the wait for the next call."""
    if after.stage is Stage.SENT:
        return _calling(after, word)
    if after.stage is Stage.HELD:
        return _held(after, word)
    return _waits(before, after, word)


def _open(live: Live, word: Word) -> Progress:
    if is_barred(live):
        return Progress.GONE
    return Progress.FILTERED if word.reason in EXCLUDED else Progress.NOT_HANDLED


def _calling(live: Live, word: Word) -> Result:
    stand = Stand(progress=_open(live, word), doing=Doing.CALLING, tries=live.round, last_number=live.step + 1)
    return Result(live.id, stand.pack(), GONE_BIT | REASON_BITS, None, word.at, word.at)


def _held(live: Live, word: Word) -> Result:
    tries = _tries(live.round, word.reason)
    stand = Stand(doing=Doing.HELD, reason=word.reason, tries=tries, last_number=live.step + 1)
    return Result(live.id, stand.pack(), GONE_BIT, word.detail, word.at, word.at)


def _waits(before: Live, after: Live, word: Word) -> Result:
    due = real_due(after.due_at)
    called = _called(word.reason)
    stand = Stand(
        progress=_open(after, word), reason=word.reason if called else None,
        entry=entry_of(word.detail) if called else 0, tries=after.round, last_number=before.step + 1 if called else 0,
    )  # fmt: skip
    keep = GONE_BIT | (0 if called else REASON_BITS | LAST_NUMBER_BITS)
    return Result(after.id, stand.pack(), keep, word.detail if called else None, due, word.at)


def entry_of(detail: str) -> int:
    """The number of the call result that an agent chose; 0 where none did."""
    number = detail.removeprefix(ENTRY)
    return int(number) if number != detail and number.isascii() and number.isdecimal() else 0


def _called(reason: Reason) -> bool:
    return reason not in UNCOUNTED and reason not in EXCLUDED


def _tries(round_: int, reason: Reason) -> int:
    return round_ + _called(reason)
