"""What comes into one call's socket: sorted out, counted, and given to whoever wants it."""

import socket
from collections.abc import Callable
from typing import Final, Literal, Protocol

from omnibound.voice.media.digits import DigitsIn
from omnibound.voice.media.happenings import Digit, Heard, Tell
from omnibound.voice.media.remote import Remote
from omnibound.voice.media.terms import SLOT_MS, Terms
from omnibound.voice.media.wheel import Wheel
from omnibound.wire.rtp import HEADER, LONGEST, VERSION, Law, Packet, Reception, noise, read, read_event, read_head

_LAWS: Final = {law.payload_type: law for law in Law}
"""Both are understood at any time: far ends switch without asking."""
_MOST: Final = LONGEST + 1


class Relay(Protocol):
    """The other leg of a bridge."""

    def relay(self, packet: Packet, law: Law, now: int) -> None:
        """Sound."""
        ...

    def relay_event(self, packet: Packet, now: int) -> None:
        """A key."""
        ...

    def relay_noise(self, packet: Packet, now: int) -> None:
        """Comfort noise."""
        ...


class Ear(Protocol):
    """Wants what they say; `now` in samples on the wheel's clock."""

    def __call__(self, octets: bytes, law: Law, timestamp: int, now: int) -> None:
        """One packet of sound."""
        ...


class Incoming:
    """One direction of a stream. `receive` is called when the socket has something, or `take` once a slot."""

    __slots__ = (
        "_awaits",
        "_digits",
        "_dtmf",
        "_ended",
        "_hears",
        "_laws",
        "_line",
        "_noise",
        "_other",
        "_plain",
        "_recvfrom",
        "_tell",
        "_wheel",
        "direct",
        "ear",
        "heard_at",
        "malformed",
        "reception",
        "relay",
        "remote",
        "reported_at",
        "settled",
        "strangers",
        "unknown",
    )

    def __init__(
        self,
        sock: socket.socket,
        wheel: Wheel,
        terms: Terms,
        remote: Remote,
        tell: Tell,
        other: Callable[[bytes, str], None],
    ) -> None:
        """`other` gets what is no RTP, and the host it came from: RTCP may come to the same port (RFC 5761)."""
        self._recvfrom = sock.recvfrom
        self.direct: Callable[[int], bytes] | None = None
        """Receives by a socket that is connected to the far end, while there is one."""
        self.settled: Callable[[], None] | None = None
        """Told when a packet is believed because it comes from the address that the signalling named."""
        self._other = other
        self._wheel = wheel
        self._tell = tell
        self.remote = remote
        self.reception: Reception | None = None
        self._ended: list[Reception] = []
        self._digits = DigitsIn()
        self.ear: Ear | None = None
        self.relay: Relay | None = None
        self.heard_at = wheel.slot
        """The slot of the last packet that was believed."""
        self.reported_at = wheel.slot
        """The slot of their last report."""
        self._line: Literal["new", "heard", "silent"] = "new"
        self.malformed = self.strangers = self.unknown = 0
        self.agree(terms)

    def agree(self, terms: Terms) -> None:
        """From now on by these terms."""
        self._laws = {**_LAWS, terms.number: terms.law}
        self._dtmf = -1 if terms.dtmf is None else terms.dtmf
        self._noise = {noise.PAYLOAD_TYPE, terms.noise}
        self._hears = terms.hears
        self._plain = frozenset(self._laws) - {self._dtmf} if terms.hears else frozenset[int]()
        # Who holds us need not play anything.
        self._awaits = terms.hears and terms.sends
        self.heard_at = self._wheel.slot

    @property
    def receptions(self) -> list[Reception]:
        """All sources of this call so far, the present one last."""
        return [*self._ended, *([self.reception] if self.reception else [])]

    def receive(self) -> None:
        """Take one datagram that has come just now."""
        self.take(self._wheel.samples())

    def take(self, now: int) -> None:
        """Take one datagram that has come by `now`, in samples on the wheel's clock."""
        try:
            data, source = self._recvfrom(_MOST)
        except OSError:
            return
        if source != self.remote.trusted or not self._count(data, now):
            self._take(data, source, now)

    def receive_direct(self) -> None:
        """As `receive`, by the socket that is connected."""
        self.take_direct(self._wheel.samples())

    def take_direct(self, now: int) -> None:
        """As `take`, by the socket that is connected."""
        remote, direct = self.remote, self.direct
        if direct is None:
            return
        try:
            data = direct(_MOST)
        except OSError:
            return
        if remote.trusted is None or not self._count(data, now):
            self._take(data, remote.named, now)

    def _count(self, data: bytes, now: int) -> bool:
        """Take what nobody wants but to count it, as almost all is: sound of the source that is heard already."""
        reception = self.reception
        if reception is None or self.ear or self.relay or not HEADER <= len(data) <= LONGEST:
            return False
        first, kind, sequence, timestamp, ssrc = read_head(data)
        if first != VERSION or kind not in self._plain or ssrc != reception.ssrc:
            return False
        self.heard_at = self._wheel.slot
        reception.sounded(sequence, timestamp, now)
        return True

    def _take(self, data: bytes, source: tuple[str, int], now: int) -> None:
        packet = read(data)
        if packet is None:
            self._other(data, source[0])
            return
        if not self.remote.believes(source[:2], packet.ssrc, packet.sequence):
            self.strangers += 1
            return
        reception = self.reception
        if reception is None or reception.ssrc != packet.ssrc:
            reception = self._new_source(packet)
        self.heard_at = self._wheel.slot
        if self._line != "heard":
            self._line = "heard"
            self._tell(Heard(address=source[0], port=source[1]))
        if self.remote.trusted != source:
            self._trust(source)
        if reception.heard(packet.sequence):
            self._sort(packet, reception, now)

    def _trust(self, source: tuple[str, int]) -> None:
        self.remote.trusted = source
        if self.settled and source[:2] == self.remote.named:
            self.settled()

    def _new_source(self, packet: Packet) -> Reception:
        if self.reception:
            # A far end that changes its source with every packet must not fill our memory.
            self._ended = [*self._ended[-15:], self.reception]
        self.reception = Reception(packet.ssrc, packet.sequence)
        self._digits = DigitsIn()
        return self.reception

    def _sort(self, packet: Packet, reception: Reception, now: int) -> None:
        if not self._hears:
            return
        kind = packet.payload_type
        if kind == self._dtmf:
            self._hear_event(packet, now)
        elif law := self._laws.get(kind):
            reception.timed(packet.timestamp, now)
            if self.ear:
                self.ear(packet.payload, law, packet.timestamp, now)
            if self.relay:
                self.relay.relay(packet, law, now)
        elif kind in self._noise:
            if self.relay:
                self.relay.relay_noise(packet, now)
        else:
            self.unknown += 1

    def _hear_event(self, packet: Packet, now: int) -> None:
        event = read_event(packet.payload)
        if event is None:
            self.malformed += 1
            return
        if self.relay:
            self.relay.relay_event(packet, now)
        if digit := self._digits.heard(event, packet.timestamp):
            self._tell(Digit(digit=digit))

    @property
    def quiet_s(self) -> float:
        """Seconds since the last packet that was believed, or since new terms."""
        return (self._wheel.slot - self.heard_at) * SLOT_MS / 1_000

    @property
    def still_s(self) -> float:
        """Seconds without a sign of life. Who is silent and suppresses that still reports."""
        return (self._wheel.slot - max(self.heard_at, self.reported_at)) * SLOT_MS / 1_000

    def falls_silent(self, after_s: float) -> bool:
        """True once, when there was no sign of life for so long though they may send."""
        if self._line == "silent" or not self._awaits or self.still_s < after_s:
            return False
        self._line = "silent"
        # The next packet has to be told of.
        self.remote.trusted = None
        return True
