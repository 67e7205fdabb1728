"""The speech benchmark: different texts made into clips as fast as they come, then the same ones asked for again."""

import asyncio
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from omnibound.bootstrap_calls import build_studio
from omnibound.cli.bench.figures import Figure
from omnibound.config import Config

if TYPE_CHECKING:
    from omnibound.voice.speech.studio import Studio

_AT_ONCE = 8
_LINES = (
    "Good morning, order {n} is at your door between {h} and {m} today.",
    "Your appointment {n} begins at {h} o'clock; call us back if {m} is later than you like.",
    "This is a message about invoice {n}: {h} days are left, the sum is {m} euros.",
)


async def speech(count: int) -> list[Figure]:
    """So many different texts of about seven seconds each, by the voice of a server without configuration."""
    texts = [_LINES[n % len(_LINES)].format(n=10_000 + n, h=n % 24, m=n % 60) for n in range(count)]
    with TemporaryDirectory(prefix="omnibound-bench-") as folder:
        studio = build_studio(Config(data=folder))
        try:
            await studio.render("", "The first text waits for the workers to start.")
            began, before = time.perf_counter(), _cpu_s()
            clips = await _render(studio, texts)
            made, cost = time.perf_counter() - began, _cpu_s() - before
            began = time.perf_counter()
            await _render(studio, texts)
            kept = time.perf_counter() - began
        finally:
            await studio.close()
        seconds = sum(map(_seconds, clips)) / count
    return [
        Figure("texts never said before", count / made, "texts/s", ">= 40"),
        Figure("texts never said before: server CPU, without the voice's", cost / count * 1_000, "ms each"),
        Figure("texts never said before: how long they sound", seconds, "s each"),
        Figure("the same texts again", count / kept, "texts/s"),
    ]


async def _render(studio: "Studio", texts: Sequence[str]) -> list[Path]:
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(text: str) -> Path:
        async with at_once:
            return (await studio.render("", text)).path

    return await asyncio.gather(*map(one, texts))


def _seconds(path: Path) -> float:
    from omnibound.voice.media import Clip

    return Clip.load(path).seconds


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
