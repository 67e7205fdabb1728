"""A telephone network in the test itself, so that what was said to its phones can be listened to."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np

from omnibound.simulators.sip import Fate, Kept, SipNetwork, SipSettings
from omnibound.voice.media import Clip
from omnibound.wire.rtp import Law, decode
from tests.acceptance.carriers import toml_table
from tests.acceptance.processes import free_port, until
from tests.acceptance.stage import Server, Stage

VOICE = [{"from": "48221234567", "channel": "VOICE"}]


@asynccontextmanager
async def staged(folder: Path, database: str) -> AsyncIterator[Stage]:
    """A stage whose voice processes end with it."""
    made = Stage(folder, database)
    try:
        yield made
    finally:
        await made.end()
        for server in made.servers:
            kill_voice(server)


@asynccontextmanager
async def network_of(fates: dict[str, Fate] | None = None, **settings: Any) -> AsyncIterator[SipNetwork]:
    """A running network; `fates` by number."""
    async with SipNetwork(SipSettings(**{"sound": "record", "ring_s": 0.1, **settings})) as network:
        network.fates.update(fates or {})
        yield network


def trunk(network: SipNetwork, name: str = "trunk-a", **members: Any) -> str:
    """A connector's table for it."""
    table = {
        "name": name, "kind": "sip", "host": "127.0.0.1", "port": network.port, "lines": 20, "rate": 20,
        "caller_id": "48221111111", "options_s": 0.2, **members,
    }  # fmt: skip
    return toml_table("connectors", table)


def voice_table() -> dict[str, dict[str, Any]]:
    """`[voice]` for one server on this machine."""
    return {"voice": {"bind": f"127.0.0.1:{free_port()}", "rtp_ports": [36_000, 39_999]}}


def voice_pid(server: Server) -> int:
    """The voice process of a server's folder; 0 if none runs."""
    try:
        pid = int((server.folder / "voice-1.lock").read_text())
        os.kill(pid, 0)
    except (OSError, ValueError):
        return 0
    # One that has ended, and whose parent has not looked yet, runs no more.
    return 0 if ") Z " in Path(f"/proc/{pid}/stat").read_text() else pid


async def no_voice(server: Server) -> None:
    """Wait for the voice process to end."""

    async def look() -> bool:
        return voice_pid(server) == 0

    await until(look, "the voice process ends")


def kill_voice(server: Server) -> None:
    """kill -9 of the voice process, if one runs."""
    if pid := voice_pid(server):
        os.kill(pid, signal.SIGKILL)


def clip_of(server: Server) -> Path:
    """The one text that a server has spoken."""
    (clip,) = (server.folder / "speech").rglob("*.clip")
    return clip


def likeness(call: Kept, clip: Path) -> float:
    """The highest normalised correlation of what a phone heard with a clip: 1 is the same."""
    heard = decode(call.sound[Law.MU.payload_type], Law.MU).astype(np.float64)
    said = decode(Clip.load(clip).octets[Law.MU], Law.MU).astype(np.float64)
    size = len(heard) + len(said)
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    return float(products.max() / (np.linalg.norm(heard) * np.linalg.norm(said)))
