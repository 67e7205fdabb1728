"""Whoever found no room is woken once when there may be some, and nobody else; on the loop that is served with too."""

import asyncio

import pytest
import uvloop

from omnibound.channels.base.waking import Waking

SOON_S = 0.05


@pytest.fixture(params=[None, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> asyncio.Runner:
    return asyncio.Runner(loop_factory=request.param)


class Sleeper:
    def __init__(self) -> None:
        self.now = 1_000_000_000
        self.woken = 0
        self.waking = Waking(lambda: self.now)
        self.waking.begin(self._wake)

    def _wake(self) -> None:
        self.woken += 1


def test_who_waits_is_woken_once_however_much_has_ended(runner: asyncio.Runner) -> None:
    async def run() -> None:
        sleeper = Sleeper()
        sleeper.waking.soon()
        await asyncio.sleep(SOON_S)
        assert sleeper.woken == 0, "nobody waits"
        sleeper.waking.starved = True
        for _ in range(3):
            sleeper.waking.soon()
        assert sleeper.woken == 0, "not within whoever gives room"
        await asyncio.sleep(SOON_S)
        assert (sleeper.woken, sleeper.waking.starved) == (1, False)
        sleeper.waking.at(0)
        await asyncio.sleep(SOON_S)
        assert sleeper.woken == 1

    with runner:
        runner.run(run())


def test_the_earlier_alarm_counts(runner: asyncio.Runner) -> None:
    async def run() -> None:
        sleeper = Sleeper()
        sleeper.waking.starved = True
        sleeper.waking.at(sleeper.now + 60_000_000)
        sleeper.waking.soon()
        await asyncio.sleep(SOON_S)
        assert sleeper.woken == 0, "an alarm is set: what ends meanwhile does not make room for the rate"
        sleeper.waking.at(0)
        sleeper.waking.at(sleeper.now + 60_000_000)
        await asyncio.sleep(SOON_S)
        assert sleeper.woken == 1

    with runner:
        runner.run(run())


def test_nobody_is_woken_after_the_end(runner: asyncio.Runner) -> None:
    async def run() -> None:
        sleeper = Sleeper()
        sleeper.waking.starved = True
        sleeper.waking.at(0)
        sleeper.waking.end()
        sleeper.waking.at(0)
        await asyncio.sleep(SOON_S)
        assert sleeper.woken == 0

    with runner:
        runner.run(run())
