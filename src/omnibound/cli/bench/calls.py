"""The call benchmark: a voice process sets up calls and plays, SIPp answers them, telephones count what arrives."""

import asyncio
import json
import time
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from omnibound.cli.bench.callee import RING_S, callee
from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.floor import kernel_share
from omnibound.cli.bench.media import last_words, likeness, start
from omnibound.cli.bench.procs import free_port, usage
from omnibound.domain.errors import NotFound
from omnibound.voice.line import Line
from omnibound.wire.sip import TrunkSettings
from omnibound.wire.telephone import Answered, Cell, Dial, Ended, Event, Refused

_TRUNK: Final = "bench"
_LAG_S: Final = 30.0
"""What the last calls may take longer than they have to."""


class Load(NamedTuple):
    """So many calls, begun at this rate (a second), that hear a clip of so many seconds each."""

    name: str
    calls: int
    rate: float
    seconds: float

    @property
    def at_once(self) -> int:
        """How many calls there are at the most, and some more."""
        return min(self.calls, round(self.rate * (self.seconds + 2 * RING_S + 2)))


SETUPS = ("set-ups", 400, 0.1)
PLAYBACKS = ("playbacks", 100, 9.5)
"""A thousand at once, with what is before and after the clip."""


class Ear:
    """Hears of all calls. `begun`: calls and when they were wished for; `waits`: seconds from then to the answer."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.begun: dict[str, tuple[Dial, int]] = {}
        self.waits: list[float] = []
        self.ended: list[Ended] = []
        self._refused: list[Dial] = []
        self.news = asyncio.Event()

    def heard(self, told: Event | Refused) -> None:
        """See telephone.Ear."""
        if isinstance(told, Refused):
            # A server has it wait for room as well; its time goes on.
            self._refused.append(self.begun[told.call][0])
        else:
            self._line.ack([told.number])
        if isinstance(told, Answered):
            self.waits.append((told.at - self.begun[told.call][1]) / 1e6)
        elif isinstance(told, Ended):
            self.ended.append(told)
        self.news.set()

    def roomed(self) -> None:
        """See telephone.Ear."""
        self.news.set()

    async def room(self) -> None:
        """Returns when a call may begin: a server keeps it waiting until then, and what was refused goes first."""
        while self._refused or not self._line.trunk(_TRUNK).free:
            if self._refused and self._line.trunk(_TRUNK).free:
                self._line.dial(self._refused.pop())
                continue
            self.news.clear()
            await self.news.wait()

    async def until_over(self, calls: int) -> None:
        """Returns when so many calls are over."""
        while len(self.ended) < calls:
            self.news.clear()
            await self.news.wait()
            await self.room()


async def calls(name: str, rate: float, seconds: float, span_s: float) -> list[Figure]:
    """Calls at a rate, for so long."""
    load = Load(name, max(1, round(rate * span_s)), rate, seconds)
    try:
        with TemporaryDirectory(prefix="omnibound-bench-") as folder:
            return await _measured(load, Path(folder))
    except NotFound as error:
        return [Figure(f"{name}: not measured ({error})", 0, "")]


async def _measured(load: Load, folder: Path) -> list[Figure]:
    # The first of them hear an idle process: what is kept is of the middle.
    phones = await start("telephones", str(load.calls // 2))
    ports: list[int] = json.loads(await phones.stdout.readline()) if phones.stdout else []
    port = free_port()
    async with callee(port, folder, ports), _lined(load, port, folder) as (line, ear):
        before = usage(line.pid)
        took = await _offer(load, line, ear, _clip(load, folder))
        after = usage(line.pid)
    set_up = _set_up(load, ear, took, (after.cpu_us - before.cpu_us) / 1e6)
    return [*set_up, *await _heard(load, ear, phones)]


@asynccontextmanager
async def _lined(load: Load, port: int, folder: Path) -> AsyncGenerator[tuple[Line, Ear]]:
    trunk = TrunkSettings(name=_TRUNK, host="127.0.0.1", port=port, lines=load.calls, rate=10_000, options_s=0)
    rtp = (16_384, 16_384 + 4 * load.at_once)
    cell = Cell(host="127.0.0.1", port=free_port(), public_address="", rtp=rtp, silence_s=0, trunks=(trunk,))
    line = Line(folder, cell, log=("error", "auto"))
    ear = Ear(line)
    line.attach(_TRUNK, ear)
    await line.start()
    try:
        await asyncio.wait_for(ear.room(), _LAG_S)
        yield line, ear
    finally:
        await line.stop()


async def _offer(load: Load, line: Line, ear: Ear, clip: Path) -> float:
    """Begin the calls, each at its time, and wait for the last end. The seconds until the last one was begun."""
    began = time.monotonic()
    for number in range(load.calls):
        await asyncio.sleep(max(0.0, began + number / load.rate - time.monotonic()))
        await ear.room()
        call = Dial(call=f"{number:x}-1", trunk=_TRUNK, number=f"4822{number:07}", clip=str(clip))
        ear.begun[call.call] = call, time.time_ns() // 1_000
        line.dial(call)
    # What was refused for want of room has to begin as well.
    await ear.room()
    took = time.monotonic() - began
    await asyncio.wait_for(ear.until_over(load.calls), load.seconds + _LAG_S)
    return took


def _clip(load: Load, folder: Path) -> Path:
    from omnibound.cli.bench.player import tune

    path = folder / "tune.clip"
    tune(load.seconds).save(path)
    return path


def _set_up(load: Load, ear: Ear, took: float, cpu_s: float) -> list[Figure]:
    waits = [wait - RING_S for wait in ear.waits] or [float("inf")]
    # From the first to the last call; what comes before the full load and after it makes one length of a call.
    load_s = took if load.seconds < 1 else took + load.seconds
    share = 100 * cpu_s / load_s
    figures = [
        Figure(f"{load.name}: calls a second", load.calls / took, "calls/s", f">= {load.rate:,.0f}"),
        Figure(f"{load.name}: calls that were not answered and played to their end", _lost(load, ear), "calls", "0"),
        Figure(f"{load.name}: set-up beyond the callee's ring, p50", percentile(waits, 0.5) * 1_000, "ms"),
        Figure(f"{load.name}: set-up beyond the callee's ring, p99", percentile(waits, 0.99) * 1_000, "ms", "<= 50"),
        Figure(f"{load.name}: CPU of the voice process", share, "% core"),
    ]
    if load.seconds < 1:
        return [*figures, Figure(f"{load.name}: CPU each", 1_000 * cpu_s / load.calls, "ms each")]
    talked_s = load.calls * (load.seconds + RING_S)
    return [
        *figures,
        Figure(f"{load.name}: CPU for 1,000 at once", 100_000 * cpu_s / talked_s, "% core", "<= 70"),
        Figure(f"{load.name}: of that the kernel's, for sending and receiving alone", kernel_share(), "% core"),
    ]


def _lost(load: Load, ear: Ear) -> int:
    return load.calls - sum(ended.answered and ended.said for ended in ear.ended)


async def _heard(load: Load, ear: Ear, phones: Process) -> list[Figure]:
    from omnibound.voice.process.spoken import LEAD_S

    heard = await last_words(phones)
    if load.seconds < 1:
        return []
    due = sum((ended.rtp["sent"] or 0) + (ended.rtp["skipped"] or 0) for ended in ear.ended)
    alike = likeness(heard["sounds"], load.seconds, LEAD_S)
    return [
        Figure(f"{load.name}: frames arrived of those due", 100 * heard["frames"] / due, "%", ">= 99.9"),
        Figure(f"{load.name}: gap p99.9", heard["gap_ms"], "ms", "<= 40"),
        Figure(f"{load.name}: recordings with a correlation above 0.95", alike, "%", "100"),
    ]
