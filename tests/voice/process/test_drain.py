"""Draining: no call is begun any more, the last one is waited for, with a server and without."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnibound.simulators.sip import SipNetwork, SipSettings
from omnibound.voice import draining
from omnibound.voice.draining import drain, undrain
from omnibound.wire.telephone import Answered, Draining, Ended, Refused, Ringing
from tests.voice.process.test_process import a_call, cell_of, lined

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def network() -> AsyncIterator[SipNetwork]:
    async with SipNetwork(SipSettings(ring_s=0.05)) as made:
        yield made


async def drained(folder: Path) -> list[int]:
    """How many calls were left, each number once."""
    told: list[int] = []
    async with asyncio.timeout(20):
        async for answer in drain(folder):
            told += [answer.calls] if answer.calls not in told[-1:] else []
    return told


async def test_nothing_runs(tmp_path: Path) -> None:
    assert [answer async for answer in drain(tmp_path)] == []
    assert await undrain(tmp_path) is False


async def test_server_stays_and_makes_no_calls(tmp_path: Path, network: SipNetwork) -> None:
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        line.dial(a_call(tmp_path, "1-1", seconds=1))
        await ear.until(Ringing, Answered)
        pid = line.pid
        async for answer in drain(tmp_path):
            if answer.calls and "2-1" not in {told.call for told in ear.told}:
                line.dial(a_call(tmp_path, "2-1"))
        await ear.until(Ringing, Answered, Refused, Ended)
        refused = ear.told[2]
        assert isinstance(refused, Refused)
        assert (refused.call, refused.kind, network.tally.counts.invited) == ("2-1", "busy", 1)
        trunk = line.trunk("t")
        assert (trunk.up, trunk.free, trunk.why, line.pid) == (
            True, 0, "no new calls are made: the telephone is drained", pid,
        )  # fmt: skip
        assert await undrain(tmp_path) is True
        await ear.room()
        assert (line.trunk("t").why, line.pid) == ("", pid)


async def test_it_waits_until_the_end_is_acknowledged(tmp_path: Path, network: SipNetwork) -> None:
    async with lined(tmp_path, cell_of(network), acks=False) as (line, ear):
        line.dial(a_call(tmp_path))
        await ear.until(Ringing, Answered, Ended)
        answers = drain(tmp_path)
        assert await anext(answers) == Draining(0, 3)
        line.ack([told.number for told in ear.told if not isinstance(told, Refused)])
        assert [answer async for answer in answers][-1] == Draining(0, 0)


async def test_without_a_server_it_ends_with_its_last_call(tmp_path: Path, network: SipNetwork) -> None:
    cell = cell_of(network)
    async with lined(tmp_path, cell, acks=False) as (line, ear):
        line.dial(a_call(tmp_path, seconds=1))
        await ear.until(Ringing, Answered)
    assert (await drained(tmp_path))[0] == 1
    async with asyncio.timeout(5):
        while draining._runs(tmp_path / "voice-1.lock"):  # noqa: ASYNC110 - the kernel's lock tells nobody
            await asyncio.sleep(0.01)
    # What nobody has acknowledged is told by its successor to the next server, which calls again.
    async with lined(tmp_path, cell) as (_, again):
        await again.until(Ended)
        await again.room()


async def test_successor_of_a_dead_process_is_drained_too(tmp_path: Path, network: SipNetwork) -> None:
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        line.dial(a_call(tmp_path, seconds=30))
        await ear.until(Ringing, Answered)
        pid = line.pid
        answers = drain(tmp_path)
        assert await anext(answers) == Draining(1, 0)
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            assert [answer async for answer in answers][-1] == Draining(0, 0)
        await ear.until(Ringing, Answered, Ended)
        assert line.pid not in (0, pid)
        assert line.trunk("t").free == 0


async def test_process_that_hangs(tmp_path: Path, network: SipNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "ANSWER_S", 0.3)
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        await ear.room()
        os.kill(line.pid, signal.SIGSTOP)
        try:
            with pytest.raises(draining.Unavailable, match="does not answer"):
                await drained(tmp_path)
        finally:
            os.kill(line.pid, signal.SIGCONT)


async def test_ladder_over_the_line(tmp_path: Path, network: SipNetwork) -> None:
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        line.dial(a_call(tmp_path))
        await ear.until(Ringing, Answered, Ended)
        one, two = await asyncio.gather(line.ladder("7-1"), line.ladder("7-1"))
        titles = [(rung.out, rung.title.split(" ")[0 if rung.out else 1]) for rung in one]
        assert [title for title in titles if title != (False, "100")][:5] == [
            (True, "INVITE"), (False, "180"), (False, "200"), (True, "ACK"), (True, "BYE"),
        ]  # fmt: skip
        assert (two, await line.ladder("8-1")) == (one, ())
    with pytest.raises(draining.Unavailable):
        await line.ladder("7-1")
