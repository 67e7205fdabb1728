"""Attempts as mails: what a message says is written once, what differs between people is put before it.

What `Content.options` may hold: `html` (the same in HTML), `replyTo` (an address, or `name <address>`).
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final, NamedTuple

from omnibound.channels.smtp.settings import Settings, read_sender
from omnibound.channels.smtp.signing import Signer, body_hash
from omnibound.domain.facts import Failure
from omnibound.domain.mail import ascii_domain
from omnibound.domain.message import Attempt, Content
from omnibound.domain.status import Reason
from omnibound.ports.mail import Mailing
from omnibound.wire.addresses import is_email
from omnibound.wire.mime import entity, header, mailbox
from omnibound.wire.smtp import dotted

OPTIONS: Final = frozenset({"html", "replyTo"})
BOUNCE: Final = "bounce-"
"""What the addresses begin with that mail comes back to."""
_KEPT: Final = 256
_SECOND: Final = 1_000_000


class Letter(NamedTuple):
    """A mail as it goes: its envelope, and its content with dots doubled. `utf8`: it needs SMTPUTF8 (RFC 6531)."""

    attempt: Attempt
    id: str
    sender: str
    recipient: str
    content: bytes
    utf8: bool


class _Sheet(NamedTuple):
    """What a message says to everybody: headers, headers of the content, the content, and what it is signed by."""

    content: Content
    head: bytes
    kind: bytes
    body: bytes
    hash: bytes
    sender: str


class Letters:
    """Writes the mails of a connector."""

    def __init__(self, settings: Settings, mailing: Mailing, signer: Signer | None) -> None:
        self._settings = settings
        self._mailing = mailing
        self._signer = signer
        self._sheets: dict[tuple[int, str], _Sheet | Failure] = {}
        self._date = (0, b"")

    def write(self, attempt: Attempt, now: int) -> Letter | Failure:
        """The mail of an attempt, or why there can be none. `now`: microseconds UTC."""
        to = ascii_address(attempt.address)
        if not is_email(to):
            return Failure(Reason.INVALID_ADDRESS, "smtp:5.1.3")
        sheet = self._sheet(attempt)
        if isinstance(sheet, Failure):
            return sheet
        id_ = self._mailing.bounce_id(attempt.delivery, attempt.number)
        head = b"".join((sheet.head, self._own(attempt, to, id_, sheet, now), sheet.kind))
        if self._signer:
            head = self._signer.sign(head, sheet.hash, now // _SECOND) + head
        back = f"{BOUNCE}{id_}@{self._settings.bounce_domain}" if self._settings.bounce_domain else sheet.sender
        utf8 = not (to.isascii() and head.isascii())
        return Letter(attempt, id_, back, to, b"".join((head, b"\r\n", sheet.body)), utf8)

    def _own(self, attempt: Attempt, to: str, id_: str, sheet: _Sheet, now: int) -> bytes:
        """The headers that are one person's."""
        domain = sheet.sender.rpartition("@")[2]
        lines = f"To: <{to}>\r\nMessage-ID: <{id_}@{domain}>\r\n".encode()
        if self._settings.unsubscribe_url:
            token = self._mailing.leaving_id(attempt.message.account, attempt.address)
            leave = f"List-Unsubscribe: <{self._settings.unsubscribe_url}/{token}>\r\n"
            lines += f"{leave}List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode()
        return lines + self._dated(now // _SECOND)

    def _dated(self, now_s: int) -> bytes:
        if self._date[0] != now_s:
            self._date = (now_s, f"Date: {format_datetime(datetime.fromtimestamp(now_s, UTC))}\r\n".encode())
        return self._date[1]

    def _sheet(self, attempt: Attempt) -> _Sheet | Failure:
        content, sender = attempt.content, attempt.step.sender
        key = (id(content), sender)
        known = self._sheets.get(key)
        if isinstance(known, _Sheet) and known.content is content:
            return known
        made = self._write_sheet(content, sender)
        if isinstance(made, Failure):
            return made
        if len(self._sheets) >= _KEPT:
            del self._sheets[next(iter(self._sheets))]
        self._sheets[key] = made
        return made

    def _write_sheet(self, content: Content, sender: str) -> _Sheet | Failure:
        """A failure's detail says which member is wrong."""
        options = content.options
        strange = next((name for name in options if name not in OPTIONS), "")
        html, reply = options.get("html", ""), options.get("replyTo", "")
        if strange or not (isinstance(html, str) and isinstance(reply, str)):
            return Failure(Reason.INVALID_CONTENT, f"smtp:option {strange or 'html'}")
        if not (content.text or content.subject or html):
            return Failure(Reason.NO_CONTENT, "smtp:nothing is said")
        ours = self._sender(sender)
        if ours is None:
            return Failure(Reason.INVALID_SENDER, "smtp:5.1.7")
        try:
            head = _head(ours, content.subject, reply)
        except ValueError as error:
            return Failure(Reason.INVALID_CONTENT, f"smtp:{error}")
        kind, _, body = entity(content.text, html).partition(b"\r\n\r\n")
        hashed = body_hash(body) if self._signer else b""
        return _Sheet(content, head, kind + b"\r\n", dotted(body), hashed, ours[1])

    def _sender(self, given: str) -> tuple[str, str] | None:
        """Who it is from: who the step says, if it may."""
        found = read_sender(given or self._settings.from_)
        if found is None:
            return None
        address = ascii_address(found[1])
        allowed = self._settings.sender_domains
        if given and allowed and address.rpartition("@")[2].lower() not in {domain.lower() for domain in allowed}:
            return None
        return found[0], address


def _head(sender: tuple[str, str], subject: str, reply: str) -> bytes:
    """The headers that are the message's. Raises ValueError, naming the one that cannot be."""
    lines = [f"From: {mailbox(*sender)}\r\n".encode(), header("Subject", subject)]
    if reply:
        to = read_sender(reply)
        if to is None:
            raise ValueError("option replyTo")
        lines.append(f"Reply-To: {mailbox(to[0], ascii_address(to[1]))}\r\n".encode())
    return b"".join(lines)


def ascii_address(address: str) -> str:
    """An address with its domain in the letters of DNS."""
    user, at, domain = address.strip().rpartition("@")
    return f"{user}{at}{ascii_domain(domain)}"
