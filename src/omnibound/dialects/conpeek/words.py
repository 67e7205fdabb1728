"""Why a call or a request ended, in Conpeek's words. The pairing is ours: no public page shows one."""

from typing import NamedTuple

from omnibound.domain.status import Reason


class Words(NamedTuple):
    """`call`: `call_state_reason` of the last call. `close`: `close_reason`, once the request is closed."""

    call: str | None
    close: str


_SUCCESS, _MAX, _INVALID, _BLOCKED = "SUCCESS", "MAX_CONTACT_TRY", "INVALID_NUMBER", "BLOCKED"
_GROUPS: dict[Words, tuple[Reason, ...]] = {
    Words(None, _SUCCESS): (
        Reason.DELIVERED, Reason.SEEN, Reason.ACCEPTED, Reason.ANSWERED, Reason.HUNG_UP, Reason.OPTED_OUT,
        Reason.SUCCESS, Reason.REFUSAL, Reason.WRONG_PERSON, Reason.AUTO_ATTENDANT,
    ),
    Words("ANSWERING_MACHINE", _SUCCESS): (Reason.MACHINE_LEFT,),
    Words("ANSWERING_MACHINE", _MAX): (Reason.MACHINE,),
    Words("NO_USER_RESPONSE", _MAX): (Reason.ABANDONED,),
    Words("BUSY", _MAX): (Reason.BUSY, Reason.SUBSCRIBER_BUSY),
    Words("NO_ANSWER", _MAX): (Reason.NO_ANSWER, Reason.UNREACHABLE, Reason.ABSENT_SUBSCRIBER),
    Words("REJECTED", _MAX): (Reason.REJECTED,),
    Words("REJECTED", _BLOCKED): (Reason.UNWANTED,),
    Words("FAILED", _INVALID): (
        Reason.INVALID_NUMBER, Reason.BARRED, Reason.MEDIA_REFUSED, Reason.FAX, Reason.MODEM, Reason.WRONG_NUMBER,
        Reason.BAD_ADDRESS, Reason.INVALID_ADDRESS, Reason.UNKNOWN_SUBSCRIBER, Reason.NO_ADDRESS, Reason.UNREGISTERED,
    ),
    Words("FAILED", _MAX): (Reason.LOST_RINGING, Reason.LOST),
    Words(None, _MAX): (Reason.MAX_CALLS, Reason.SKIPPED, Reason.REDIAL, Reason.AGAIN),
    Words(None, _BLOCKED): (Reason.BLOCKED, Reason.DO_NOT_DISTURB, Reason.FILTERED, Reason.FLOODING),
    Words(None, "CANCELLED"): (Reason.CANCELLED, Reason.AGENT_REJECTED),
    Words(None, "EXPIRED"): (
        Reason.EXPIRED, Reason.CLOSED, Reason.NO_RECEIPT, Reason.AMBIGUOUS, Reason.TRUNK_AUTH, Reason.TRUNK_MONEY,
        Reason.TRUNK_FAILED, Reason.TRUNK_TIMEOUT, Reason.LINK_DOWN, Reason.THROTTLED,
    ),
    Words("FAILED", "FAILED"): (
        Reason.NO_CONTENT, Reason.NO_ROUTE, Reason.UNDELIVERED, Reason.HANDSET_FULL, Reason.HANDSET_ERROR,
        Reason.SERVICE_BARRED, Reason.REFUSED, Reason.INVALID_SENDER, Reason.INVALID_CONTENT, Reason.TOO_LONG,
        Reason.NO_CREDIT, Reason.COUNTRY_BARRED, Reason.DAILY_CAP, Reason.NO_APPLICATION, Reason.PROVIDER_ERROR,
        Reason.PROVIDER_TIMEOUT, Reason.PROVIDER_AUTH, Reason.DUPLICATE_ID, Reason.INVALID_VALIDITY, Reason.UNKNOWN,
    ),
}  # fmt: skip

WORDS: dict[Reason, Words] = {reason: words for words, reasons in _GROUPS.items() for reason in reasons}
"""Total, by test."""
