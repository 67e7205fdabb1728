"""The SIP ladder of a call: which message went where and when, for people, with secrets blanked."""

import re
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from omnibound.wire.telephone import Rung

__all__ = ["LONGEST", "Ladders", "Rung", "blanked"]

LONGEST: Final = 4_000
"""Octets that are kept of a message: a carrier's are seldom half of that."""

_BLANK: Final = "***"
_FOLDED: Final = r"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*"
"""The rest of a header, with the lines that go on with it (RFC 3261, 7.3.1)."""
_BLANKED: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(rf"(?im)^((?:proxy-)?authorization[ \t]*:[ \t]*\w*){_FOLDED}"), rf"\1 {_BLANK}"),
    (re.compile(rf"(?im)^((?:proxy-)?authentication-info[ \t]*:){_FOLDED}"), rf"\1 {_BLANK}"),
    (re.compile(r'(?i)\b((?:next)?nonce|opaque)([ \t]*=[ \t]*)("(?:[^"\\]|\\.)*"|[^,\s]*)'), rf'\1\2"{_BLANK}"'),
    (re.compile(r"(?i)\b(sips?:[^\s:@<>]*:)[^\s@<>]+(?=@)"), rf"\1{_BLANK}"),
    (re.compile(r"(?im)^([ak]=(?:crypto:[^\r\n]*?inline|base64|clear|prompt):)[^\r\n]*"), rf"\1{_BLANK}"),
)
"""What gives secrets away: signatures, what they are made of, passwords in URIs, keys of the media (RFC 4566, 4568)."""

_Kept = tuple[float, bool, str, bytes]


class Ladders:
    """The last `rungs` messages of each call that is up, and of the last `calls` that are over."""

    def __init__(self, rungs: int, calls: int, wall: Callable[[], float] = time.time) -> None:
        self._rungs = rungs
        self._calls = calls
        self._wall = wall
        self._by_call: dict[str, deque[_Kept]] = {}
        self._names: dict[str, str] = {}
        self._over: deque[tuple[str, str]] = deque()

    def open(self, name: str, call: str) -> None:
        """Keep the messages with this Call-ID from now on, under this name."""
        if self._rungs:
            self._by_call[call] = deque(maxlen=self._rungs)
            self._names[name] = call

    def note(self, call: str, data: bytes, peer: str, *, out: bool) -> None:
        """A message of a call; nothing for a call that is not open."""
        kept = self._by_call.get(call)
        if kept is not None:
            kept.append((self._wall(), out, peer, data[:LONGEST]))

    def close(self, name: str) -> None:
        """The call is over: the oldest of those are forgotten."""
        if call := self._names.get(name):
            self._over.append((name, call))
            if len(self._over) > self._calls:
                self._forget(*self._over.popleft())

    def _forget(self, name: str, call: str) -> None:
        self._by_call.pop(call, None)
        # The same name may have called again since.
        if self._names.get(name) == call:
            del self._names[name]

    def read(self, name: str) -> list[Rung]:
        """A call's messages, the oldest first."""
        kept = self._by_call.get(self._names.get(name, ""), ())
        return [
            Rung(at=at, out=out, peer=peer, text=blanked(data.decode("utf-8", "replace")))
            for at, out, peer, data in kept
        ]


def blanked(text: str) -> str:
    """Without what somebody could sign with, or listen by."""
    for secret, shown in _BLANKED:
        text = secret.sub(shown, text)
    return text
