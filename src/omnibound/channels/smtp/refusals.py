"""A relay's refusal in our words: enhanced status codes (RFC 3463 and its registry), else reply codes (RFC 5321)."""

from typing import Final

from omnibound.domain.facts import Failure
from omnibound.domain.status import Reason
from omnibound.wire.smtp import Reply

_R = Reason

SUBJECTS: Final[dict[str, Reason]] = {
    "0": _R.UNDELIVERED,
    "1": _R.INVALID_ADDRESS,
    "2": _R.UNDELIVERED,
    "3": _R.PROVIDER_ERROR,
    "4": _R.UNDELIVERED,
    "5": _R.REFUSED,
    "6": _R.INVALID_CONTENT,
    "7": _R.REFUSED,
}
"""What the second number alone says."""

DETAILS: Final[dict[str, Reason]] = {
    "1.1": _R.UNKNOWN_SUBSCRIBER,
    "1.6": _R.UNREGISTERED,
    "1.7": _R.INVALID_SENDER,
    "1.8": _R.INVALID_SENDER,
    "2.1": _R.SERVICE_BARRED,
    "2.2": _R.HANDSET_FULL,
    "2.3": _R.TOO_LONG,
    "3.1": _R.THROTTLED,
    "3.2": _R.THROTTLED,
    "3.3": _R.INVALID_CONTENT,
    "3.4": _R.TOO_LONG,
    "4.5": _R.THROTTLED,
    "4.7": _R.EXPIRED,
    "6.7": _R.INVALID_ADDRESS,
    "7.8": _R.PROVIDER_AUTH,
    "7.9": _R.PROVIDER_AUTH,
    "7.11": _R.PROVIDER_AUTH,
    "7.13": _R.SERVICE_BARRED,
    "7.16": _R.TOO_LONG,
    "7.17": _R.UNREGISTERED,
    "7.20": _R.INVALID_SENDER,
    "7.21": _R.INVALID_SENDER,
    "7.22": _R.INVALID_SENDER,
    "7.23": _R.INVALID_SENDER,
    "7.24": _R.INVALID_SENDER,
    "7.25": _R.INVALID_SENDER,
    "7.26": _R.INVALID_SENDER,
    "7.27": _R.INVALID_SENDER,
    "7.28": _R.THROTTLED,
}
"""Where the third number says more than that."""

CODES: Final[dict[int, Reason]] = {
    421: _R.THROTTLED,
    450: _R.ABSENT_SUBSCRIBER,
    451: _R.PROVIDER_ERROR,
    452: _R.PROVIDER_ERROR,
    454: _R.PROVIDER_AUTH,
    455: _R.PROVIDER_ERROR,
    530: _R.PROVIDER_AUTH,
    534: _R.PROVIDER_AUTH,
    535: _R.PROVIDER_AUTH,
    538: _R.PROVIDER_AUTH,
    550: _R.UNDELIVERED,
    551: _R.UNREGISTERED,
    552: _R.HANDSET_FULL,
    553: _R.INVALID_ADDRESS,
    554: _R.REFUSED,
    555: _R.REFUSED,
}
"""What a reply without an enhanced code says; others by their first digit."""

_FIRST: Final = {4: _R.PROVIDER_ERROR, 5: _R.REFUSED}

_OURS: Final = frozenset({421, 530, 534, 535, 538})
"""Codes that say more than the enhanced one beside them: they are about us, not about the mail."""

DEAD: Final = frozenset({_R.UNKNOWN_SUBSCRIBER, _R.INVALID_ADDRESS, _R.UNREGISTERED, _R.SERVICE_BARRED})
"""Reasons for which nobody is reached at an address, today or later: it is not written to again."""


def reason_of(enhanced: str) -> Reason:
    """What an enhanced code says. Total: one that no table has says what its subject says."""
    _, subject, detail = enhanced.split(".")
    return DETAILS.get(f"{subject}.{detail}") or SUBJECTS.get(subject, _R.UNKNOWN)


def failure_of(reply: Reply, after: int, *, of_sender: bool = False) -> Failure:
    """What a refusal says of a mail. One that is THROTTLED is to be given back, it uses up nothing.

    `of_sender`: it was the answer to MAIL, so that a wrong address is not the recipient's.

    A refusal for now is tried again, but not before `after` (microseconds).
    """
    now = reply.code < 500
    by_code = reply.code in _OURS or not reply.enhanced
    plain = CODES.get(reply.code) or _FIRST.get(reply.code // 100, _R.UNKNOWN)
    reason = plain if by_code else reason_of(reply.enhanced)
    if reason is _R.THROTTLED and not now:
        reason = _R.REFUSED
    if of_sender and reason in DEAD:
        reason = _R.INVALID_SENDER
    again = now or reason is _R.PROVIDER_AUTH
    return Failure(reason, f"smtp:{reply.word}", again, after if again else 0)


def is_dead(failure: Failure) -> bool:
    """Whether an address is not to be written to again: a mailbox that the relay itself knows not to be there.

    Only with an enhanced code: 550 alone may as well be said of us.
    """
    return failure.reason in DEAD and failure.temporary is False and "." in failure.detail
