"""What happened (`Status`), why (`Reason`), and what a reason means for the one who reads it."""

from enum import IntEnum
from typing import NamedTuple


class Status(IntEnum):
    """What happened to an attempt or a delivery. The numbers are stored: never change one, only add."""

    PENDING = 0
    SENT = 1
    DELIVERED = 2
    SEEN = 3
    EXPIRED = 4
    FAILED = 5
    CANCELLED = 6

    @property
    def arrived(self) -> bool:
        """Whether the person has it, as far as the channel can tell."""
        return self in (Status.DELIVERED, Status.SEEN)


class Reason(IntEnum):
    """Why it happened: a closed vocabulary. The numbers are stored: never change one, only add."""

    # messages
    DELIVERED = 1
    SEEN = 2
    UNDELIVERED = 3
    UNKNOWN_SUBSCRIBER = 4
    ABSENT_SUBSCRIBER = 5
    SUBSCRIBER_BUSY = 6
    HANDSET_FULL = 7
    HANDSET_ERROR = 8
    SERVICE_BARRED = 9
    REFUSED = 10
    INVALID_ADDRESS = 11
    INVALID_SENDER = 12
    INVALID_CONTENT = 13
    TOO_LONG = 14
    NO_CONTENT = 15
    NO_ADDRESS = 16
    NO_ROUTE = 17
    NO_CREDIT = 18
    UNREGISTERED = 19
    NO_APPLICATION = 20
    THROTTLED = 21
    PROVIDER_ERROR = 22
    PROVIDER_TIMEOUT = 23
    PROVIDER_AUTH = 24
    LINK_DOWN = 25
    AMBIGUOUS = 26
    NO_RECEIPT = 27
    EXPIRED = 28
    CANCELLED = 29
    BLOCKED = 30
    DO_NOT_DISTURB = 31
    FLOODING = 32
    DUPLICATE_ID = 33
    INVALID_VALIDITY = 34
    FILTERED = 35
    MAX_CALLS = 36
    UNKNOWN = 37
    ACCEPTED = 38
    COUNTRY_BARRED = 39
    DAILY_CAP = 40
    # calls
    ANSWERED = 60
    HUNG_UP = 61
    MACHINE_LEFT = 62
    MACHINE = 63
    FAX = 64
    MODEM = 65
    OPTED_OUT = 66
    ABANDONED = 67
    BUSY = 68
    NO_ANSWER = 69
    UNREACHABLE = 70
    REJECTED = 71
    UNWANTED = 72
    INVALID_NUMBER = 73
    BARRED = 74
    TRUNK_AUTH = 75
    TRUNK_MONEY = 76
    TRUNK_FAILED = 77
    MEDIA_REFUSED = 78
    TRUNK_TIMEOUT = 79
    LOST_RINGING = 80
    LOST = 81
    CLOSED = 82
    # an agent's word
    SUCCESS = 90
    REFUSAL = 91
    WRONG_PERSON = 92
    AUTO_ATTENDANT = 93
    WRONG_NUMBER = 94
    BAD_ADDRESS = 95
    AGENT_REJECTED = 96
    SKIPPED = 97
    REDIAL = 98
    AGAIN = 99


class Fault(IntEnum):
    """Whose fault a failure is: it decides who is told."""

    NOBODY = 0
    RECIPIENT = 1
    SENDER = 2
    NETWORK = 3
    OPERATOR = 4


class Meaning(NamedTuple):
    """What a reason says: whether trying again may help, whose fault it is, and the words for the customer."""

    retry: bool
    fault: Fault
    words: str


_N, _R, _S, _W, _O = Fault.NOBODY, Fault.RECIPIENT, Fault.SENDER, Fault.NETWORK, Fault.OPERATOR

MEANINGS: dict[Reason, Meaning] = {
    Reason.DELIVERED: Meaning(False, _N, "It was delivered."),
    Reason.SEEN: Meaning(False, _N, "The recipient has opened it."),
    Reason.UNDELIVERED: Meaning(False, _W, "The network could not deliver it and gave no reason."),
    Reason.UNKNOWN_SUBSCRIBER: Meaning(False, _R, "The network knows no such subscriber."),
    Reason.ABSENT_SUBSCRIBER: Meaning(False, _R, "The phone is off or out of coverage."),
    Reason.SUBSCRIBER_BUSY: Meaning(True, _R, "The phone was busy with another message."),
    Reason.HANDSET_FULL: Meaning(False, _R, "The phone's memory is full."),
    Reason.HANDSET_ERROR: Meaning(False, _R, "The phone refused the message."),
    Reason.SERVICE_BARRED: Meaning(False, _R, "The subscriber may not receive this service."),
    Reason.REFUSED: Meaning(False, _W, "The provider refused the message."),
    Reason.INVALID_ADDRESS: Meaning(False, _S, "The address is not a valid one for this channel."),
    Reason.INVALID_SENDER: Meaning(False, _S, "The provider does not accept this sender."),
    Reason.INVALID_CONTENT: Meaning(False, _S, "The provider does not accept this content."),
    Reason.TOO_LONG: Meaning(False, _S, "The content is longer than the channel carries."),
    Reason.NO_CONTENT: Meaning(False, _S, "The message has no content for this channel."),
    Reason.NO_ADDRESS: Meaning(False, _S, "The person has no address for this channel."),
    Reason.NO_ROUTE: Meaning(False, _O, "No connector or route carries it."),
    Reason.NO_CREDIT: Meaning(False, _O, "There is no credit left to send it."),
    Reason.UNREGISTERED: Meaning(False, _R, "The device or user is no longer registered."),
    Reason.NO_APPLICATION: Meaning(False, _S, "The application is not known."),
    Reason.THROTTLED: Meaning(True, _W, "The provider asks us to slow down."),
    Reason.PROVIDER_ERROR: Meaning(True, _W, "The provider failed for now."),
    Reason.PROVIDER_TIMEOUT: Meaning(True, _W, "The provider did not answer in time."),
    Reason.PROVIDER_AUTH: Meaning(True, _O, "The provider does not accept our credentials."),
    Reason.LINK_DOWN: Meaning(True, _W, "The link to the provider was down."),
    Reason.AMBIGUOUS: Meaning(True, _W, "The link died while sending: it may have left or not."),
    Reason.NO_RECEIPT: Meaning(False, _W, "It was handed over, but no receipt came in time."),
    Reason.EXPIRED: Meaning(False, _W, "Its validity ended before it could be delivered."),
    Reason.CANCELLED: Meaning(False, _S, "It was cancelled."),
    Reason.BLOCKED: Meaning(False, _R, "The address is on a block list."),
    Reason.DO_NOT_DISTURB: Meaning(False, _R, "The recipient asked not to be disturbed."),
    Reason.FLOODING: Meaning(False, _S, "Too many messages to this address in a short time."),
    Reason.DUPLICATE_ID: Meaning(False, _S, "A message with this id exists already."),
    Reason.INVALID_VALIDITY: Meaning(False, _S, "The validity period is shorter than the least allowed."),
    Reason.FILTERED: Meaning(False, _N, "A filter of the campaign excludes this person."),
    Reason.MAX_CALLS: Meaning(False, _N, "All allowed attempts are used up."),
    Reason.UNKNOWN: Meaning(False, _W, "The provider said something we do not understand."),
    Reason.ACCEPTED: Meaning(False, _N, "The provider accepted it."),
    Reason.COUNTRY_BARRED: Meaning(False, _S, "The account may not send to this country."),
    Reason.DAILY_CAP: Meaning(False, _S, "The account has sent as many today as it may."),
    Reason.ANSWERED: Meaning(False, _N, "The call was answered."),
    Reason.HUNG_UP: Meaning(False, _R, "The callee hung up before the end."),
    Reason.MACHINE_LEFT: Meaning(False, _N, "A message was left on an answering machine."),
    Reason.MACHINE: Meaning(False, _R, "An answering machine took the call."),
    Reason.FAX: Meaning(False, _R, "A fax machine took the call."),
    Reason.MODEM: Meaning(False, _R, "A modem took the call."),
    Reason.OPTED_OUT: Meaning(False, _R, "The callee asked not to be called again."),
    Reason.ABANDONED: Meaning(False, _O, "The call was answered, but nobody was there to take it."),
    Reason.BUSY: Meaning(False, _R, "The line was busy."),
    Reason.NO_ANSWER: Meaning(False, _R, "Nobody answered."),
    Reason.UNREACHABLE: Meaning(False, _R, "The phone could not be reached."),
    Reason.REJECTED: Meaning(False, _R, "The callee declined the call."),
    Reason.UNWANTED: Meaning(False, _R, "The callee marked our calls as unwanted."),
    Reason.INVALID_NUMBER: Meaning(False, _S, "The number is not in use."),
    Reason.BARRED: Meaning(True, _W, "The network does not allow this call."),
    Reason.TRUNK_AUTH: Meaning(True, _O, "The trunk does not accept our credentials."),
    Reason.TRUNK_MONEY: Meaning(True, _O, "The trunk's provider says there is no credit."),
    Reason.TRUNK_FAILED: Meaning(True, _W, "The trunk failed for now."),
    Reason.MEDIA_REFUSED: Meaning(True, _W, "The other side accepts none of our codecs."),
    Reason.TRUNK_TIMEOUT: Meaning(True, _W, "The trunk did not answer in time."),
    Reason.LOST_RINGING: Meaning(False, _O, "The call was lost while it rang."),
    Reason.LOST: Meaning(False, _O, "The call was lost after it was answered."),
    Reason.CLOSED: Meaning(True, _N, "It was outside the hours in which the person may be called."),
    Reason.SUCCESS: Meaning(False, _N, "The agent marked the call as successful."),
    Reason.REFUSAL: Meaning(False, _R, "The person refused."),
    Reason.WRONG_PERSON: Meaning(False, _R, "Somebody else was reached."),
    Reason.AUTO_ATTENDANT: Meaning(False, _R, "An automatic attendant took the call."),
    Reason.WRONG_NUMBER: Meaning(False, _S, "The number belongs to somebody else."),
    Reason.BAD_ADDRESS: Meaning(False, _S, "The number does not work."),
    Reason.AGENT_REJECTED: Meaning(False, _N, "The agent rejected the preview."),
    Reason.SKIPPED: Meaning(False, _N, "The agent skipped the preview."),
    Reason.REDIAL: Meaning(False, _N, "The agent asked for another call later."),
    Reason.AGAIN: Meaning(False, _N, "The agent asked for another call at once."),
}

_ENDS: dict[Reason, Status] = {
    **dict.fromkeys(
        (
            Reason.DELIVERED,
            Reason.ACCEPTED,
            Reason.ANSWERED,
            Reason.HUNG_UP,
            Reason.MACHINE_LEFT,
            Reason.SUCCESS,
        ),
        Status.DELIVERED,
    ),
    Reason.SEEN: Status.SEEN,
    Reason.EXPIRED: Status.EXPIRED,
    Reason.NO_RECEIPT: Status.EXPIRED,
    Reason.AMBIGUOUS: Status.EXPIRED,
    Reason.CANCELLED: Status.CANCELLED,
}


def end_status(reason: Reason) -> Status:
    """The status of a delivery that ended for this reason."""
    return _ENDS.get(reason, Status.FAILED)
