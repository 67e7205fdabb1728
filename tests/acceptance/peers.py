"""Telephones that are not ours, as processes: SIPp and baresip. What was said to them can be listened to."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

from tests.acceptance.carriers import toml_table
from tests.peers import free_port, listens, needed

Sound = npt.NDArray[np.float64]
"""Samples, 8,000 a second; how loud 1 is does not matter."""

SCENARIOS = Path(__file__).parent / "sipp"
PCMU = 0
_HEADER = 12


class Callee(NamedTuple):
    """A peer that takes calls on `port` of the loopback (UDP). `heard`: what was said in each call, in their order."""

    port: int
    heard: Callable[[], list[Sound]]

    def trunk(self, **members: Any) -> str:
        """A connector's table for it."""
        table = {
            "name": "trunk-a", "kind": "sip", "host": "127.0.0.1", "port": self.port, "lines": 200, "rate": 200,
            "caller_id": "48221111111", "options_s": 0, "ring_s": 15, **members,
        }  # fmt: skip
        return toml_table("connectors", table)


@asynccontextmanager
async def sipp(folder: Path, scenario: str, **keys: str) -> AsyncIterator[Callee]:
    """SIPp with one of our scenarios, what stands between @ in it replaced; the sound of its calls comes to us.

    `tone` is the port at which those listen who give sound of their own.
    """
    needed("sipp", "sip-tester")
    port = free_port(socket.SOCK_DGRAM)
    ear = Ear()
    path = folder / f"{scenario}.xml"
    text = (SCENARIOS / path.name).read_text()
    for key, value in {"tone": str(ear.port), **keys, "rtp": str(ear.port)}.items():
        text = text.replace(f"@{key}@", value)
    path.write_text(text)
    words = ("-sf", str(path), "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-trace_err", "-skip_rlimit")
    try:
        async with _running("sipp", *words, folder=folder):
            await listens(port, socket.SOCK_DGRAM)
            yield Callee(port, ear.heard)
    finally:
        ear.close()


BARESIP = """\
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
audio_player aubridge,own
audio_source aubridge,own
rtp_ports {rtp}-{rtp_end}
jitter_buffer_delay 0-1
module_path {modules}
module g711.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
snd_path {folder}
"""
"""It hears itself instead of a person, and keeps what comes from the network in files."""

MODULES = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")


@asynccontextmanager
async def baresip(folder: Path, numbers: Iterable[str]) -> AsyncIterator[Callee]:
    """baresip, answering by itself for these numbers, one call after another."""
    needed("baresip", "baresip-core")
    port, rtp = _free_port_thrice(), free_port(socket.SOCK_DGRAM) & ~1
    modules = next((path for path in MODULES if Path(path).is_dir()), MODULES[0])  # noqa: ASYNC240 - before the test
    config = BARESIP.format(port=port, rtp=rtp, rtp_end=rtp + 100, modules=modules, folder=folder)
    (folder / "config").write_text(config)
    (folder / "contacts").touch()
    accounts = [f"<sip:{number}@127.0.0.1:{port}>;regint=0;answermode=auto\n" for number in numbers]
    (folder / "accounts").write_text("".join(accounts))

    def heard() -> list[Sound]:
        return [read_sound(path) for path in sorted(folder.glob("dump-*-dec.wav"))]

    async with _running("baresip", "-f", str(folder), folder=folder):
        await listens(port, socket.SOCK_DGRAM)
        yield Callee(port, heard)


def _free_port_thrice() -> int:
    """One that is free for UDP and TCP, and the next one for TLS: baresip wants them all."""
    while True:
        port = free_port(socket.SOCK_DGRAM)
        with socket.socket() as tcp, socket.socket() as tls, suppress(OSError):
            tcp.bind(("127.0.0.1", port))
            tls.bind(("127.0.0.1", port + 1))
            return port


@asynccontextmanager
async def _running(program: str, *words: str, folder: Path) -> AsyncIterator[None]:
    with (folder / f"{program}.log").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            program, *words, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        sys.stdout.write(f"--- {program} ---\n{(folder / f'{program}.log').read_text(errors='replace')[-4_000:]}\n")


class Ear:
    """A port that keeps the RTP of any number of calls apart, by their sources (RFC 3550, 5.1)."""

    def __init__(self) -> None:
        self._calls: dict[int, dict[int, bytes]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._hear)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def _hear(self) -> None:
        data = self._socket.recv(2048)
        if len(data) > _HEADER and data[1] & 0x7F == PCMU:
            number, source = int.from_bytes(data[2:4], "big"), int.from_bytes(data[8:12], "big")
            self._calls.setdefault(source, {})[number] = data[_HEADER:]

    def heard(self) -> list[Sound]:
        return [_decoded(b"".join(_in_order(packets))) for packets in self._calls.values()]


def _in_order(packets: dict[int, bytes]) -> list[bytes]:
    """Calls are too short for their numbers to begin again more than once."""
    first = next(iter(packets))
    return [packets[number] for number in sorted(packets, key=lambda number: (number - first + 0x8000) & 0xFFFF)]


def _decoded(octets: bytes) -> Sound:
    """By a library that is not ours."""
    samples, _ = soundfile.read(BytesIO(octets), format="RAW", subtype="ULAW", samplerate=8_000, channels=1)
    return np.asarray(samples, np.float64)


def read_sound(path: Path) -> Sound:
    """A WAV file for telephones."""
    samples, rate = soundfile.read(path)
    assert rate == 8_000, rate
    return np.asarray(samples, np.float64)


def likeness(heard: Sound, said: Sound) -> float:
    """The highest normalised correlation, at whatever delay: 1 is the same."""
    size = len(heard) + len(said)
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    strength = float(np.linalg.norm(heard) * np.linalg.norm(said))
    return float(products.max()) / strength if strength else 0.0
