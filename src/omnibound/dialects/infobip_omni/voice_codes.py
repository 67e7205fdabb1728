"""How a call ended -> OMNI's status and error ids, in the family of 2018 (50xx) or in today's (100xx)."""

from typing import NamedTuple

from omnibound.domain.account import VoiceCodes
from omnibound.domain.status import Reason


class Ids(NamedTuple):
    """The status of today's pages, and the error in both families."""

    status: int
    of_2018: int
    today: int


_UNDELIVERED = 9
_OF_2018 = {96: _UNDELIVERED, 97: _UNDELIVERED, 99: _UNDELIVERED}
"""Statuses that came with the family 100xx, as they read before."""

BY_REASON: dict[Reason, Ids] = {
    Reason.ANSWERED: Ids(5, 5000, 10000),
    Reason.HUNG_UP: Ids(5, 5000, 10000),
    Reason.OPTED_OUT: Ids(5, 5000, 10000),
    Reason.ABANDONED: Ids(5, 5000, 10000),
    Reason.MACHINE_LEFT: Ids(5, 5001, 10002),
    Reason.MACHINE: Ids(9, 5001, 10002),
    Reason.FAX: Ids(9, 5488, 10103),
    Reason.MODEM: Ids(9, 5488, 10103),
    Reason.BUSY: Ids(97, 5002, 10201),
    Reason.NO_ANSWER: Ids(96, 5003, 10200),
    Reason.UNREACHABLE: Ids(9, 5480, 10204),
    Reason.REJECTED: Ids(99, 5603, 10203),
    Reason.UNWANTED: Ids(99, 5603, 10203),
    Reason.INVALID_NUMBER: Ids(9, 5404, 10303),
    Reason.BARRED: Ids(4, 5403, 10300),
    Reason.TRUNK_AUTH: Ids(15, 5407, 10302),
    Reason.TRUNK_MONEY: Ids(15, 5403, 10301),
    Reason.TRUNK_FAILED: Ids(15, 5503, 10309),
    Reason.TRUNK_TIMEOUT: Ids(15, 5408, 10307),
    Reason.MEDIA_REFUSED: Ids(9, 5488, 10103),
    Reason.LOST_RINGING: Ids(29, 255, 10310),
    Reason.LOST: Ids(29, 255, 10310),
    Reason.NO_CONTENT: Ids(55, 5004, 10400),
}
"""Of calls; what else may end a delivery is told as on every other channel."""

_GONE, _INCOMPLETE = Ids(9, 5410, 10305), Ids(9, 5484, 10305)
_CROWDED = Ids(15, 5503, 10312)
BY_DETAIL: dict[tuple[Reason, str], Ids] = {
    (Reason.ABANDONED, "sip:487"): Ids(98, 5487, 10202),
    **dict.fromkeys([(Reason.INVALID_NUMBER, code) for code in ("sip:410", "q850:22")], _GONE),
    **dict.fromkeys(
        [(Reason.INVALID_NUMBER, code) for code in ("sip:484", "sip:416", "sip:485", "q850:28")], _INCOMPLETE
    ),
    **{(Reason.TRUNK_FAILED, f"sip:{sip}"): Ids(15, 5000 + sip, 10309) for sip in (400, 413, 414, 501)},
    **dict.fromkeys([(Reason.TRUNK_FAILED, f"q850:{cause}") for cause in (34, 42, 44)], _CROWDED),
    (Reason.MEDIA_REFUSED, "sip:415"): Ids(9, 5415, 10103),
}
"""Where the network's own code says more than the reason."""


def voice_ids(reason: Reason, detail: str, family: VoiceCodes) -> tuple[int, int] | None:
    """(status, error) of a call that ended; None where the reason is none of calls."""
    ids = BY_DETAIL.get((reason, detail)) or BY_REASON.get(reason)
    if ids is None:
        return None
    if family == "50xx":
        return _OF_2018.get(ids.status, ids.status), ids.of_2018
    return ids.status, ids.today
