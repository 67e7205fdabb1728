"""The media of one call: what is played, heard, pressed, recorded and reported, behind one local port."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from omnibound.voice.media.arrivals import Arrivals
from omnibound.voice.media.clips import Clip
from omnibound.voice.media.detect import Listener
from omnibound.voice.media.happenings import Digit, Left, Played, Silent, Tell, Totals, Unheard
from omnibound.voice.media.incoming import Incoming
from omnibound.voice.media.listening import Listening
from omnibound.voice.media.outgoing import Outgoing
from omnibound.voice.media.playing import Play
from omnibound.voice.media.ports import Pair
from omnibound.voice.media.recorder import LONGEST_S, Recorder
from omnibound.voice.media.remote import Address, Remote
from omnibound.voice.media.reporting import EVERY_S, Reporting
from omnibound.voice.media.sockets import Sockets
from omnibound.voice.media.terms import SLOT_MS, Terms
from omnibound.voice.media.tones import ToneEar
from omnibound.voice.media.wheel import Wheel
from omnibound.wire.rtp import LONGEST, RATE, read_rtcp

_SECOND: Final = 1_000 // SLOT_MS
_FORGETS_S: Final = 2.0
"""After so long a silence the far end may be found at another address."""


def nobody() -> None:
    """What happens when nobody is joined."""


class Care(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How a stream is kept: `silence_s` without a packet is told; `learns` follows a far end that sends from an
    address which the signalling did not name; `tones` finds keys in the sound too (0.3 % of a core a call)."""

    silence_s: float = 20.0
    learns: bool = True
    tones: bool = False


class Stream:
    """Made by `Engine.open`. Nothing is sent or taken before the first `agree`. All methods are for the event loop."""

    def __init__(
        self,
        pair: Pair,
        wheel: Wheel,
        arrivals: Arrivals,
        recorder: Recorder,
        tell: Tell,
        care: Care,
        closed: Callable[["Stream"], None],
    ) -> None:
        self.pair = pair
        self.port: int = pair[0].getsockname()[1]
        """The local RTP port, to be told to the far end; RTCP is on the next."""
        self._wheel = wheel
        self._arrivals = arrivals
        self._tell = tell
        self._care = care
        self._closed = closed
        self._loop = asyncio.get_running_loop()
        self._listening = Listening(wheel, recorder, tell, self._loop.call_soon_threadsafe)
        self._legs: tuple[Outgoing, Incoming, Reporting] | None = None
        self._sockets: Sockets | None = None
        self._control: Address | None = None
        self._joined = 0
        self._report_at = 0
        self._told_unheard = False
        self.parted: Callable[[], None] = nobody
        """Ends the bridge that the stream is part of; called when it closes."""
        self._waiting: list[Play] = []
        if care.tones:
            self._listening.add(ToneEar(lambda digit: tell(Digit(digit=digit, tone=True))))

    # -- what the signalling says ----------------------------------------------------------------------------------

    def agree(self, terms: Terms) -> None:
        """Begin by these terms, or go on by new ones after a re-INVITE: another address, codec, packet time, hold."""
        named = (terms.address, terms.port)
        self._control = (terms.address, terms.rtcp_port or terms.port + 1)
        if self._legs is None:
            outgoing, _, _ = self._begin(terms, Remote(named, self._care.learns))
        else:
            outgoing, incoming, _ = self._legs
            outgoing.remote.name(named)
            self._look_around()
            outgoing.agree(terms, self._wheel.slot)
            incoming.agree(terms)
        self._pace(terms.slots if terms.sends else 0, outgoing)

    def _begin(self, terms: Terms, remote: Remote) -> tuple[Outgoing, Incoming, Reporting]:
        rtp, rtcp = self.pair
        outgoing = Outgoing(rtp, terms, remote, self._tell)
        incoming = Incoming(rtp, self._wheel, terms, remote, self._tell, self._hear_control)
        self._sockets = Sockets(rtp, self._arrivals, outgoing, incoming)
        self._legs = legs = outgoing, incoming, Reporting(outgoing, incoming)
        for play in self._waiting:
            outgoing.playing.add(play)
        self._waiting.clear()
        self._arrivals.join(rtcp, self._take_control)
        self._wheel.join(_SECOND, self._each_second)
        self._report_at = self._wheel.slot + self._pause() // 5
        self._attach()
        return legs

    def _pace(self, period: int, outgoing: Outgoing) -> None:
        if period != self._joined:
            if self._joined:
                self._wheel.leave(self._joined, outgoing.tick)
            if period:
                self._wheel.join(period, outgoing.tick)
            self._joined = period

    # -- what the call does ----------------------------------------------------------------------------------------

    def play(self, clip: Clip, tag: int = 0, repeat: int = 1) -> None:
        """Play a clip after all others; `Played` with the tag is told when it is over. Raises ValueError for no
        times.
        """
        play = Play(clip=clip, tag=tag, repeat=repeat)
        if self._legs:
            self._legs[0].playing.add(play)
        else:
            self._waiting.append(play)

    def stop(self) -> None:
        """Play and press nothing any more; what was to be played is told as not whole."""
        if self._legs:
            self._legs[0].stop()
        waiting, self._waiting = self._waiting, []
        for play in waiting:
            self._tell(Played(tag=play.tag, whole=False))

    def hold(self) -> None:
        """Let what plays stand still; the far end hears silence or comfort noise."""
        if self._legs:
            self._legs[0].hold(True, self._wheel.slot)

    def go_on(self) -> None:
        """Play on from where it stood."""
        if self._legs:
            self._legs[0].hold(False, self._wheel.slot)

    def send_digits(self, digits: str) -> None:
        """Press keys; `Dialled` is told when they have gone. Raises ValueError for what is no key, and before
        `agree`.
        """
        if self._legs is None:
            raise ValueError("nothing is agreed yet")
        self._legs[0].press(digits)

    def listen(self, listener: Listener) -> None:
        """Give a listener what they say from now on, 100 ms at a time."""
        self._listening.add(listener)
        self._attach()

    def unlisten(self, listener: Listener) -> None:
        """Give it nothing any more."""
        self._listening.drop(listener)
        self._attach()

    def record(self, path: Path, both: bool = True, longest_s: float = LONGEST_S) -> None:
        """Record to a WAV file: both directions (theirs left, ours right) or theirs only. `Recorded` is told when it
        is closed.

        Raises ValueError while the call is being recorded.
        """
        self._listening.record(path, both, longest_s)
        self._attach()

    def end_record(self) -> None:
        """Close the recording."""
        self._listening.end_record()
        self._attach()

    @property
    def legs(self) -> tuple[Outgoing, Incoming] | None:
        """Both directions, for a bridge; None before `agree`."""
        return self._legs[:2] if self._legs else None

    @property
    def totals(self) -> Totals:
        """The figures until now."""
        if self._legs is None:
            return Totals()
        outgoing, incoming, reporting = self._legs
        sources = incoming.receptions
        trip = reporting.round_trip_s
        return Totals(
            sent=outgoing.sent,
            sent_octets=outgoing.sent_octets,
            received=sum(source.received for source in sources),
            lost=sum(source.lost for source in sources),
            duplicates=sum(source.duplicates for source in sources),
            late=sum(source.late for source in sources),
            malformed=incoming.malformed,
            strangers=incoming.strangers,
            skipped=outgoing.skipped,
            refused=outgoing.refused,
            jitter_ms=sources[-1].jitter * 1_000 / RATE if sources else 0.0,
            their_reports=reporting.heard,
            their_lost=None if reporting.theirs is None else reporting.theirs.lost,
            their_jitter_ms=reporting.their_jitter_ms,
            round_trip_ms=None if trip is None else trip * 1_000,
        )

    def close(self) -> Totals:
        """Say goodbye, close what is open, let the ports rest, and tell the figures. A second time does nothing."""
        totals = self.totals
        if self.pair[0].fileno() < 0:
            return totals
        self.parted()
        self.stop()
        self._listening.close()
        if self._legs and self._sockets:
            self._send_control(self._legs[2].goodbye(self._wheel.slot))
            self._pace(0, self._legs[0])
            self._wheel.leave(_SECOND, self._each_second)
            self._sockets.close()
            self._arrivals.leave(self.pair[1])
        self._closed(self)
        return totals

    # -- inside ----------------------------------------------------------------------------------------------------

    def _attach(self) -> None:
        """Sound is decoded only while anyone wants it."""
        if self._legs:
            outgoing, incoming, _ = self._legs
            incoming.ear = self._listening.hear if self._listening.wanted else None
            outgoing.to_record = self._listening.say if self._listening.wants_ours else None

    def hasten(self, on: bool) -> None:
        """Take each packet on its arrival, or (`on` false) in the next slot again: for a bridge."""
        if self._sockets:
            self._sockets.hasten(on)

    def _look_around(self) -> None:
        """Where nobody is believed any more, anybody has to be heard."""
        if self._sockets and self._legs and not self._legs[0].remote.settled:
            self._sockets.unsettle()

    def _take_control(self, _now: int) -> None:
        try:
            data, source = self.pair[1].recvfrom(LONGEST + 1)
        except OSError:
            return
        if self._legs and self._knows(source[0]):
            self._control = source[:2]
            self._hear_control(data, source[0])

    def _knows(self, host: str) -> bool:
        remote = self._legs[0].remote if self._legs else None
        return remote is not None and host in {remote.address[0], remote.named[0]}

    def _hear_control(self, data: bytes, host: str) -> None:
        if self._legs is None:
            return
        _, incoming, reporting = self._legs
        reports = read_rtcp(data)
        if reports is None:
            incoming.malformed += 1
        elif not self._knows(host):
            incoming.strangers += 1
        else:
            incoming.reported_at = self._wheel.slot
            if left := reporting.hear(reports):
                self._tell(Left(why=left.why))

    def _send_control(self, data: bytes) -> None:
        if self._control:
            try:
                self.pair[1].sendto(data, self._control)
            except OSError:
                # Reports are a courtesy; the call does not depend on them.
                return

    def _each_second(self, slot: int) -> None:
        if self._legs is None:
            return
        outgoing, incoming, reporting = self._legs
        if incoming.quiet_s >= _FORGETS_S:
            outgoing.remote.forget()
            self._look_around()
        if incoming.falls_silent(self._care.silence_s):
            self._tell(Silent(seconds=round(incoming.still_s, 1)))
        if reporting.unheard and not self._told_unheard:
            self._told_unheard = True
            self._tell(Unheard())
        if slot >= self._report_at:
            self._report_at = slot + self._pause()
            self._send_control(reporting.write(slot))

    @staticmethod
    def _pause() -> int:
        return int(EVERY_S * random.uniform(0.5, 1.5) * _SECOND)  # noqa: S311
