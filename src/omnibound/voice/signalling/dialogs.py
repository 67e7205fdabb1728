"""Dialogs (RFC 3261, 12): what has to be remembered to send the next request where the last ones went."""

from collections.abc import Mapping

import msgspec

from omnibound.wire import sip


class Hop(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How we are reached and how we call ourselves, on one trunk."""

    transport: str
    sent_by: str
    """Host and port of our Via."""
    contact: str
    """A name-addr."""

    def via(self, branch: str) -> str:
        """The Via of a request of ours. It asks for `rport` (RFC 3581)."""
        return f"SIP/2.0/{self.transport.upper()} {self.sent_by};branch=z9hG4bK{branch};rport"


class Dialog(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Our side of a dialog that we began. `local` and `remote` are From and To with their tags."""

    call_id: str
    local: str
    remote: str
    remote_tag: str
    target: str
    route: tuple[str, ...] = ()
    number: int = 1
    """CSeq of our last request."""
    remote_number: int = -1
    """CSeq of the far end's last request."""

    def request(
        self, method: str, hop: Hop, branch: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> sip.Request:
        """A request with this dialog's number: take the dialog from `next` for a new one. An ACK has its INVITE's."""
        uri, route = _way(self.target, self.route)
        found: sip.Headers = {
            "via": [hop.via(branch)],
            "max-forwards": ["70"],
            "from": [self.local],
            "to": [self.remote],
            "call-id": [self.call_id],
            "cseq": [f"{self.number} {method}"],
        }
        if route:
            found["route"] = list(route)
        if method in ("INVITE", "UPDATE"):
            found["contact"] = [hop.contact]
        if headers:
            found.update({name: [value] for name, value in headers.items()})
        if body:
            found["content-type"] = ["application/sdp"]
        return sip.Request(method=method, uri=uri, headers=found, body=body)

    def next(self) -> "Dialog":
        """With the number of our next request."""
        return msgspec.structs.replace(self, number=self.number + 1)

    @property
    def next_hop(self) -> sip.Uri:
        """Where requests go. Raises SipError."""
        return sip.read_address(self.route[0]).uri if self.route else sip.read_uri(self.target)


def _way(target: str, route: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Request-URI and Route; a first router that is a strict one gets the URI, and the target goes last (12.2.1.1)."""
    if not route:
        return target, ()
    first = sip.read_address(route[0]).uri
    if "lr" in first.params:
        return target, route
    return str(first), (*route[1:], f"<{target}>")


def begun(invite: sip.Request, response: sip.Response) -> Dialog:
    """The dialog that a response to our INVITE makes.

    An answered call has to be acknowledged and hung up some day, so a Contact or a Record-Route that cannot be read
    is taken for none: requests then go where the INVITE went.
    """
    contacts = readable(response, "contact")
    return Dialog(
        call_id=invite.call_id,
        local=invite.get("from"),
        remote=response.get("to"),
        remote_tag=tag_of(response),
        target=str(contacts[0].uri) if contacts else invite.uri,
        route=tuple(reversed(response.members("record-route"))) if readable(response, "record-route") else (),
        number=invite.cseq[0],
    )


def readable(message: sip.Message, name: str) -> list[sip.Address]:
    """The addresses of a header; none where one of them cannot be read."""
    try:
        return sip.read_addresses(message.headers.get(name, []))
    except sip.SipError:
        return []


def tag_of(message: sip.Message) -> str:
    """To's tag; "" where there is none, or To cannot be read."""
    try:
        return message.recipient.tag
    except sip.SipError:
        return ""


def moved(dialog: Dialog, message: sip.Message) -> Dialog:
    """With the target that a request or response inside it gives (12.2: Contact is refreshed)."""
    contacts = readable(message, "contact")
    return msgspec.structs.replace(dialog, target=str(contacts[0].uri)) if contacts else dialog


def of_stray(response: sip.Response) -> Dialog:
    """The dialog of a 2xx to an INVITE that we remember no more: all that is needed stands in it. Raises SipError."""
    contacts = sip.read_addresses(response.headers.get("contact", []))
    if not contacts:
        raise sip.SipError("a 2xx without Contact")
    return Dialog(
        call_id=response.call_id,
        local=response.get("from"),
        remote=response.get("to"),
        remote_tag=response.recipient.tag,
        target=str(contacts[0].uri),
        route=tuple(reversed(response.members("record-route"))),
        number=response.cseq[0],
    )
