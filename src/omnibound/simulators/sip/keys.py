"""Keys that a phone presses, as RTP events (RFC 4733)."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from omnibound.wire.rtp import Event, code_of, head, write_event

PACKET_S: Final = 0.02
_SAMPLES: Final = 160
_VERSION: Final = 0x80
_PACKETS: Final = 5
"""Of one press: 100 ms."""
_ENDS: Final = 3
"""The last one is sent so often, for it must arrive (RFC 4733, 2.5.1.4)."""


class Keypad:
    """Sends presses with `send`, a packet each; one key at a time. Needs a running event loop."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.busy = False
        """Whether a key is down."""
        self._send = send
        self._source = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def press(self, key: str, payload: int) -> None:
        """Press a key, as this payload. Raises ValueError for what is no key."""
        code, began = code_of(key), round((self._loop.time() - self._began) * 8_000)
        self.busy = True
        self._go_on(code, payload, began, 1)

    def close(self) -> None:
        """Let go."""
        if self._timer:
            self._timer.cancel()

    def _go_on(self, code: int, payload: int, began: int, number: int) -> None:
        end = number == _PACKETS
        event = write_event(Event(code=code, end=end, duration=number * _SAMPLES))
        for _ in range(_ENDS if end else 1):
            self._sequence = (self._sequence + 1) & 0xFFFF
            marker = 0x80 if number == 1 else 0
            self._send(head(_VERSION, payload | marker, self._sequence, began, self._source) + event)
        self.busy = not end
        if not end:
            self._timer = self._loop.call_later(PACKET_S, self._go_on, code, payload, began, number + 1)
