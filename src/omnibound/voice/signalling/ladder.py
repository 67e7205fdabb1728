"""The SIP ladder of a call: which message went where and when, for people, with secrets blanked."""

import re
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

_SIGNED: Final = re.compile(r"(?im)^(?:proxy-)?authorization:.*$")
_SECRET: Final = re.compile(r'(?i)\b(response|cnonce)=("[^"]*"|[^,\s]*)')


class Rung(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One message as people may see it. `at` in seconds since 1970; `out`: from us to the far end."""

    at: float
    out: bool
    peer: str
    text: str

    @property
    def title(self) -> str:
        """The first line."""
        return self.text.partition("\r\n")[0]


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
            kept.append((self._wall(), out, peer, data))

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
    """Without what somebody could sign with."""
    return _SIGNED.sub(lambda header: _SECRET.sub(r'\1="***"', header[0]), text)
