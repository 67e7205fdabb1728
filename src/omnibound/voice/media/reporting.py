"""RTCP of one call: what we tell of their sound, and what they tell of ours."""

import secrets
import time
from collections.abc import Callable
from typing import Final

from omnibound.voice.media.incoming import Incoming
from omnibound.voice.media.outgoing import Outgoing
from omnibound.wire.rtp import (
    CNAME,
    RATE,
    Block,
    Description,
    Goodbye,
    ReceiverReport,
    Report,
    SenderReport,
    write_rtcp,
)

EVERY_S: Final = 5.0
"""Between two reports, on average; the exact time is random, so that a thousand calls do not report at once (6.2)."""
_NTP: Final = 2_208_988_800
"""From 1900 to 1970, in seconds."""
_UNIT: Final = 65_536
_ALMOST_ALL: Final = 243
"""Of 256: 95 %."""
_IN_A_ROW: Final = 2
_CNAME: Final = secrets.token_hex(12)
"""A name that says nothing of this machine (RFC 7022), the same for all streams of a process."""


class Reporting:
    """The reports of one stream."""

    def __init__(self, outgoing: Outgoing, incoming: Incoming, clock: Callable[[], float] = time.time) -> None:
        self._outgoing = outgoing
        self._incoming = incoming
        self._clock = clock
        self._reported = 0
        self._last_report = 0
        self._last_came = 0.0
        self._unheard = 0
        self._sent_before = 0
        self.heard = 0
        """Their reports, whether they speak of us or not."""
        self.theirs: Block | None = None
        """The last of what they said of us."""
        self.round_trip_s: float | None = None

    def write(self, slot: int) -> bytes:
        """A report: of a sender, if anything was sent since the last."""
        outgoing, now = self._outgoing, self._clock()
        blocks = self._blocks(now)
        if outgoing.sent == self._reported:
            first: Report = ReceiverReport(ssrc=outgoing.ssrc, blocks=blocks)
        else:
            self._reported = outgoing.sent
            first = SenderReport(
                ssrc=outgoing.ssrc,
                ntp=int((now + _NTP) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF,
                timestamp=outgoing.timestamp(slot),
                packets=outgoing.sent & 0xFFFFFFFF,
                octets=outgoing.sent_octets & 0xFFFFFFFF,
                blocks=blocks,
            )
        return write_rtcp(first, Description(ssrc=outgoing.ssrc, items=((CNAME, _CNAME),)))

    def goodbye(self, slot: int) -> bytes:
        """The last report, with a goodbye."""
        return self.write(slot) + write_rtcp(Goodbye(ssrcs=(self._outgoing.ssrc,)))

    def hear(self, reports: list[Report]) -> Goodbye | None:
        """Take what they report; a goodbye is given back."""
        left: Goodbye | None = None
        for report in reports:
            if isinstance(report, SenderReport):
                self._last_report, self._last_came = report.ntp >> 16 & 0xFFFFFFFF, self._clock()
            if isinstance(report, SenderReport | ReceiverReport):
                self.heard += 1
                for block in report.blocks:
                    self._hear_block(block)
            elif isinstance(report, Goodbye):
                left = report
        return left

    @property
    def unheard(self) -> bool:
        """Whether what we send does not arrive, by two of their reports in a row."""
        return self._unheard >= _IN_A_ROW

    @property
    def their_jitter_ms(self) -> float | None:
        """The jitter that they see."""
        return None if self.theirs is None else self.theirs.jitter * 1_000 / RATE

    def _blocks(self, now: float) -> tuple[Block, ...]:
        reception = self._incoming.reception
        if reception is None:
            return ()
        delay = int((now - self._last_came) * _UNIT) if self._last_report else 0
        return (reception.block(self._last_report, max(0, delay) & 0xFFFFFFFF),)

    def _hear_block(self, block: Block) -> None:
        if block.ssrc != self._outgoing.ssrc:
            return
        before, self.theirs = self.theirs, block
        sent, self._sent_before = self._outgoing.sent - self._sent_before, self._outgoing.sent
        stands = before is not None and before.highest == block.highest and sent > RATE // 160
        self._unheard = self._unheard + 1 if stands or block.fraction >= _ALMOST_ALL else 0
        if block.last_report:
            now = int((self._clock() + _NTP) * _UNIT) & 0xFFFFFFFF
            took = (now - block.last_report - block.delay) & 0xFFFFFFFF
            self.round_trip_s = took / _UNIT if took < 60 * _UNIT else None
