"""Keys as RTP events (RFC 4733): those they press, each told once; those we press, packet by packet."""

from collections import deque
from typing import Final

import msgspec

from omnibound.voice.media.terms import SLOT_SAMPLES
from omnibound.wire.rtp import RATE, Event, code_of, write_event

PRESS_MS: Final = 100
PAUSE_MS: Final = 100
_ENDS: Final = 3
"""The last packet of an event is sent so often, for it must arrive (RFC 4733, 2.5.1.4)."""
_SAME_PRESS: Final = 400
"""Samples: some telephones wrongly give every packet of one press a new timestamp; two presses are further apart than
this.
"""
_SEGMENT: Final = 0xFFFF


class DigitsIn:
    """The events of one source. A press is told at its first packet, so it does not matter which of the others are
    lost.
    """

    __slots__ = ("_code", "_ended", "_timestamp")

    def __init__(self) -> None:
        self._code: int = -1
        self._timestamp = 0
        self._ended = True

    def heard(self, event: Event, timestamp: int) -> str:
        """The digit, if this packet is the first of a press; else ""."""
        step = (timestamp - self._timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        if self._code >= 0 and step <= 0:
            # The same press, or one before it that was overtaken on the way.
            self._ended = self._ended or (step == 0 and event.end)
            return ""
        goes_on = event.code == self._code and not self._ended and (step <= _SAME_PRESS or step == _SEGMENT)
        self._code, self._timestamp, self._ended = event.code, timestamp, event.end
        return "" if goes_on else event.digit


class EventPacket(msgspec.Struct, frozen=True, gc=False):
    """What goes into one packet of an event; `began` is the slot that its timestamp stands for."""

    payload: bytes
    began: int
    marker: bool


class DigitsOut:
    """Keys that are pressed one after the other, while nothing else is sent."""

    __slots__ = ("_began", "_digits", "_rests_until")

    def __init__(self) -> None:
        self._digits: deque[str] = deque()
        self._began = -1
        self._rests_until = -1

    def __bool__(self) -> bool:
        """Whether there are any to press, or the pause behind one goes on."""
        return bool(self._digits) or self._rests_until >= 0

    def add(self, digits: str) -> None:
        """Press these after all others. Raises ValueError for what is no key."""
        for digit in digits:
            code_of(digit)
        self._digits.extend(digits)

    def drop(self) -> str:
        """Press none of the rest; it is given back."""
        rest = "".join(self._digits)
        self._digits.clear()
        self._began = self._rests_until = -1
        return rest

    def due(self, slot: int, samples: int) -> list[EventPacket]:
        """The packets of a slot, `samples` long each: none in the pause between two keys, and three at the end of
        one.
        """
        if slot < self._rests_until:
            return []
        self._rests_until = -1
        if not self._digits:
            return []
        first = self._began < 0
        if first:
            self._began = slot
        lasted = (slot - self._began) * SLOT_SAMPLES + samples
        end = lasted >= PRESS_MS * RATE // 1_000
        event = Event(code=code_of(self._digits[0]), end=end, duration=min(lasted, _SEGMENT))
        packets = [EventPacket(write_event(event), self._began, first)] * (_ENDS if end else 1)
        if end:
            self._digits.popleft()
            self._began = -1
            self._rests_until = slot + (samples + PAUSE_MS * RATE // 1_000) // SLOT_SAMPLES
        return packets
