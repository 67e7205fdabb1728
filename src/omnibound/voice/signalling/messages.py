"""Messages that follow from others: ACK and CANCEL of an INVITE, the ACK and BYE of an answer nobody waits for."""

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from omnibound.wire import sip

COOKIE: Final = "z9hG4bK"
ALLOW: Final = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK"
SUPPORTED: Final = "timer, 100rel"
KNOWN: Final = frozenset({"timer", "100rel"})
"""Extensions that a Require may name."""
USER_AGENT: Final = "Omnibound"

Token = Callable[[], str]


def random_token() -> str:
    """For tags, branches and Call-IDs: 64 bits that nobody guesses."""
    return secrets.token_hex(8)


def with_branch(request: sip.Request, branch: str) -> sip.Request:
    """The same request in another transaction."""
    via = request.via
    changed = msgspec.structs.replace(via, params={**via.params, "branch": COOKIE + branch})
    return msgspec.structs.replace(request, headers={**request.headers, "via": [str(changed)]})


def ack_of(invite: sip.Request, response: sip.Response) -> sip.Request:
    """The ACK of an INVITE's bad end: of the same transaction (RFC 3261, 17.1.1.3)."""
    return _beside(invite, "ACK", response.get("to"))


def cancel_of(invite: sip.Request) -> sip.Request:
    """The CANCEL of an INVITE that has not ended (RFC 3261, 9.1)."""
    return _beside(invite, "CANCEL", invite.get("to"))


def _beside(invite: sip.Request, method: str, recipient: str) -> sip.Request:
    headers: sip.Headers = {
        "via": invite.headers["via"][:1],
        "max-forwards": ["70"],
        "from": [invite.get("from")],
        "to": [recipient],
        "call-id": [invite.call_id],
        "cseq": [f"{invite.cseq[0]} {method}"],
    }
    if route := invite.headers.get("route"):
        headers["route"] = route
    return sip.Request(method=method, uri=invite.uri, headers=headers)


def number_of(request: sip.Request) -> int:
    """The CSeq's number."""
    return request.cseq[0]


def numbered(request: sip.Request, number: int, branch: str) -> sip.Request:
    """The same request once more, as a new one: for credentials or another interval."""
    again = with_branch(request, branch)
    headers = {**again.headers, "cseq": [f"{number} {request.method}"]}
    return msgspec.structs.replace(again, headers=headers)


def with_headers(request: sip.Request, headers: dict[str, str]) -> sip.Request:
    """With some headers set."""
    return msgspec.structs.replace(
        request, headers={**request.headers, **{name: [value] for name, value in headers.items()}}
    )


def unknown_extensions(request: sip.Request) -> list[str]:
    """What the far end requires and we do not have (RFC 3261, 8.2.2.3)."""
    return sorted(request.tokens("require") - KNOWN)
