"""How well a source is heard: what came, what is missing, how unevenly (RFC 3550, 6.4.1 and A.1, A.3, A.8)."""

from typing import Final

from omnibound.wire.rtp.rtcp import Block

MAX_DROPOUT: Final = 3_000
"""Packets that may be missing at once; a greater step is a source that has started anew (A.1)."""
WINDOW: Final = 64
"""Packets that one may come late and still be told from one that came twice."""

_MASK = (1 << WINDOW) - 1


class Reception:
    """The packets of one source, counted. Not thread-safe; nothing here waits or does I/O."""

    __slots__ = (
        "_base",
        "_before",
        "_counted",
        "_restart",
        "_seen",
        "_transit",
        "duplicates",
        "highest",
        "jitter",
        "late",
        "received",
        "ssrc",
    )

    def __init__(self, ssrc: int, sequence: int) -> None:
        """A source whose first packet, not counted yet, has this sequence number."""
        self.ssrc = ssrc
        self.highest = sequence - 1
        self.received = 0
        self.duplicates = 0
        self.late = 0
        self.jitter = 0.0
        """In samples."""
        self._base = sequence
        self._before = 0
        self._seen = 0
        self._restart = -1
        self._transit: int | None = None
        self._counted = (0, 0)

    def heard(self, sequence: int) -> bool:
        """Count a packet. False when it is to be thrown away: it came before, or far out of step."""
        step = (sequence - self.highest) & 0xFFFF
        if 0 < step < MAX_DROPOUT:
            self.highest += step
            self._seen = (self._seen << step | 1) & _MASK if step < WINDOW else 1
            self.received += 1
            return True
        back = -step & 0xFFFF
        if back < WINDOW:
            return self._heard_late(back)
        return self._heard_far(sequence)

    def _heard_late(self, back: int) -> bool:
        if self._seen >> back & 1:
            self.duplicates += 1
            return False
        self._seen |= 1 << back
        self._base = min(self._base, self.highest - back)
        self.late += 1
        self.received += 1
        return True

    def _heard_far(self, sequence: int) -> bool:
        """Two in a row far away are a source that has started anew; one is a stray."""
        if sequence != self._restart:
            self._restart = (sequence + 1) & 0xFFFF
            return False
        self._before += self.highest - self._base + 1
        self._base = self.highest = sequence
        self._seen, self._restart, self._transit = 1, -1, None
        self.received += 1
        return True

    def timed(self, timestamp: int, arrival: int) -> None:
        """Take a packet of sound into the jitter; both in samples, `arrival` on any clock of ours."""
        transit = (arrival - timestamp) & 0xFFFFFFFF
        before, self._transit = self._transit, transit
        if before is not None:
            step = abs(transit - before)
            # The shorter way round.
            self.jitter += (min(step, 0x100000000 - step) - self.jitter) / 16

    def sounded(self, sequence: int, timestamp: int, arrival: int) -> bool:
        """Count a packet of sound: `heard`, and `timed` where that says so. Almost every packet is the next one."""
        if (sequence - self.highest) & 0xFFFF == 1 and self._seen == _MASK:
            self.highest += 1
            self.received += 1
        elif not self.heard(sequence):
            return False
        self.timed(timestamp, arrival)
        return True

    @property
    def expected(self) -> int:
        """Packets that were sent, by the sequence numbers that we saw."""
        return self._before + self.highest - self._base + 1

    @property
    def lost(self) -> int:
        """Packets that have not come. Twice-counted ones are not among those received, so this is never negative."""
        return max(0, self.expected - self.received)

    def block(self, last_report: int = 0, delay: int = 0) -> Block:
        """What a report tells of this source; the fraction is of the time since the last call."""
        expected, lost = self.expected, self.lost
        new, new_lost = expected - self._counted[0], lost - self._counted[1]
        self._counted = expected, lost
        return Block(
            ssrc=self.ssrc,
            fraction=min(255, (new_lost << 8) // new) if new > 0 and new_lost > 0 else 0,
            lost=min(lost, 0x7FFFFF),
            highest=self.highest & 0xFFFFFFFF,
            jitter=int(self.jitter),
            last_report=last_report,
            delay=delay,
        )
