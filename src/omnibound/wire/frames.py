"""Messages in a stream of octets: each with its length before it, in four octets."""

from typing import Final

MAX_FRAME: Final = 1 << 20
"""Octets of one message; the longest, a Hello with many trunks, has a few thousand."""
_LENGTH: Final = 4


def framed(body: bytes) -> bytes:
    """A message with its length."""
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames:
    """Cuts a stream into messages."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole by now. Raises ValueError for one that is longer than any is."""
        self._rest += data
        whole: list[bytes] = []
        at = 0
        while len(self._rest) - at >= _LENGTH:
            size = int.from_bytes(self._rest[at : at + _LENGTH], "big")
            if size > MAX_FRAME:
                raise ValueError(f"a message of {size} octets")
            end = at + _LENGTH + size
            if end > len(self._rest):
                break
            whole.append(bytes(self._rest[at + _LENGTH : end]))
            at = end
        del self._rest[:at]
        return whole
