"""Texts as parts of a mail (RFC 2045 to 2047): written once a message, so that a mail costs what differs in it."""

import re
from binascii import b2a_base64, b2a_qp
from email.header import Header
from secrets import token_hex
from typing import Final

LINE: Final = 998
"""Characters of a line without its end (RFC 5322, 2.1.1)."""
_WIDTH: Final = 76
_OCTETS: Final = _WIDTH // 4 * 3
_PLAIN: Final = re.compile(r"[\t\n -~]*")
_WORDS: Final = re.compile(r"[ -~]*")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_ATOMS: Final = re.compile(r"[A-Za-z0-9 !#$%&'*+\-/=?^_`{|}~]*")
_READABLE: Final = 6
"""With fewer letters beyond ASCII than one in so many, quoted-printable is shorter, and can be read."""


def has_controls(text: str) -> bool:
    """Whether a text has what no header may: the end of a line, above all."""
    return _CONTROLS.search(text) is not None


def header(name: str, text: str) -> bytes:
    """A header of free words, folded, with the end of its line. Raises ValueError for one with control characters."""
    if has_controls(text):
        raise ValueError(f"{name}: no control characters in a header")
    plain = _WORDS.fullmatch(text) and "=?" not in text and max(map(len, text.split(" "))) < _WIDTH
    return f"{name}: {_folded(text, 'us-ascii' if plain else 'utf-8', name)}\r\n".encode()


def _folded(text: str, charset: str, name: str) -> str:
    return Header(text.encode("utf-8", "replace").decode(), charset, header_name=name).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """`name <address>` for a header. Raises ValueError for control characters."""
    if has_controls(name):
        raise ValueError("no control characters in a name")
    if not name:
        return f"<{address}>"
    if not _WORDS.fullmatch(name) or "=?" in name:
        return f"{_folded(name, 'utf-8', 'From')} <{address}>"
    quoted = name if _ATOMS.fullmatch(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{quoted} <{address}>"


def entity(text: str, html: str = "") -> bytes:
    """The headers and the content of a mail that says a text, in HTML as well if there is any; lines end in CR LF."""
    if not html:
        return b"MIME-Version: 1.0\r\n" + _part(text, "plain")
    if not text:
        return b"MIME-Version: 1.0\r\n" + _part(html, "html")
    boundary = f"=_{token_hex(12)}"
    rim = f"\r\n--{boundary}".encode()
    kind = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n'.encode()
    return b"".join((kind, rim, b"\r\n", _part(text, "plain"), rim, b"\r\n", _part(html, "html"), rim, b"--\r\n"))


def _part(text: str, subtype: str) -> bytes:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text if text.endswith("\n") else f"{text}\n"
    octets = text.encode("utf-8", "replace")
    charset = "us-ascii" if len(octets) == len(text) else "utf-8"
    encoding, body = _encoded(text, octets)
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def _encoded(text: str, octets: bytes) -> tuple[str, bytes]:
    if _PLAIN.fullmatch(text) and max(map(len, text.split("\n"))) <= LINE:
        return "7bit", octets.replace(b"\n", b"\r\n")
    beyond = len(octets) - len(text)
    if beyond * _READABLE > len(text):
        lines = [b2a_base64(octets[at : at + _OCTETS], newline=False) for at in range(0, len(octets), _OCTETS)]
        return "base64", b"\r\n".join([*lines, b""])
    return "quoted-printable", b2a_qp(octets, istext=True).replace(b"\n", b"\r\n")
