"""How a call ended -> its reason: one table between every telephone and every dialect. Pure and total."""

from enum import IntEnum

from msgspec import Struct

from omnibound.domain.status import Reason


class Heard(IntEnum):
    """What answered, as far as anybody listened."""

    NOT_ASKED = 0
    PERSON = 1
    MACHINE = 2
    FAX = 3
    MODEM = 4


class By(IntEnum):
    """Who ended a call."""

    THEM = 0
    """The callee, or the network for the callee."""
    US = 1
    """Our side, because all was said."""
    CANCEL = 2
    """Our side gave up while it rang."""
    LOST = 3
    """Nobody: the telephone that held the call is gone."""


class CallEnd(Struct, frozen=True, gc=False, kw_only=True):
    """What a telephone knows of a call that is over.

    `sip` is the last status of the INVITE, 0 for none at all; `q850` the cause of a `Reason` header, 0 without one.
    `left`: a message was left on a machine; `opted_out`: a key said never again; `joined`: to an agent or a number;
    `unserved`: nobody took the callee, or the agent's telephone failed; `no_content`: there was nothing to play;
    `barred_trunk`: no other call on this trunk speaks against a 403 to all.
    """

    sip: int = 0
    q850: int = 0
    rang: bool = False
    by: By = By.THEM
    heard: Heard = Heard.NOT_ASKED
    left: bool = False
    opted_out: bool = False
    joined: bool = False
    unserved: bool = False
    no_content: bool = False
    barred_trunk: bool = False

    @property
    def answered(self) -> bool:
        """Whether the callee took the call."""
        return self.sip // 100 == 2


_CAUSES: dict[Reason, tuple[int, ...]] = {
    Reason.BUSY: (17,),
    Reason.UNREACHABLE: (20, 27, 31),
    Reason.REJECTED: (21,),
    Reason.INVALID_NUMBER: (1, 2, 3, 22, 28),
    Reason.BARRED: (50, 55, 57, 87),
    Reason.TRUNK_FAILED: (34, 38, 41, 42, 43, 44, 47),
}
_CODES: dict[Reason, tuple[int, ...]] = {
    Reason.BUSY: (486, 600),
    Reason.NO_ANSWER: (487,),
    Reason.UNREACHABLE: (480, 430),
    Reason.REJECTED: (603,),
    Reason.UNWANTED: (607, 608),
    Reason.INVALID_NUMBER: (404, 604, 410, 484, 416, 485),
    Reason.BARRED: (403,),
    Reason.TRUNK_AUTH: (401, 407),
    Reason.TRUNK_MONEY: (402,),
    Reason.MEDIA_REFUSED: (488, 606, 415),
    Reason.TRUNK_TIMEOUT: (0, 408, 504),
}
BY_CAUSE = {cause: reason for reason, causes in _CAUSES.items() for cause in causes}
"""Q.850 causes that say enough; all others leave it to the SIP status."""

BY_CODE = {code: reason for reason, codes in _CODES.items() for code in codes}
"""SIP statuses of calls that nobody took; all others are `_other_code`."""

_UNANSWERED = frozenset((18, 19, 102))
"""Q.850 causes that mean nobody took it, if it rang."""

_FIRM = frozenset((486, 600, 603))
"""Statuses that a callee's own telephone gives: no cause knows better."""

_HEARD = {Heard.FAX: Reason.FAX, Heard.MODEM: Reason.MODEM}

TRUNK = frozenset((Reason.TRUNK_AUTH, Reason.TRUNK_MONEY, Reason.TRUNK_FAILED, Reason.TRUNK_TIMEOUT))
"""Failures of the trunk itself: they say nothing of the number, which is called again, by another trunk first."""

UNCOUNTED = TRUNK | frozenset(
    (
        Reason.NO_CONTENT, Reason.BLOCKED, Reason.FILTERED, Reason.EXPIRED, Reason.CANCELLED, Reason.NO_ROUTE,
        Reason.CLOSED, Reason.AGENT_REJECTED, Reason.SKIPPED, Reason.NO_ADDRESS,
    )
)  # fmt: skip
"""Reasons that use up no attempt: nobody's telephone can have rung."""


def outcome_of(end: CallEnd) -> tuple[Reason, str]:
    """Why a call ended, and the code that says so with its family: `sip:486`, `q850:17`; empty if none does."""
    if end.no_content:
        return Reason.NO_CONTENT, ""
    if end.by is By.LOST:
        return (Reason.LOST if end.answered else Reason.LOST_RINGING), ""
    if end.answered:
        return _answered(end)
    reason = _by_cause(end)
    if reason is not None:
        return reason, f"q850:{end.q850}"
    return _by_code(end), f"sip:{end.sip}" if end.sip else ""


def _answered(end: CallEnd) -> tuple[Reason, str]:
    if end.by is By.CANCEL:
        # It was taken just as we gave up: the network took our CANCEL for late.
        return Reason.ABANDONED, "sip:487"
    return _taken(end), f"sip:{end.sip}"


def _taken(end: CallEnd) -> Reason:
    if end.opted_out:
        return Reason.OPTED_OUT
    if end.heard in _HEARD:
        return _HEARD[end.heard]
    if end.heard is Heard.MACHINE:
        return Reason.MACHINE_LEFT if end.left else Reason.MACHINE
    if end.unserved:
        return Reason.ABANDONED
    # Who talked with somebody was served, whoever hung up.
    return Reason.ANSWERED if end.joined or end.by is By.US else Reason.HUNG_UP


def _by_cause(end: CallEnd) -> Reason | None:
    if end.sip in _FIRM:
        return None
    if end.q850 in _UNANSWERED:
        return Reason.NO_ANSWER if end.rang else None
    return BY_CAUSE.get(end.q850)


def _by_code(end: CallEnd) -> Reason:
    if end.sip == 408 and end.rang:
        return Reason.NO_ANSWER
    if end.sip == 403 and end.barred_trunk:
        return Reason.TRUNK_AUTH
    return BY_CODE.get(end.sip) or _other_code(end.sip)


def _other_code(sip: int) -> Reason:
    # No other server would take it either (RFC 3261, 21.6): that uses up an attempt.
    return Reason.UNREACHABLE if sip // 100 == 6 else Reason.TRUNK_FAILED
