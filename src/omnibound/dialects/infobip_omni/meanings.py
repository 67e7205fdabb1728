"""Why a delivery ended -> OMNI's status and error ids. The pairing is ours where no sample shows one."""

from typing import NamedTuple

from omnibound.dialects.infobip_omni.channels import CHATS
from omnibound.dialects.infobip_omni.network_codes import NETWORK_ERRORS
from omnibound.dialects.infobip_omni.voice_codes import voice_ids
from omnibound.domain.account import VoiceCodes
from omnibound.domain.live import Outcome
from omnibound.domain.status import Reason, Status


class Code(NamedTuple):
    """Ids of STATUSES and of ERRORS."""

    status: int
    error: int


MESSAGE_ACCEPTED, PENDING_ENROUTE, PENDING_ACCEPTED = 0, 7, 26
PENDING_WAITING_DELIVERY = 3
DELIVERED_TO_OPERATOR = 2

BY_REASON: dict[Reason, Code] = {
    Reason.DELIVERED: Code(5, 0),
    Reason.SEEN: Code(5, 0),
    Reason.UNDELIVERED: Code(9, 255),
    Reason.UNKNOWN_SUBSCRIBER: Code(9, 1),
    Reason.ABSENT_SUBSCRIBER: Code(9, 27),
    Reason.SUBSCRIBER_BUSY: Code(9, 31),
    Reason.HANDSET_FULL: Code(9, 256),
    Reason.HANDSET_ERROR: Code(9, 257),
    Reason.SERVICE_BARRED: Code(9, 13),
    Reason.REFUSED: Code(4, 500),
    Reason.INVALID_ADDRESS: Code(52, 351),
    Reason.INVALID_SENDER: Code(11, 368),
    Reason.INVALID_CONTENT: Code(4, 603),
    Reason.TOO_LONG: Code(25, 355),
    Reason.NO_CONTENT: Code(55, 35),
    Reason.NO_ADDRESS: Code(51, 352),
    Reason.NO_ROUTE: Code(19, 345),
    Reason.NO_CREDIT: Code(12, 542),
    Reason.UNREGISTERED: Code(9, 629),
    Reason.NO_APPLICATION: Code(65, 8003),
    Reason.THROTTLED: Code(9, 541),
    Reason.PROVIDER_ERROR: Code(9, 500),
    Reason.PROVIDER_TIMEOUT: Code(9, 502),
    Reason.PROVIDER_AUTH: Code(21, 433),
    Reason.LINK_DOWN: Code(31, 4102),
    Reason.AMBIGUOUS: Code(29, 815),
    Reason.NO_RECEIPT: Code(29, 815),
    Reason.EXPIRED: Code(15, 4101),
    Reason.CANCELLED: Code(31, 4100),
    Reason.BLOCKED: Code(14, 2050),
    Reason.DO_NOT_DISTURB: Code(10, 2050),
    Reason.FLOODING: Code(20, 4103),
    Reason.DUPLICATE_ID: Code(23, 5492),
    Reason.INVALID_VALIDITY: Code(70, 36),
    Reason.FILTERED: Code(14, 2052),
    Reason.MAX_CALLS: Code(9, 541),
    Reason.UNKNOWN: Code(9, 255),
    Reason.ACCEPTED: Code(DELIVERED_TO_OPERATOR, 0),
    Reason.COUNTRY_BARRED: Code(6, 345),
    Reason.DAILY_CAP: Code(20, 541),
    Reason.ANSWERED: Code(5, 5000),
    Reason.HUNG_UP: Code(5, 5000),
    Reason.MACHINE_LEFT: Code(5, 5001),
    Reason.MACHINE: Code(9, 5001),
    Reason.FAX: Code(9, 5488),
    Reason.MODEM: Code(9, 5488),
    Reason.OPTED_OUT: Code(5, 5000),
    Reason.ABANDONED: Code(5, 5000),
    Reason.BUSY: Code(9, 5002),
    Reason.NO_ANSWER: Code(9, 5003),
    Reason.UNREACHABLE: Code(9, 5480),
    Reason.REJECTED: Code(9, 5603),
    Reason.UNWANTED: Code(9, 5603),
    Reason.INVALID_NUMBER: Code(9, 5404),
    Reason.BARRED: Code(4, 5403),
    Reason.TRUNK_AUTH: Code(15, 5407),
    Reason.TRUNK_MONEY: Code(15, 5403),
    Reason.TRUNK_FAILED: Code(15, 5503),
    Reason.MEDIA_REFUSED: Code(9, 5488),
    Reason.TRUNK_TIMEOUT: Code(15, 5408),
    Reason.LOST_RINGING: Code(29, 255),
    Reason.LOST: Code(29, 255),
    Reason.CLOSED: Code(15, 4101),
    Reason.SUCCESS: Code(5, 5000),
    Reason.REFUSAL: Code(5, 5000),
    Reason.WRONG_PERSON: Code(5, 5000),
    Reason.AUTO_ATTENDANT: Code(5, 5000),
    Reason.WRONG_NUMBER: Code(9, 5404),
    Reason.BAD_ADDRESS: Code(9, 5404),
    Reason.AGENT_REJECTED: Code(98, 4100),
    Reason.SKIPPED: Code(98, 4100),
    Reason.REDIAL: Code(9, 5003),
    Reason.AGAIN: Code(9, 5003),
}
"""Total, by test. Calls are told in the 50xx family, in which statuses 96, 97 and 99 read 9."""

_PUSH: dict[Reason, Code] = {
    Reason.ABSENT_SUBSCRIBER: Code(9, 6),
    Reason.REFUSED: Code(4, 8005),
    Reason.INVALID_SENDER: Code(11, 8002),
    Reason.INVALID_CONTENT: Code(4, 8010),
    Reason.TOO_LONG: Code(68, 8010),
    Reason.NO_CONTENT: Code(69, 8010),
    Reason.NO_ADDRESS: Code(66, 8004),
    Reason.UNREGISTERED: Code(9, 8001),
    Reason.UNKNOWN_SUBSCRIBER: Code(9, 8004),
    Reason.THROTTLED: Code(9, 8012),
    Reason.PROVIDER_ERROR: Code(9, 8005),
    Reason.PROVIDER_TIMEOUT: Code(9, 8012),
    Reason.PROVIDER_AUTH: Code(21, 8006),
    Reason.LINK_DOWN: Code(31, 8012),
}

_EMAIL: dict[Reason, Code] = {
    Reason.UNDELIVERED: Code(9, 6012),
    Reason.UNKNOWN_SUBSCRIBER: Code(9, 6009),
    Reason.ABSENT_SUBSCRIBER: Code(9, 6007),
    Reason.HANDSET_FULL: Code(9, 6010),
    Reason.REFUSED: Code(4, 6053),
    Reason.INVALID_ADDRESS: Code(52, 6006),
    Reason.INVALID_SENDER: Code(11, 6029),
    Reason.INVALID_CONTENT: Code(4, 6043),
    Reason.UNREGISTERED: Code(9, 6009),
    Reason.THROTTLED: Code(9, 6058),
    Reason.PROVIDER_ERROR: Code(9, 6011),
    Reason.DO_NOT_DISTURB: Code(10, 6003),
    Reason.BLOCKED: Code(14, 6034),
    Reason.LINK_DOWN: Code(31, 6013),
}

_CHAT: dict[Reason, Code] = {
    Reason.UNDELIVERED: Code(9, 7050),
    Reason.UNKNOWN_SUBSCRIBER: Code(9, 7002),
    Reason.UNREGISTERED: Code(9, 7002),
    Reason.REFUSED: Code(4, 7006),
    Reason.INVALID_SENDER: Code(11, 7034),
    Reason.INVALID_CONTENT: Code(4, 7006),
    Reason.NO_APPLICATION: Code(21, 7001),
    Reason.BLOCKED: Code(14, 7003),
    Reason.THROTTLED: Code(9, 7017),
    Reason.PROVIDER_ERROR: Code(9, 7050),
    Reason.PROVIDER_TIMEOUT: Code(9, 7051),
    Reason.PROVIDER_AUTH: Code(21, 7004),
    Reason.LINK_DOWN: Code(31, 7082),
}

BY_CHANNEL: dict[str, dict[Reason, Code]] = {
    "SMS": {
        Reason.REFUSED: Code(4, 632),
        Reason.UNREGISTERED: Code(9, 1),
        Reason.INVALID_CONTENT: Code(4, 561),
        Reason.LINK_DOWN: Code(31, 4102),
    },
    "PUSH": _PUSH,
    "EMAIL": _EMAIL,
    "VOICE": {Reason.CANCELLED: Code(98, 4100), Reason.NO_CONTENT: Code(55, 5004)},
    **dict.fromkeys(CHATS, _CHAT),
}
"""What a channel says in its own family of codes."""


def code_of(reason: Reason, channel: str = "") -> Code:
    """Status and error ids for a reason on a channel (empty: on none in particular)."""
    return BY_CHANNEL.get(channel, {}).get(reason) or BY_REASON[reason]


def outcome_code(outcome: Outcome, channel: str, family: VoiceCodes = "50xx") -> Code:
    """Status and error ids for how a delivery (or a step) ended: first by what the network said, then by the reason."""
    of_call = voice_ids(outcome.reason, outcome.detail, family) if channel == "VOICE" else None
    if of_call is not None:
        return Code(*of_call)
    code = code_of(outcome.reason, channel)
    if outcome.status.arrived:
        return Code(ended_status(outcome.status, outcome.reason, outcome.detail, channel), code.error)
    error = network_error(outcome.detail)
    return code if error is None else Code(code.status, error)


def ended_status(
    status: Status, reason: Reason, detail: str, channel: str, family: VoiceCodes = "50xx"
) -> int:  # fmt: skip
    """The status id alone."""
    of_call = voice_ids(reason, detail, family) if channel == "VOICE" else None
    if of_call is not None:
        return of_call[0]
    operator = status.arrived and detail == "operator" and reason == Reason.DELIVERED
    return DELIVERED_TO_OPERATOR if operator else code_of(reason, channel).status


def network_error(detail: str) -> int | None:
    """The error id for a network's own code, such as `gsm:27` or `fcm:UNREGISTERED`; None if it says nothing to us."""
    family, _, word = detail.partition(":")
    table = NETWORK_ERRORS.get(family)
    return table(word) if table and word else None
