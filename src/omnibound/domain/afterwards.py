"""What is said of a delivery that has ended: the outcome keeps what it told and what came afterwards."""

from msgspec.structs import replace

from omnibound.domain.ageing import AGES, line
from omnibound.domain.live import Event, Outcome, Said, Word
from omnibound.domain.status import Status, end_status

_BOUNCES = {Said.UNDELIVERED: Status.FAILED, Said.EXPIRED: Status.EXPIRED}
"""What takes back that it has arrived."""


def after_end(outcome: Outcome, word: Word) -> tuple[Outcome, Event]:
    """What is said of an attempt when its delivery has ended: the outcome keeps both, no second report is made.

    The very same outcome comes back if the word adds nothing to it. Which parts of a message have arrived is not known
    any more: one that comes late completes a message whose receipts were missing, but does not undo a failure.
    """
    own = word.attempt == outcome.attempt
    arrived = Status.SEEN if outcome.seen_at and outcome.status.arrived else outcome.status
    aged, note = AGES[arrived if own else Status.EXPIRED, word.said]
    event = line(outcome.delivery, outcome.step if own else -1, word, aged, note)
    added = (_after_arrival if outcome.status.arrived else _after_failure)(outcome, word, own, aged)
    return (outcome if added == outcome else added), event


def _after_arrival(outcome: Outcome, word: Word, own: bool, aged: Status) -> Outcome:
    if word.said is Said.SEEN:
        outcome = replace(outcome, seen_at=outcome.seen_at or word.at)
    if not own:
        return replace(outcome, twice=outcome.twice or _arrives(word, aged))
    if word.said in _BOUNCES and outcome.late is Status.PENDING and not end_status(word.reason).arrived:
        return replace(outcome, late=_BOUNCES[word.said], late_at=word.at)
    return outcome


def _after_failure(outcome: Outcome, word: Word, own: bool, aged: Status) -> Outcome:
    for_good = own and outcome.parts > 1 and outcome.status is Status.FAILED
    if for_good or not _arrives(word, aged) or aged <= outcome.late:
        return outcome
    seen_at = outcome.seen_at or (word.at if word.said is Said.SEEN else 0)
    return replace(outcome, late=aged, late_at=outcome.late_at or word.at, seen_at=seen_at)


def _arrives(word: Word, aged: Status) -> bool:
    # A call that a machine took was answered too, but nobody got anything: the reason has to say it as well.
    return aged.arrived and end_status(word.reason).arrived
