"""What a server answers, and how content is put on the wire."""

import re
from typing import Final, NamedTuple

MOST: Final = 1 << 16
"""Octets of a reply; more is no SMTP."""
_ENHANCED: Final = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


class SmtpError(Exception):
    """What came is no SMTP."""


class Reply(NamedTuple):
    """One reply: its code, the enhanced one (RFC 2034; empty where there is none), and the words of all its lines."""

    code: int
    enhanced: str
    text: str

    @property
    def good(self) -> bool:
        """Whether what was asked is done, or may go on."""
        return 200 <= self.code < 400

    @property
    def word(self) -> str:
        """The enhanced code, else the plain one."""
        return self.enhanced or str(self.code)

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code), self.enhanced, self.text)))


class Replies:
    """Octets in, whole replies out."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that are whole now, in order. Raises SmtpError."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        found: list[Reply] = []
        for line in lines:
            self._lines.append(line)
            self._size += len(line)
            if line[3:4] != b"-":
                found.append(_reply(self._lines))
                self._lines, self._size = [], 0
        if self._size + len(self._rest) > MOST:
            raise SmtpError("a reply without an end")
        return found


def _reply(lines: list[bytes]) -> Reply:
    code = lines[-1][:3]
    if not (code.isdigit() and len(code) == 3 and b"2" <= code[:1] <= b"5" and all(line[:3] == code for line in lines)):
        raise SmtpError(f"no reply: {lines[-1][:80]!r}")
    texts = [line[4:].decode("utf-8", "replace").strip() for line in lines]
    found = _ENHANCED.match(texts[0])
    enhanced = found[1] if found and found[1][0] == code[:1].decode() else ""
    if enhanced:
        texts = [text.removeprefix(enhanced).strip() for text in texts]
    return Reply(int(code), enhanced, "\n".join(texts))


def dotted(content: bytes) -> bytes:
    """Content as DATA carries it: lines end in CR LF, a dot at their start is doubled; the last dot is not in it."""
    content = _LINE_END.sub(b"\r\n", content)
    if content[:1] == b".":
        content = b"." + content
    content = content.replace(b"\r\n.", b"\r\n..")
    return content if content.endswith(b"\r\n") else content + b"\r\n"
