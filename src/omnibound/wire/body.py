"""The body of a request, as ASGI gives it (asgi.readthedocs.io, HTTP 2.4), and what msgspec finds wrong in it."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

import msgspec

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class TooLong(Exception):
    """A body has more bytes than are taken."""


class CutShort(Exception):
    """The client went away before the end of the body."""


async def receive_body(receive: Receive, content_length: str, limit: int) -> bytes:
    """The whole body. `content_length` is the header's text, empty without one.

    Raises TooLong as soon as it is known to have more than `limit` bytes, and CutShort.
    """
    told = content_length.lstrip("0")
    if told.isascii() and told.isdecimal() and (len(told) > len(str(limit)) or int(told) > limit):
        raise TooLong(f"at most {limit} bytes are taken")
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CutShort("the body ended too early")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLong(f"at most {limit} bytes are taken")
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def holds_nul(body: bytes) -> bool:
    r"""Whether a JSON body escapes a NUL character, as `\u0000`: PostgreSQL keeps none in a text, no client means one.

    Of a row of backslashes each pair is one that is meant: blotted out pair by pair, what still stands before u0000
    escapes it. A regex is far slower on a hostile body.
    """
    return b"\\u0000" in body and b"\\u0000" in body.replace(b"\\\\", b"//")


class Fault(NamedTuple):
    """What is wrong, and the path of the member: `to[0].phone`; empty if it is the whole body."""

    text: str
    path: str


_AT = re.compile(r"(?P<text>.*) - at `(?:key` in `)?\$\.?(?P<path>.*?)`", re.DOTALL)


def fault_of(error: msgspec.MsgspecError) -> Fault:
    """`Expected `str`, got `int` - at `$.to[0].phone`` in its two parts."""
    match = _AT.fullmatch(str(error))
    return Fault(*match.group("text", "path")) if match else Fault(str(error), "")
