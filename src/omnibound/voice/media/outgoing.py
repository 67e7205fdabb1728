"""What goes out of one call's socket: clips, keys, relayed sound, and silence where there is nothing else."""

import secrets
import socket
import struct
from collections.abc import Callable
from typing import Final

from omnibound.voice.media.digits import DigitsOut
from omnibound.voice.media.happenings import Dialled, Played, Tell
from omnibound.voice.media.playing import Play, Playing
from omnibound.voice.media.remote import Remote
from omnibound.voice.media.terms import SLOT_SAMPLES, Terms
from omnibound.voice.media.tones import tones
from omnibound.voice.media.track import nearest
from omnibound.wire.rtp import RATE, Law, Packet, head, transcode, write_noise

_dice, _dice_size = struct.Struct("!IIH").unpack, struct.calcsize("!IIH")
_VERSION: Final = 0x80
_MARKER: Final = 0x80
_TONES: Final = -1
"""The tag of keys that are played as a clip."""
_NOISE_EVERY: Final = 10
_RELAY_LASTS: Final = 40
"""Slots after a relayed packet in which nobody has to be told that the line lives: 200 ms."""
_RELAY_STEP: Final = RATE // 2

Sent = Callable[[bytes, Law, int], None]
"""Gets each piece of sound that goes out, with its place on the engine's clock: for recordings."""


class Outgoing:
    """One direction of a stream. `tick` is called once a packet's time, by the wheel."""

    __slots__ = (
        "_base",
        "_digits",
        "_holds",
        "_idle",
        "_marker",
        "_number",
        "_period",
        "_pressing",
        "_relayed",
        "_sends",
        "_sendto",
        "_sequence",
        "_shift",
        "_silence",
        "_slot",
        "_tell",
        "direct",
        "playing",
        "refused",
        "remote",
        "sent",
        "sent_octets",
        "skipped",
        "ssrc",
        "terms",
        "to_record",
    )

    def __init__(self, sock: socket.socket, terms: Terms, remote: Remote, tell: Tell) -> None:
        self._sendto = sock.sendto
        self.direct: Callable[[bytes], int] | None = None
        """Sends by a socket that is connected to the far end, while there is one."""
        self._tell = tell
        self.playing = Playing(self._over)
        self._digits = DigitsOut()
        self._pressing: list[str] = []
        self._holds = False
        self.remote = remote
        self.ssrc, self._base, self._sequence = _dice(secrets.token_bytes(_dice_size))
        self._marker = _MARKER
        self._slot = self._idle = 0
        # Of what is relayed: the slot of the newest packet, and (SSRC, sequence, timestamp) to add to theirs.
        self._relayed = -_RELAY_LASTS
        self._shift: tuple[int, int, int] | None = None
        self.sent = self.sent_octets = self.refused = self.skipped = 0
        self.to_record: Sent | None = None
        self.agree(terms, 0)

    def agree(self, terms: Terms, slot: int) -> None:
        """From now on by these terms."""
        self.terms = terms
        self._number, self._period, self._sends = terms.number, terms.slots, terms.sends
        self._silence = terms.law.silence * terms.samples
        self._marker, self._slot, self._shift = _MARKER, 0, None
        self.playing.speak(terms.law, terms.samples)
        if terms.dtmf is None and (rest := self._digits.drop()):
            self._pressing = ["".join(self._pressing)]
            self.playing.add(Play(clip=tones(rest), tag=_TONES))
        self._let_play(slot)

    def hold(self, holds: bool, slot: int) -> None:
        """Let what plays stand still, or go on."""
        self._holds = holds
        self._let_play(slot)

    def _let_play(self, slot: int) -> None:
        if self._sends and not self._holds:
            self.playing.go_on(slot)
        else:
            self.playing.hold(slot)

    def press(self, digits: str) -> None:
        """Press keys: as events, or as tones for those who know no events. Raises ValueError for what is no key."""
        if self.terms.dtmf is None:
            self.playing.add(Play(clip=tones(digits), tag=_TONES))
        else:
            self._digits.add(digits)
        self._pressing.append(digits)

    def stop(self) -> None:
        """Play and press nothing any more."""
        self._digits.drop()
        self._pressing.clear()
        self.playing.stop()

    def timestamp(self, slot: int) -> int:
        """The RTP timestamp of a slot."""
        return (slot * SLOT_SAMPLES + self._base) & 0xFFFFFFFF

    def tick(self, slot: int) -> None:
        """Send what is due in a slot."""
        passed, self._slot = slot - self._slot, slot
        if passed != self._period and passed < slot:
            self.skipped += passed // self._period - 1
        # The list is looked at first because asking it costs nothing.
        if self._pressing and self._digits:
            self._press(slot)
        elif (frame := self.playing.frame(slot)) is not None:
            self._send_own(self._number, frame, slot)
            if self.to_record:
                self.to_record(frame, self.terms.law, slot * SLOT_SAMPLES)
        elif slot - self._relayed >= _RELAY_LASTS:
            self._send_idle(slot)

    # -- relayed ---------------------------------------------------------------------------------------------------

    def relay(self, packet: Packet, law: Law, now: int) -> None:
        """Send on what the other leg of a bridge said, at `now` in samples; what we play ourselves goes before it."""
        if not self._sends or self.playing or self._digits:
            return
        octets = transcode(packet.payload, law, self.terms.law)
        timestamp = self._pass_on(packet, self._number, octets, now)
        if self.to_record:
            self.to_record(octets, self.terms.law, nearest(timestamp - self._base, now))

    def relay_event(self, packet: Packet, now: int) -> None:
        """Send on an event. Who knows no events does not get it."""
        if self._sends and self.terms.dtmf is not None and not self._digits:
            self._pass_on(packet, self.terms.dtmf, packet.payload, now)

    def relay_noise(self, packet: Packet, now: int) -> None:
        """Send on comfort noise. Who has not agreed to it gets silence from us instead."""
        if self._sends and self.terms.noise is not None and not self.playing and not self._digits:
            self._pass_on(packet, self.terms.noise, packet.payload, now)

    def _pass_on(self, packet: Packet, kind: int, octets: bytes, now: int) -> int:
        """Under our numbers, but with their gaps and their order, which the far end's jitter buffer has to know."""
        due = now + self._base
        shift = self._shift
        if shift is None or shift[0] != packet.ssrc or self._strays(packet.timestamp + shift[2], due):
            self._shift = shift = packet.ssrc, self._sequence + 1 - packet.sequence, due - packet.timestamp
            self._marker = _MARKER
        sequence, timestamp = (packet.sequence + shift[1]) & 0xFFFF, (packet.timestamp + shift[2]) & 0xFFFFFFFF
        if (sequence - self._sequence) & 0xFFFF < 0x8000:
            self._sequence = sequence
        self._relayed = now // SLOT_SAMPLES
        self._write(kind | _MARKER if packet.marker else kind, sequence, timestamp, octets)
        return timestamp

    @staticmethod
    def _strays(timestamp: int, due: int) -> bool:
        return abs(nearest(timestamp, due) - due) > _RELAY_STEP

    # -- our own ---------------------------------------------------------------------------------------------------

    def _send_own(self, kind: int, payload: bytes, slot: int, marker: int = 0) -> None:
        self._shift = None
        self._sequence = sequence = (self._sequence + 1) & 0xFFFF
        self._write(kind | marker, sequence, (slot * SLOT_SAMPLES + self._base) & 0xFFFFFFFF, payload)

    def _write(self, kind: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """One packet; `kind` with the marker, if it has one of its own."""
        begun, self._marker = self._marker, 0
        octets = head(_VERSION, kind | begun, sequence, timestamp, self.ssrc) + payload
        try:
            if self.direct:
                self.direct(octets)
            else:
                self._sendto(octets, self.remote.address)
        except OSError as error:
            if not self._sends_after(error, octets):
                self.refused += 1
                return
        self.sent += 1
        self.sent_octets += len(payload)

    def _sends_after(self, error: OSError, octets: bytes) -> bool:
        """Send once more where the error was of an earlier packet: it had found no port. Whether it went.

        Otherwise the socket is full or the network is away, and a frame that is late is of no use.
        """
        if not isinstance(error, ConnectionRefusedError):
            return False
        try:
            self._sendto(octets, self.remote.address)
        except OSError:
            return False
        return True

    def _press(self, slot: int) -> None:
        kind = self.terms.dtmf
        for packet in self._digits.due(slot, self.terms.samples):
            if kind is not None:
                marker = _MARKER if packet.marker else 0
                self._send_own(kind, packet.payload, packet.began, marker)
        if not self._digits:
            digits, self._pressing = "".join(self._pressing), []
            self._marker = _MARKER
            self._tell(Dialled(digits=digits))

    def _send_idle(self, slot: int) -> None:
        """Silence whole, for those who never agreed to comfort noise; of that a packet now and then is enough."""
        noise = self.terms.noise
        if noise is None:
            self._send_own(self._number, self._silence, slot)
            return
        self._idle += 1
        if self._idle % _NOISE_EVERY == 1:
            self._send_own(noise, write_noise(), slot)
            self._marker = _MARKER

    def _over(self, play: Play, whole: bool) -> None:
        if play.tag != _TONES:
            self._tell(Played(tag=play.tag, whole=whole))
        elif whole:
            self._tell(Dialled(digits=self._pressing.pop(0)))
