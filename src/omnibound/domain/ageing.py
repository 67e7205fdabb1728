"""How an attempt ages: what its status becomes when something is said of it, and what is odd about that."""

from omnibound.domain.live import Event, Note, Said, Word
from omnibound.domain.status import Status

_P, _S, _D, _SEEN = Status.PENDING, Status.SENT, Status.DELIVERED, Status.SEEN
_E, _F, _C = Status.EXPIRED, Status.FAILED, Status.CANCELLED
_OVER = (_E, _F, _C)

AGES: dict[tuple[Status, Said], tuple[Status, Note]] = {
    (_P, Said.ACCEPTED): (_S, Note.NONE),
    (_P, Said.FAILED): (_F, Note.NONE),
    (_P, Said.RETURNED): (_P, Note.RETURNED),
    (_P, Said.UNKNOWN): (_S, Note.AMBIGUOUS),
    (_P, Said.ENROUTE): (_P, Note.EARLY),
    (_P, Said.DELIVERED): (_D, Note.EARLY),
    (_P, Said.SEEN): (_SEEN, Note.EARLY),
    (_P, Said.UNDELIVERED): (_F, Note.EARLY),
    (_P, Said.EXPIRED): (_E, Note.EARLY),
    (_P, Said.DUE): (_E, Note.NONE),
    (_P, Said.RESULT): (_C, Note.NONE),
    (_P, Said.SKIPPED): (_F, Note.NONE),
    (_P, Said.LAST): (_P, Note.NONE),
    # a hand-over is answered once: a second answer tells nothing, unless it is the provider's own refusal
    (_S, Said.ACCEPTED): (_S, Note.DOUBLED),
    (_S, Said.FAILED): (_F, Note.NONE),
    (_S, Said.RETURNED): (_S, Note.CONTRADICTION),
    (_S, Said.UNKNOWN): (_S, Note.DOUBLED),
    (_S, Said.ENROUTE): (_S, Note.NONE),
    (_S, Said.DELIVERED): (_D, Note.NONE),
    (_S, Said.SEEN): (_SEEN, Note.NONE),
    (_S, Said.UNDELIVERED): (_F, Note.NONE),
    (_S, Said.EXPIRED): (_E, Note.NONE),
    (_S, Said.DUE): (_E, Note.NONE),
    (_S, Said.RESULT): (_C, Note.NONE),
    (_S, Said.SKIPPED): (_S, Note.CONTRADICTION),
    (_S, Said.LAST): (_S, Note.NONE),
    # what has arrived stays arrived
    **{(_D, said): (_D, Note.CONTRADICTION) for said in Said},
    (_D, Said.ACCEPTED): (_D, Note.LATE),
    (_D, Said.ENROUTE): (_D, Note.LATE),
    (_D, Said.DELIVERED): (_D, Note.DOUBLED),
    (_D, Said.SEEN): (_SEEN, Note.NONE),
    (_D, Said.DUE): (_D, Note.NONE),
    (_D, Said.LAST): (_D, Note.NONE),
    **{(_SEEN, said): (_SEEN, Note.CONTRADICTION) for said in Said},
    **dict.fromkeys([(_SEEN, s) for s in (Said.ACCEPTED, Said.ENROUTE, Said.DELIVERED)], (_SEEN, Note.LATE)),
    (_SEEN, Said.SEEN): (_SEEN, Note.DOUBLED),
    (_SEEN, Said.DUE): (_SEEN, Note.NONE),
    # what was given up may still arrive
    **{(over, said): (over, Note.LATE) for over in _OVER for said in Said},
    **{(over, Said.DELIVERED): (_D, Note.LATE) for over in _OVER},
    **{(over, Said.SEEN): (_SEEN, Note.LATE) for over in _OVER},
    (_F, Said.UNDELIVERED): (_F, Note.DOUBLED),
    (_F, Said.FAILED): (_F, Note.DOUBLED),
    (_E, Said.EXPIRED): (_E, Note.DOUBLED),
}
"""(its status, what is said) -> (its status then, what is odd about it). Total.

The status after a RESULT is that of the result's reason; the table holds that of the usual one, a cancellation.
"""


def line(delivery: int, step: int, word: Word, status: Status, note: Note) -> Event:
    """The line of a delivery's timeline that a word leaves; step -1 where it is not known any more."""
    return Event(
        delivery, word.attempt, step, word.at, word.said, status, word.reason, word.detail, word.connector, word.part,
        note,
    )  # fmt: skip
