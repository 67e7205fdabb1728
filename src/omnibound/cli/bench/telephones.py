"""The process of a media benchmark that is called: it counts what arrives, and says as much back.

It prints its ports as a line of JSON, and its counts as another when its input is closed. The first argument is the
number of calls before those whose sound is kept.
"""

import json
import select
import socket
import sys
import time
from typing import Any

from omnibound.cli.bench.sockets import listening
from omnibound.wire.rtp import read

PORTS = 16
KEPT = 20
"""Calls whose sound is kept, to be compared with what was played."""
SILENCE = b"\xff" * 160
_NAP_S = 0.001
_MS = 10
"""Counted in tenths of a millisecond."""
_LONGEST_MS = 1_000


class Telephones:
    """All that is heard: by source the last arrival and the frames; and how often each gap came.

    The sound of `KEPT` calls is kept, after the first `before`.
    """

    def __init__(self, before: int = 0) -> None:
        self._before = before
        self.sockets = [listening() for _ in range(PORTS)]
        self._last: dict[int, float] = {}
        self.frames = 0
        self.gaps = [0] * (_LONGEST_MS * _MS + 1)
        self.kept: dict[int, dict[int, bytes]] = {}

    def take(self, phone: socket.socket) -> None:
        """Everything that waits at one socket."""
        while True:
            try:
                data, source = phone.recvfrom(2_048)
            except BlockingIOError:
                return
            phone.sendto(data, source)
            if packet := read(data):
                self._count(packet.ssrc, packet.timestamp, packet.payload)

    def _count(self, ssrc: int, timestamp: int, payload: bytes) -> None:
        now = time.perf_counter()
        if (before := self._last.get(ssrc)) is not None:
            self.gaps[min(int((now - before) * 1_000 * _MS), _LONGEST_MS * _MS)] += 1
        elif len(self._last) >= self._before and len(self.kept) < KEPT:
            self.kept[ssrc] = {}
        self._last[ssrc] = now
        self.frames += 1
        if (kept := self.kept.get(ssrc)) is not None:
            kept[timestamp] = payload

    def gap_ms(self, share: float) -> float:
        """The gap that so many are not longer than."""
        left = share * sum(self.gaps)
        for tenths, count in enumerate(self.gaps):
            left -= count
            if left <= 0:
                return tenths / _MS
        return float(_LONGEST_MS)

    def counts(self) -> dict[str, Any]:
        """What is told at the end. `sounds`: what the first calls heard, in hexadecimal, silence where nothing came."""
        sounds = [_sound(frames).hex() for frames in self.kept.values()]
        return {"frames": self.frames, "gap_ms": self.gap_ms(0.999), "sounds": sounds}


def _sound(frames: dict[int, bytes]) -> bytes:
    """Frames in a row, by their timestamps."""
    first = next(iter(frames), 0)
    places = {(at - first) & 0xFFFFFFFF: octets for at, octets in frames.items()}
    return b"".join([places.get(at, SILENCE) for at in range(0, max(places, default=-1) + 1, len(SILENCE))])


def main() -> None:
    """Answer calls until the input ends."""
    phones = Telephones(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    by_number = {phone.fileno(): phone for phone in phones.sockets}
    print(json.dumps([phone.getsockname()[1] for phone in phones.sockets]), flush=True)
    waiting = select.epoll()
    for number in [*by_number, sys.stdin.fileno()]:
        waiting.register(number, select.EPOLLIN)
    while True:
        for number, _ in waiting.poll():
            if number not in by_number:
                print(json.dumps(phones.counts()))
                return
            phones.take(by_number[number])
        # Telephones do not wake up a processor of the caller's for every packet.
        time.sleep(_NAP_S)


if __name__ == "__main__":
    main()
