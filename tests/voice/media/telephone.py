"""A telephone for tests: a real UDP socket that records what arrives and says what it is told to."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import numpy as np

from omnibound.voice.media import Clip, Engine, Happening, Ports, Terms
from omnibound.wire.rtp import (
    RATE,
    Event,
    Law,
    Packet,
    Samples,
    code_of,
    decode,
    encode,
    read,
    read_rtcp,
    write,
    write_event,
    write_rtcp,
)
from omnibound.wire.rtp.rtcp import Report

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
PATIENCE_S = 15


def voice(seconds: float, seed: int = 1, rate: int = RATE) -> Samples:
    """Sound that is like no other piece of itself: tones that change every 50 ms."""
    at = np.arange(round(seconds * rate)) / rate
    hertz = np.random.default_rng(seed).uniform(200, 1_000, 2_000)[(at * 20 + 1e-6).astype(np.int64)]
    return (8_000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def likeness(heard: Samples, said: Samples) -> float:
    """The best correlation of `said` with any piece of `heard` that is as long; 0 if there is none."""
    if len(heard) < len(said):
        return 0.0
    size = 1 << (len(heard) + len(said)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    best = int(np.fft.irfft(spectrum, size)[: len(heard) - len(said) + 1].argmax())
    return float(np.corrcoef(heard[best : best + len(said)].astype(float), said.astype(float))[0, 1])


class Telephone:
    """One far end. `packets` and `reports` hold what came, in its order."""

    def __init__(self, law: Law = Law.MU, host: str = LOOPBACK) -> None:
        self.law = law
        self.rtp, self.rtcp = _socket(host), _socket(host)
        self.port: int = self.rtp.getsockname()[1]
        self.rtcp_port: int = self.rtcp.getsockname()[1]
        self.packets: list[Packet] = []
        self.reports: list[Report] = []
        self.ssrc = 77
        self.sequence = 65_530
        self.timestamp = 0xFFFFFF00
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._loop.add_reader(self.rtp, self._receive)
        self._loop.add_reader(self.rtcp, self._receive_control)

    def _receive(self) -> None:
        packet = read(self.rtp.recv(2_048))
        assert packet
        self.packets.append(packet)
        self._changed.set()

    def _receive_control(self) -> None:
        reports = read_rtcp(self.rtcp.recv(2_048))
        assert reports
        self.reports += reports
        self._changed.set()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until what arrives makes it true."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    def close(self) -> None:
        """Hang up."""
        for each in (self.rtp, self.rtcp):
            self._loop.remove_reader(each)
            each.close()

    # -- what it says ----------------------------------------------------------------------------------------------

    def say(self, port: int, samples: Samples, frame: int = 160) -> None:
        """Sound in frames, all at once: what paces them is not the listener's business."""
        for octets in self.frames(samples, frame):
            self.send(port, octets)

    async def talk(self, port: int, samples: Samples, frame: int = 160) -> None:
        """Sound at the pace of speech."""
        begins = self._loop.time()
        for number, octets in enumerate(self.frames(samples, frame), 1):
            self.send(port, octets)
            await asyncio.sleep(begins + number * frame / RATE - self._loop.time())

    def frames(self, samples: Samples, frame: int = 160) -> list[Packet]:
        """Sound as the packets that come next."""
        made: list[Packet] = []
        for at in range(0, len(samples), frame):
            made.append(self.packet(self.law.payload_type, encode(samples[at : at + frame], self.law)))
            self.timestamp = (self.timestamp + frame) & 0xFFFFFFFF
        return made

    def press(self, port: int, digit: str, drop: tuple[int, ...] = ()) -> None:
        """A key for 100 ms, with three ends; `drop` names the packets that are lost on the way."""
        for number in range(7):
            event = Event(code=code_of(digit), end=number >= 4, duration=160 * min(number + 1, 5))
            packet = self.packet(101, write_event(event), marker=number == 0)
            if number not in drop:
                self.send(port, packet)
        self.timestamp = (self.timestamp + 1_600) & 0xFFFFFFFF

    def packet(self, kind: int, payload: bytes, marker: bool = False) -> Packet:
        """The next packet in sequence."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        return Packet(
            payload_type=kind, sequence=self.sequence, timestamp=self.timestamp, ssrc=self.ssrc, payload=payload,
            marker=marker,
        )  # fmt: skip

    def send(self, port: int, packet: Packet) -> None:
        """Send one packet."""
        self.rtp.sendto(write(packet), (LOOPBACK, port))

    def report(self, port: int, *reports: Report) -> None:
        """Send reports to the RTCP port of a stream."""
        self.rtcp.sendto(write_rtcp(*reports), (LOOPBACK, port + 1))

    # -- what it heard ---------------------------------------------------------------------------------------------

    def sound(self) -> Samples:
        """All sound that came, each packet at its timestamp, silence between."""
        laws = {law.payload_type: law for law in Law}
        spoken = [packet for packet in self.packets if packet.payload_type in laws]
        if not spoken:
            return np.zeros(0, np.int16)
        places = [_after(packet.timestamp, spoken[0].timestamp) for packet in spoken]
        heard = np.zeros(max(places) + 600, np.int16)
        for place, packet in zip(places, spoken, strict=True):
            if place >= 0:
                heard[place : place + len(packet.payload)] = decode(packet.payload, laws[packet.payload_type])
        return heard


def _after(timestamp: int, first: int) -> int:
    return (timestamp - first + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def _socket(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    made.bind((host, 0))
    return made


def terms(phone: Telephone, **more: object) -> Terms:
    """What was agreed with a telephone."""
    # Its RTCP port is named: the one above its RTP port may be another telephone's.
    fields: dict[str, object] = {
        "address": LOOPBACK, "port": phone.port, "rtcp_port": phone.rtcp_port, "law": phone.law, **more,
    }  # fmt: skip
    return Terms(**fields)  # pyright: ignore[reportArgumentType]


class Told:
    """What a stream tells, to be waited for."""

    def __init__(self) -> None:
        self.all: list[Happening] = []
        self._changed = asyncio.Event()

    def __call__(self, happening: Happening) -> None:
        self.all.append(happening)
        self._changed.set()

    def of(self, kind: type[T]) -> list[T]:
        """Those of a kind."""
        return [each for each in self.all if isinstance(each, kind)]

    async def until(self, kind: type[T], count: int = 1) -> list[T]:
        """Wait for so many of a kind."""
        async with asyncio.timeout(PATIENCE_S):
            while len(found := self.of(kind)) < count:
                self._changed.clear()
                await self._changed.wait()
        return found


def clip(seconds: float, seed: int = 1) -> Clip:
    """A voice to play."""
    return Clip.of(voice(seconds, seed))


def spare_ports(pairs: int = 8) -> Ports:
    """Ports of the range that nobody else's test run has: begun at a free port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        first = min(probe.getsockname()[1], 65_000 - 4 * pairs)
    return Ports(first, first + 4 * pairs, LOOPBACK)


@asynccontextmanager
async def an_engine(pairs: int = 8) -> AsyncGenerator[Engine]:
    """An engine on loopback."""
    async with Engine(spare_ports(pairs)) as engine:
        yield engine


@asynccontextmanager
async def a_telephone(law: Law = Law.MU) -> AsyncGenerator[Telephone]:
    """A telephone that hangs up."""
    phone = Telephone(law)
    try:
        yield phone
    finally:
        phone.close()
