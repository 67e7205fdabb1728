"""The process of a media benchmark that plays: one clip to many calls at once, then its figures as a line of JSON."""

import asyncio
import gc
import json
import resource
import sys
from collections.abc import Callable

import numpy as np
import uvloop

from omnibound.voice.media import Clip, Engine, Happening, Played, Ports, Stream, Terms, Totals
from omnibound.wire.rtp import RATE

FIRST_PORT = 16_384
_AT_ONCE = 4
"""Calls that are set up in one go; a dialer has one at a time."""


def tune(seconds: float) -> Clip:
    """Something that changes all the time, so that no piece of it is like another: every process makes the same."""
    count = round(seconds * 50) * RATE // 50
    steps = np.repeat(np.random.default_rng(1).uniform(200, 2_000, count // 400 + 1), 400)[:count]
    return Clip.of((8_000 * np.sin(2 * np.pi * steps * np.arange(count) / RATE)).astype(np.int16))


async def play(calls: int, seconds: float, ports: list[int]) -> dict[str, float]:
    """Play to these ports of this machine, and tell what it cost: `cpu_s`, frames `skipped`, `refused`, `heard`;
    `lag_ms`.
    """
    clip, ended = tune(seconds), asyncio.Event()
    all_totals: list[Totals] = []

    def over(totals: Totals) -> None:
        all_totals.append(totals)
        if len(all_totals) == calls:
            ended.set()

    async with Engine(Ports(FIRST_PORT, FIRST_PORT + 4 * calls, "127.0.0.1")) as engine:
        gc.collect()
        gc.freeze()
        worst, began = 0.0, _cpu_s()
        for number in range(calls):
            _call(engine, clip, ports[number % len(ports)], over)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0.002)
        while not ended.is_set():
            await asyncio.sleep(0.5)
            worst = max(worst, engine.lag_s)
        return {
            "cpu_s": _cpu_s() - began,
            "skipped": sum(totals.skipped for totals in all_totals),
            "refused": sum(totals.refused for totals in all_totals),
            "heard": sum(totals.received for totals in all_totals),
            "lag_ms": worst * 1_000,
        }


def _call(engine: Engine, clip: Clip, port: int, over: Callable[[Totals], None]) -> None:
    def tell(happening: Happening) -> None:
        if isinstance(happening, Played):
            over(stream.close())

    stream: Stream = engine.open(tell)
    stream.play(clip)
    stream.agree(Terms(address="127.0.0.1", port=port))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Take the order from the first argument."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(json.dumps(uvloop.run(play(**json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
