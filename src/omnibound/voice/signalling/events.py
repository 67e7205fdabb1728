"""What a call tells, and in which words it ends."""

from enum import StrEnum
from typing import Literal

import msgspec

from omnibound.wire import sip

Who = Literal["callee", "trunk", "us"]
"""Whose doing an end was: the called party's (its network speaks for it), the carrier's, or ours."""


class End(StrEnum):
    """Why a call is over."""

    REFUSED = "refused"
    """A final response that is no success: look at `sip` and `q850`."""
    BAD_CREDENTIALS = "bad_credentials"
    """The trunk challenges us again and again, or we have no password for it."""
    NO_REPLY = "no_reply"
    """Nothing at all came back in time."""
    UNREACHABLE = "unreachable"
    """The trunk's address took no packet or connection."""
    SETUP_TIMEOUT = "setup_timeout"
    """The trunk took the call, but nothing rang."""
    RING_TIMEOUT = "ring_timeout"
    """It rang, and nobody answered."""
    CANCELLED = "cancelled"
    """We were asked to stop before the answer."""
    CROSSED = "crossed"
    """It was answered while we stopped it; it was hung up at once."""
    NO_MEDIA = "no_media"
    """It was answered with nothing that we can speak; it was hung up at once."""
    HUNG_UP = "hung_up"
    """Somebody hung up after the answer: look at `who`."""
    RTP_TIMEOUT = "rtp_timeout"
    """Nothing was heard of the callee for long, neither sound nor reports: the telephone is gone, or its network."""
    LONGEST = "longest"
    """It had lasted as long as a call may."""
    SESSION_EXPIRED = "session_expired"
    """The session timer ran out, or a refresh failed: the far end is gone."""
    NOT_ACKNOWLEDGED = "not_acknowledged"
    """The far end changed the session and never acknowledged our answer."""
    LOST = "lost"
    """The telephone died during the call; its successor has hung up."""
    STOPPED = "stopped"
    """The telephone was stopped."""


class Ringing(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A phone rings, or the network says that it is working on it (180 to 183), told once."""

    sip: int


class Early(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """There is something to hear before the answer."""

    media: sip.Media


class Answered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Somebody or something took the call."""

    media: sip.Media


class Changed(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The far end changed what is agreed: held (`media.direction`), another address, another codec."""

    media: sip.Media


class Ended(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The call is over. Comes exactly once for each call.

    `sip` is the final response's status (0: there was none), `q850` the cause of its Reason (0: none), `text` the far
    end's words. `retry_after` is in seconds. `answered` and `rang` say how far it had come.
    """

    why: End
    who: Who
    sip: int = 0
    q850: int = 0
    text: str = ""
    rang: bool = False
    answered: bool = False
    retry_after: int = 0


Event = Ringing | Early | Answered | Changed | Ended

# Q.850 causes that speak of the called party, whatever the SIP code beside them says; the others blame the network.
_CALLEES_CAUSES = frozenset({1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 26, 27, 28, 31})
_CALLEES_STATUSES = frozenset({404, 408, 410, 416, 430, 480, 484, 485, 486, 487, 600, 603, 604, 607, 608})
_PLAIN = frozenset({486, 600, 603})
"""Statuses that no cause can contradict."""


def blame(status: int, q850: int = 0, *, rang: bool = False) -> Who:
    """Who refused the call: another trunk may help only where it is the trunk.

    A 408 before anything rang is the trunk's (it reached nobody), after that the callee's.
    """
    if status == 408 and not rang and not q850:
        return "trunk"
    if q850 and status not in _PLAIN:
        return "callee" if q850 in _CALLEES_CAUSES else "trunk"
    return "callee" if status in _CALLEES_STATUSES else "trunk"
