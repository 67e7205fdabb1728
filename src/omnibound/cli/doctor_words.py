"""What SIP's answers and a call's ends mean to somebody who has never read an RFC, and what to look at."""

from typing import Final

from omnibound.voice.signalling import End

NOTHING: Final = (
    "host, port and transport of the connector; whether a firewall lets UDP and TCP to them out and their answers in",
    "where you are trusted by your address: whether the carrier has entered the one that you are seen at",
)
CODES: Final[dict[int, str]] = {
    302: "it sends the call elsewhere, which is not followed: ask the carrier for the right host",
    400: "it does not understand the request: number_format, caller_id and domain may be written otherwise there",
    401: "it wants a password, or another one: username and password of the connector",
    402: "it wants money: look at the balance with the carrier",
    403: "it knows us not, or does not allow this: your address with the carrier, username, caller_id, the destination",
    404: "the number is not known: number_format, prefix and strip say how numbers are written",
    405: "it does not take this request at all",
    407: "it wants a password, or another one: username and password of the connector",
    408: "it has waited in vain for the network behind it",
    410: "the number is not in use any more",
    423: "it wants longer registrations: register_s",
    480: "the telephone is off, or cannot be reached now",
    484: "the number is too short, or is written otherwise there: number_format and prefix",
    486: "the telephone is busy; the trunk itself works",
    487: "we have stopped the call before it was answered",
    488: "it takes none of our codecs, or no RTP without encryption: codecs of the connector",
    500: "something has failed at the carrier",
    502: "something has failed behind the carrier",
    503: "it has no free line for us, or is overloaded: lines and rate of the connector, and what the carrier allows",
    600: "the telephone is busy; the trunk itself works",
    603: "the call was declined: by the telephone, or by the carrier for this caller_id",
    604: "the number exists nowhere: number_format and prefix",
    607: "the called party has marked calls like this as unwanted",
    608: "a filter of the network has rejected the call: caller_id",
}
ENDS: Final[dict[End, tuple[str, tuple[str, ...]]]] = {
    End.BAD_CREDENTIALS: ("the password is refused", ("username and password of the connector",)),
    End.NO_REPLY: ("nobody answers the call's request", NOTHING),
    End.UNREACHABLE: ("the trunk takes no connection", NOTHING),
    End.SETUP_TIMEOUT: ("the trunk has taken the call, but nothing rings", ("number_format, and the number itself",)),
    End.RING_TIMEOUT: ("it rang, and nobody answered", ("whether somebody is there; the trunk itself works",)),
    End.NO_MEDIA: ("answered, but with no sound that we can speak", ("codecs of the connector: PCMU, PCMA, no SRTP",)),
    End.NOT_ACKNOWLEDGED: ("our messages inside the call are lost", ("follow_contact = false, public_address",)),
    End.SESSION_EXPIRED: ("the far end was gone in the middle", ("follow_contact = false, public_address",)),
}
"""Ends that say more than their status."""


def meaning(status: int) -> str:
    """Of a SIP status; of one that is not in the table, of its class."""
    classes = {3: CODES[302], 4: "it refuses the request", 5: CODES[500], 6: "it is refused everywhere"}
    return CODES.get(status) or classes.get(status // 100, "it answers")
