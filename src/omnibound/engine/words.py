"""Facts of channels in the words of the lifecycle."""

from omnibound.domain.facts import Accepted, Failed, HandOver, Receipt, Returned, Unknown
from omnibound.domain.live import Said, Word
from omnibound.domain.status import Reason, Status

OPERATOR = "operator"
"""The detail of an attempt that counts as delivered because its provider tells nothing more than acceptance."""

_RECEIPTS: dict[Status, Said] = {
    Status.PENDING: Said.ENROUTE,
    Status.SENT: Said.ENROUTE,
    Status.DELIVERED: Said.DELIVERED,
    Status.SEEN: Said.SEEN,
    Status.EXPIRED: Said.EXPIRED,
    Status.FAILED: Said.UNDELIVERED,
    Status.CANCELLED: Said.UNDELIVERED,
}

ON_THE_WAY = frozenset({Said.ENROUTE})
"""After these another receipt is expected for the same carrier's id."""


def of_hand_over(fact: HandOver) -> Word:
    """The word on an attempt that was given to a channel."""
    match fact:
        case Accepted():
            parts = len(fact.provider_ids) or 1
            return Word(Said.ACCEPTED, fact.attempt, fact.at, Reason.ACCEPTED, "", fact.connector, 0, parts)
        case Failed():
            failure = fact.failure
            return Word(
                Said.FAILED, fact.attempt, fact.at, failure.reason, failure.detail, fact.connector,
                retry=failure.temporary, after=failure.after,
            )  # fmt: skip
        case Returned():
            return Word(Said.RETURNED, fact.attempt, fact.at, Reason.LINK_DOWN, fact.why, fact.connector)
        case Unknown():
            return Word(
                Said.UNKNOWN, fact.attempt, fact.at, Reason.AMBIGUOUS, fact.why, fact.connector, retry=fact.resend
            )


def of_acceptance(fact: Accepted) -> Word:
    """The word on an attempt whose acceptance is all that the provider will tell."""
    return Word(Said.DELIVERED, fact.attempt, fact.at, Reason.DELIVERED, OPERATOR, fact.connector)


def of_receipt(receipt: Receipt, attempt: int, part: int, connector: str) -> Word:
    """The word of a receipt on the attempt that it belongs to."""
    said = _RECEIPTS[receipt.status]
    return Word(said, attempt, receipt.at, receipt.reason, receipt.detail, connector, part)
