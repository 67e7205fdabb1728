"""The RTP of one phone: echoed, kept, or left alone, and keys that it presses itself. Nothing of what comes is
understood but the header (RFC 3550, 5.1).
"""

import asyncio
import contextlib
import socket
from typing import Final

from omnibound.simulators.sip.keys import Keypad
from omnibound.simulators.sip.settings import Sound

HEADER: Final = 12
MOST: Final = 60 * 50 * 10
"""Packets kept of a call: ten minutes."""


class Ear:
    """Listens on a port of its own until it is closed. Needs a running event loop; raises OSError for want of ports."""

    def __init__(self, host: str, sound: Sound) -> None:
        self.packets = 0
        self.kept: list[tuple[int, int, bytes]] = []
        """Payload number, sequence number, octets."""
        self._sound = sound
        self._keypad = Keypad(self._send)
        self._far: tuple[str, int] | None = None
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind((host, 0))
        except OSError:
            self._socket.close()
            raise
        self._loop.add_reader(self._socket.fileno(), self._hear)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def press(self, key: str, payload: int, to: tuple[str, int]) -> None:
        """Press a key; nothing is echoed meanwhile. Raises ValueError for what is no key."""
        self._far = to
        self._keypad.press(key, payload)

    def _send(self, packet: bytes) -> None:
        if self._far and self._socket.fileno() >= 0:
            with contextlib.suppress(OSError):
                self._socket.sendto(packet, self._far)

    def close(self) -> None:
        """Hear what has come by now, and listen no more."""
        self._keypad.close()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            while self._hear():
                pass
            self._socket.close()

    def _hear(self) -> bool:
        """Whether there was a packet."""
        try:
            data, source = self._socket.recvfrom(2048)
        except OSError:
            return False
        if len(data) >= HEADER and data[0] >> 6 == 2:
            self.packets += 1
            self._use(data, source)
        return True

    def _use(self, data: bytes, source: tuple[str, int]) -> None:
        if self._sound == "echo" and not self._keypad.busy:
            with contextlib.suppress(OSError):
                self._socket.sendto(data, source)
        elif self._sound == "record" and len(self.kept) < MOST:
            self.kept.append((data[1] & 0x7F, int.from_bytes(data[2:4], "big"), data[HEADER:]))

    def recording(self, payload: int) -> bytes:
        """What was said in this codec, in the order of its numbers, each packet once."""
        found = {number: octets for kind, number, octets in self._unrolled() if kind == payload}
        return b"".join([found[number] for number in sorted(found)])

    def _unrolled(self) -> list[tuple[int, int, bytes]]:
        """With numbers that do not begin again at 65,536."""
        rolls, last = 0, self.kept[0][1] if self.kept else 0
        unrolled: list[tuple[int, int, bytes]] = []
        for payload, number, octets in self.kept:
            if number < last - 0x8000:
                rolls += 1
            late = number > last + 0x8000
            unrolled.append((payload, number + 0x10000 * (rolls - late), octets))
            last = last if late else number
        return unrolled
