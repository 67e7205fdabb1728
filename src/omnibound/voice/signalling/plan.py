"""What is decided before a call is dialled, and the INVITE that says it."""

from typing import Final

import msgspec

from omnibound.voice.signalling.dialogs import Hop
from omnibound.voice.signalling.messages import ALLOW, SUPPORTED, USER_AGENT
from omnibound.wire import sip

MIN_SE: Final = 90
"""The shortest session interval that we take (RFC 4028, 4: at least 90 seconds)."""


class Plan(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One call to make. Times in seconds."""

    call_id: str
    """Of the SIP dialog."""
    tag: str
    target: str
    """Request-URI."""
    sender: str
    """From without its tag."""
    recipient: str
    hop: Hop
    media: sip.Local
    """Where we listen, and what we take."""
    asserted: str = ""
    route: tuple[str, ...] = ()
    ring_s: float = 30
    setup_s: float = 60
    max_s: float = 3600
    session_s: int = 1800


def invite(plan: Plan, branch: str) -> sip.Request:
    """The first INVITE, number 1, with an offer."""
    headers: sip.Headers = {
        "via": [plan.hop.via(branch)],
        "max-forwards": ["70"],
        "from": [f"{plan.sender};tag={plan.tag}"],
        "to": [plan.recipient],
        "call-id": [plan.call_id],
        "cseq": ["1 INVITE"],
        "contact": [plan.hop.contact],
        "allow": [ALLOW],
        "supported": [SUPPORTED],
        "session-expires": [str(plan.session_s)],
        "min-se": [str(MIN_SE)],
        "user-agent": [USER_AGENT],
        "content-type": ["application/sdp"],
    }
    if plan.route:
        headers["route"] = list(plan.route)
    if plan.asserted:
        headers["p-asserted-identity"] = [plan.asserted]
    return sip.Request(method="INVITE", uri=plan.target, headers=headers, body=sip.write_session(plan.media))
