"""Keys that are pressed, as events in RTP (RFC 4733)."""

import struct
from typing import Final

import msgspec

DIGITS: Final = "0123456789*#ABCD"
"""Each at the place of its event code (RFC 4733, table 3)."""
LONGEST: Final = 0xFFFF
"""Samples of the longest event; what lasts longer goes on as a new one, whose timestamp is so much later (2.5.1.3)."""

_event = struct.Struct("!BBH")
_END, _VOLUME = 0x80, 0x3F


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One event: its code, whether it has ended, its power in -dBm0 (0 to 63), how long it has lasted in samples."""

    code: int
    end: bool = False
    volume: int = 10
    duration: int = 0

    @property
    def digit(self) -> str:
        """The key; "" when it is another event (a flash, a fax tone)."""
        return DIGITS[self.code] if self.code < len(DIGITS) else ""


def read_event(payload: bytes) -> Event | None:
    """The first event of a payload; None when it holds none."""
    if len(payload) < _event.size:
        return None
    code, rest, duration = _event.unpack_from(payload)
    return Event(code=code, end=rest >= _END, volume=rest & _VOLUME, duration=duration)


def write_event(event: Event) -> bytes:
    """The payload of one event. Raises ValueError for values that it cannot carry."""
    if not 0 <= event.volume <= _VOLUME:
        raise ValueError(f"a volume of -{event.volume} dBm0")
    try:
        return _event.pack(event.code, event.volume | (_END if event.end else 0), event.duration)
    except struct.error as error:
        raise ValueError(f"event {event.code} of {event.duration} samples: {error}") from None


def code_of(digit: str) -> int:
    """The event code of a key. Raises ValueError for what is no key."""
    code = DIGITS.find(digit.upper()) if len(digit) == 1 else -1
    if code < 0:
        raise ValueError(f"no key {digit!r}; there are {DIGITS}")
    return code
