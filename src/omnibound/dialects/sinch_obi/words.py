"""Why a call or a customer ended, in OBI's words. README.md tells which of them the vendor's pages show."""

from typing import Final, NamedTuple

from omnibound.domain.call_outcome import UNCOUNTED
from omnibound.domain.campaign import Campaign
from omnibound.domain.member import Doing, Progress, Stand
from omnibound.domain.outbound import STANDARD
from omnibound.domain.status import Reason


class Words(NamedTuple):
    """`result`: the callResult. `classifier`: what is said of it beside, where no agent has chosen anything."""

    result: str | None
    classifier: str | None = None


_R = Reason
_GROUPS: Final[dict[Words, tuple[Reason, ...]]] = {
    Words("SUCCESS"): (_R.ANSWERED, _R.DELIVERED, _R.SEEN, _R.ACCEPTED),
    Words("SUCCESS", "NORESULT"): (_R.SUCCESS,),
    Words("REFUSAL"): (_R.REFUSAL,),
    Words("REFUSAL", "OPTOUT"): (_R.OPTED_OUT,),
    Words("REFUSAL", "UNWANTED"): (_R.UNWANTED,),
    Words("REDIAL"): (_R.REDIAL,),
    Words("REDIAL", "ABANDONED"): (_R.ABANDONED,),
    Words("INSTANTREDIAL"): (_R.AGAIN,),
    Words("WRONGPERSON"): (_R.WRONG_PERSON,),
    Words("WRONGNUMBER"): (_R.WRONG_NUMBER,),
    Words("HANGUP"): (_R.HUNG_UP,),
    Words("BUSY"): (_R.BUSY, _R.SUBSCRIBER_BUSY),
    Words("NOANSWER"): (_R.NO_ANSWER, _R.UNREACHABLE, _R.ABSENT_SUBSCRIBER),
    Words("NOANSWER", "REJECTED"): (_R.REJECTED,),
    Words("NOANSWER", "LOST"): (_R.LOST_RINGING,),
    Words("FAX"): (_R.FAX,),
    Words("MODEM"): (_R.MODEM,),
    Words("ANSWERINGMACHINE"): (_R.MACHINE, _R.MACHINE_LEFT),
    Words("AUTOATTENDANT"): (_R.AUTO_ATTENDANT,),
    Words("BADADDRESS"): (
        _R.INVALID_NUMBER, _R.BAD_ADDRESS, _R.INVALID_ADDRESS, _R.UNKNOWN_SUBSCRIBER, _R.NO_ADDRESS, _R.UNREGISTERED,
    ),
    Words("SKIP"): (_R.SKIPPED,),
    Words("AGENTREJECTED"): (_R.AGENT_REJECTED,),
    Words("UNKNOWN", "BARRED"): (_R.BARRED,),
    Words("UNKNOWN", "MEDIA"): (_R.MEDIA_REFUSED,),
    Words("UNKNOWN", "LOST"): (_R.LOST,),
    Words("UNKNOWN"): (
        _R.UNKNOWN, _R.UNDELIVERED, _R.HANDSET_FULL, _R.HANDSET_ERROR, _R.SERVICE_BARRED, _R.REFUSED,
        _R.INVALID_SENDER, _R.INVALID_CONTENT, _R.TOO_LONG, _R.NO_CREDIT, _R.COUNTRY_BARRED, _R.DAILY_CAP,
        _R.NO_APPLICATION, _R.PROVIDER_ERROR, _R.PROVIDER_TIMEOUT, _R.PROVIDER_AUTH, _R.DUPLICATE_ID,
        _R.INVALID_VALIDITY, _R.FLOODING, _R.AMBIGUOUS, _R.NO_RECEIPT, _R.NO_ROUTE, _R.LINK_DOWN, _R.THROTTLED,
    ),
    Words(None, "NOCONTENT"): (_R.NO_CONTENT,),
    Words(None): (
        _R.TRUNK_AUTH, _R.TRUNK_MONEY, _R.TRUNK_FAILED, _R.TRUNK_TIMEOUT, _R.BLOCKED, _R.DO_NOT_DISTURB, _R.FILTERED,
        _R.EXPIRED, _R.CANCELLED, _R.CLOSED, _R.MAX_CALLS,
    ),
}  # fmt: skip

WORDS: Final = {reason: words for words, reasons in _GROUPS.items() for reason in reasons}
"""Total, by test. None: no call has a result yet."""

OVER: Final = "UNKNOWN"
"""The result of who is handled without a call that has one."""

_RESULTS: Final = {
    (Progress.NOT_HANDLED, False): "CALL",
    (Progress.NOT_HANDLED, True): "DIALING",
    (Progress.MAX_CALLS, False): "MAXCALLS",
    (Progress.FILTERED, False): "FILTERED",
    (Progress.FILTERED, True): "DIALING",
}
"""The result by progress and whether a call is under way; of others it is that of the last call."""


def call_result(stand: Stand) -> str | None:
    """The callResult: that of the last call that has one. A call that an agent has at the moment has none yet."""
    return _words(stand).result if _told(stand) else None


def result(stand: Stand) -> str:
    """The result."""
    under_way = stand.doing is not Doing.WAITING
    return _RESULTS.get((stand.progress, under_way)) or _words(stand).result or OVER


def classifier(stand: Stand, campaign: Campaign) -> str | None:
    """The classifier: an agent's own words, else what is said of the reason beside."""
    if stand.entry:
        return (campaign.results or STANDARD).text_of(stand.entry) or None
    return _words(stand).classifier if _told(stand) else None


_NOTHING: Final = Words(None)


def _words(stand: Stand) -> Words:
    return WORDS[stand.reason] if stand.reason else _NOTHING


def _told(stand: Stand) -> bool:
    """Whether a call has a result, or somebody has one without a call: the result of a call that never was is none."""
    if stand.doing is Doing.HELD and stand.reason is Reason.ANSWERED:
        return False
    return stand.last_number > 0 or stand.reason in UNCOUNTED
