"""Requests and responses: octets to values and back (RFC 3261, 7). Headers are split here and read when asked for."""

import re
from functools import lru_cache
from typing import Final

import msgspec

from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.fields import read_number, split_list
from omnibound.wire.sip.names import COMPACT, phrase, pretty
from omnibound.wire.sip.uris import Address, Via, read_address, read_via

Headers = dict[str, list[str]]
"""Long names in small letters -> values, a line each, in the order of coming."""

MAX_MESSAGE: Final = 65_535
"""Octets of the longest message we take."""
MAX_LINES: Final = 300
VERSION: Final = "SIP/2.0"

_SHORT: Final = 60
"""Characters of a CSeq that is remembered."""
_FOLD: Final = re.compile(r"\r\n[ \t]+")
_METHOD: Final = re.compile(r"[A-Za-z0-9.!%*_+`'~-]{1,40}", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9.!%*_+`'~-]{1,80}", re.ASCII)
_NEEDED: Final = ("via", "from", "to", "call-id", "cseq")


class Message(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What requests and responses share."""

    headers: Headers
    body: bytes = b""

    def get(self, name: str) -> str:
        """The first value of a header, given in small letters; "" where there is none."""
        values = self.headers.get(name)
        return values[0] if values else ""

    def members(self, name: str) -> list[str]:
        """All members of a header that holds a list, from all its lines."""
        return [one for value in self.headers.get(name, ()) for one in split_list(value)]

    def tokens(self, name: str) -> set[str]:
        """The members of a list of words, as Supported and Require, in small letters."""
        return {one.lower() for one in self.members(name)}

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.get("call-id")

    @property
    def sender(self) -> Address:
        """From. Raises SipError."""
        return read_address(self.get("from"))

    @property
    def recipient(self) -> Address:
        """To. Raises SipError."""
        return read_address(self.get("to"))

    @property
    def via(self) -> Via:
        """The topmost Via. Raises SipError."""
        hops = split_list(self.get("via"))
        return read_via(hops[0] if hops else "")

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method. Raises SipError."""
        text = self.get("cseq")
        return _known_cseq(text) if len(text) <= _SHORT else _read_cseq(text)


def _read_cseq(text: str) -> tuple[int, str]:
    number, _, method = text.strip().partition(" ")
    return read_number(number, "CSeq", 0x7FFFFFFF), method.strip()


# It is asked for a dozen times a call, and most calls have the same few.
_known_cseq = lru_cache(1_024)(_read_cseq)


class Request(Message, frozen=True, gc=False, kw_only=True):
    """A request; its URI as it stood."""

    method: str
    uri: str


class Response(Message, frozen=True, gc=False, kw_only=True):
    """A response."""

    status: int
    phrase: str = ""


def read(data: bytes) -> Request | Response:
    """One whole message, as a datagram carries it. Raises SipError for anything else."""
    if len(data) > MAX_MESSAGE:
        raise SipError(f"a message of {len(data)} octets", 513)
    head, gap, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not gap:
        raise SipError("the headers do not end")
    first, headers = read_head(head)
    body = cut_body(headers, body)
    message = _message(first, headers, body)
    _check(message)
    return message


def read_head(head: bytes) -> tuple[str, Headers]:
    """The first line, and the headers. Raises SipError."""
    # Whatever is no UTF-8 becomes a sign that is, so that nobody who passes a text on is surprised by it.
    text = head.decode("utf-8", "replace")
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    first, *lines = text.split("\r\n")
    if text.count("\n") != len(lines) or text.count("\r") != len(lines):
        # Whoever copied such a value would write two lines.
        raise SipError("a value has a line break")
    if len(lines) > MAX_LINES:
        raise SipError(f"{len(lines)} headers")
    headers: Headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.rstrip().lower()
        if not colon or not _NAME.fullmatch(name):
            raise SipError(f"no header: {line[:80]!r}")
        headers.setdefault(COMPACT.get(name, name), []).append(value.strip())
    return first, headers


def content_length(headers: Headers) -> int | None:
    """What Content-Length says; None where it is missing. Raises SipError."""
    values = headers.get("content-length")
    return read_number(values[0], "Content-Length", MAX_MESSAGE) if values else None


def cut_body(headers: Headers, rest: bytes) -> bytes:
    """As much as Content-Length says; all of it where there is none. Raises SipError where octets are missing."""
    length = content_length(headers)
    if length is None:
        return rest
    if length > len(rest):
        raise SipError(f"the body has {len(rest)} octets of {length}")
    return rest[:length]


def _message(first: str, headers: Headers, body: bytes) -> Request | Response:
    one, _, rest = first.partition(" ")
    two, _, three = rest.partition(" ")
    if one.upper() == VERSION:
        status = read_number(two, "status", 699)
        if status < 100:
            raise SipError(f"status {status}")
        return Response(status=status, phrase=three, headers=headers, body=body)
    if not _METHOD.fullmatch(one) or not two:
        raise SipError(f"no SIP message begins with {first[:80]!r}")
    if three.upper() != VERSION:
        raise SipError(f"version {three[:20]!r}", 505)
    return Request(method=one, uri=two, headers=headers, body=body)


def _check(message: Request | Response) -> None:
    for name in _NEEDED:
        if not message.get(name):
            raise SipError(f"no {pretty(name)}")
    method = message.cseq[1]
    if isinstance(message, Request) and method != message.method:
        raise SipError(f"CSeq says {method[:20]!r}, the request {message.method}")


def write(message: Request | Response) -> bytes:
    """The message's octets. Content-Length is written here. Raises SipError for a line break inside a value."""
    if isinstance(message, Request):
        lines = [f"{message.method} {message.uri} {VERSION}"]
    else:
        lines = [f"{VERSION} {message.status} {message.phrase or phrase(message.status)}"]
    for name, values in message.headers.items():
        if name != "content-length":
            shown = pretty(name)
            lines += [f"{shown}: {value}" for value in values]
    lines.append(f"Content-Length: {len(message.body)}")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise SipError("a value has a line break")
    return text.encode("utf-8", "replace") + b"\r\n\r\n" + message.body


def respond(request: Request, status: int, tag: str = "", why: str = "", body: bytes = b"") -> Response:
    """A response to `request` with what has to be copied from it (RFC 3261, 8.2.6); `tag` where To has none."""
    recipient = request.get("to")
    if tag and status != 100 and ";tag=" not in recipient.lower():
        recipient = f"{recipient};tag={tag}"
    source = request.headers
    headers = {
        "via": list(source["via"]),
        "from": [request.get("from")],
        "to": [recipient],
        "call-id": [request.call_id],
        "cseq": [request.get("cseq")],
    }
    # A response that makes a dialog carries the route that the request took (12.1.1).
    if request.method == "INVITE" and 100 < status < 300 and "record-route" in source:
        headers["record-route"] = list(source["record-route"])
    return Response(status=status, phrase=why or phrase(status), headers=headers, body=body)
