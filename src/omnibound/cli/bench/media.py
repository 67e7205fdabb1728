"""The media benchmark: a process plays to a thousand calls on one core, another counts on the other what arrives."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Any

from omnibound.cli.bench.figures import Figure
from omnibound.cli.bench.floor import FRAMES_A_SECOND, kernel_share

_LINE = 1 << 28
_ALIKE = 0.95
_PRIORITY = -15


async def media(calls: int, seconds: float) -> list[Figure]:
    """So many calls hear the same clip of so many seconds, and talk all the time."""
    phones = await start("telephones")
    ports: list[int] = json.loads(await phones.stdout.readline()) if phones.stdout else []
    player = await start("player", json.dumps({"calls": calls, "seconds": seconds, "ports": ports}))
    played = await last_words(player)
    heard = await last_words(phones)
    due = calls * round(seconds * FRAMES_A_SECOND)
    alike = likeness(heard["sounds"], seconds)
    what = f"{calls:,} calls at once"
    return [
        Figure(f"{what}: frames arrived of those due", 100 * heard["frames"] / due, "%", ">= 99.9"),
        Figure(f"{what}: gap p99.9", heard["gap_ms"], "ms", "<= 40"),
        Figure(f"{what}: calls with a correlation above 0.95", alike, "%", "100"),
        Figure(f"{what}: CPU for 1,000 of them", 100_000 * played["cpu_s"] / seconds / calls, "% core", "<= 70"),
        Figure(f"{what}: of that the kernel's, for sending and receiving alone", kernel_share(), "% core"),
        Figure(f"{what}: frames skipped, for they were late", 100 * played["skipped"] / due, "%"),
        Figure(f"{what}: worst lag", played["lag_ms"], "ms", "<= 40"),
        Figure(f"{what}: frames heard of those said", 100 * played["heard"] / heard["frames"], "%"),
    ]


def likeness(sounds: list[str], seconds: float, lead_s: float = 0) -> float:
    """How many of the calls, in %, heard what was played: a correlation above 0.95 with every frame in its place.

    `lead_s` of silence is before it.
    """
    import numpy as np

    from omnibound.cli.bench.player import tune
    from omnibound.wire.rtp import RATE, Law, decode

    clip = decode(tune(seconds).octets[Law.MU], Law.MU).astype(float)
    lead = round(lead_s * RATE)
    heard = [decode(bytes.fromhex(sound), Law.MU).astype(float)[lead:] for sound in sounds]
    whole = [np.concatenate([one, np.zeros(len(clip))])[: len(clip)] for one in heard]
    alike = [float(np.corrcoef(one, clip)[0, 1]) > _ALIKE for one in whole]
    return 100 * sum(alike) / max(1, len(alike))


async def start(name: str, *words: str) -> Process:
    """Begin a process of a benchmark; each has one thread, so it takes one core at most."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"omnibound.cli.bench.{name}", *words, stdin=PIPE, stdout=PIPE, limit=_LINE
    )
    # What else this machine does is not what is measured; and who runs telephones would do the same.
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _PRIORITY)
    return process


async def last_words(process: Process) -> dict[str, Any]:
    """Close its input; what it tells then."""
    out, _ = await process.communicate(b"")
    if process.returncode:
        raise RuntimeError(f"a process of the benchmark ended with {process.returncode}")
    return json.loads(out)
