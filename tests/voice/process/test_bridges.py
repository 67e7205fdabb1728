"""Bridges of a real voice process, over its real socket: between a SIPp and a baresip, and what a kill leaves."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omnibound.channels.sip.agents import Agents
from omnibound.domain import agent_line
from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.simulators.sip import SipNetwork, SipSettings
from omnibound.voice import line as line_module
from omnibound.voice.draining import drain
from omnibound.voice.line import Line
from omnibound.wire.rtp import read
from omnibound.wire.sip import TrunkSettings
from omnibound.wire.telephone import Answered, Cell, Dial, Ended, Joined, ToNumber, ToQueue
from tests.acceptance.peers import baresip
from tests.voice.media.telephone import Telephone, clip, likeness, voice
from tests.voice.process.joining import port_for_sip
from tests.voice.process.test_process import Heard
from tests.voice.signalling.far_end import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NUMBER = "48600100200"
SALES = ToQueue(queue="sales")
Play = Callable[..., Any]


class Sound(Telephone):
    """The sound of a SIPp: knows where it comes from."""

    port_of_ours = 0

    def _receive(self) -> None:
        data, source = self.rtp.recvfrom(2_048)
        packet = read(data)
        assert packet
        self.port_of_ours = source[1]
        self.packets.append(packet)
        self._changed.set()

    async def hears(self, seconds: float, seed: int) -> None:
        said = voice(seconds, seed)
        with np.errstate(invalid="ignore", divide="ignore"):
            await self.until(lambda: len(self.packets) % 5 == 0 and likeness(self.sound(), said) > 0.9)


class House:
    """A line to a voice process with trunks for callees (t), agents (a) and numbers (n), and what was told."""

    def __init__(self, folder: Path, ports: dict[str, int], cell_port: int) -> None:
        trunks = [
            TrunkSettings(name=name, host="127.0.0.1", port=port, lines=5, rate=50, options_s=0)
            for name, port in ports.items()
        ]
        cell = Cell(
            host="127.0.0.1", port=cell_port, public_address="", rtp=(36_000, 37_999), silence_s=0,
            trunks=tuple(trunks),
        )  # fmt: skip
        self.line = Line(folder, cell)
        self.ear = Heard(self.line)
        self.agents = Agents(self.line, list(ports), lambda: 7)
        self.agents.listen(self)
        self.lines: list[AgentLine] = []
        self.joins: list[agent_line.Joined] = []
        self._folder = folder

    def line_changed(self, line: AgentLine) -> None:
        self.lines.append(line)

    def joined(self, joined: agent_line.Joined) -> None:
        self.joins.append(joined)

    async def does(self, doing: Doing) -> None:
        await until(lambda: self.lines and self.lines[-1].doing is doing)

    async def signed_on(self) -> None:
        self.agents.sign_on("ann", "a", "201")
        self.agents.ready("ann", ["sales"], True)
        await self.does(Doing.FREE)

    def dial(self, join: ToQueue | ToNumber = SALES, call: str = "7-1", **members: Any) -> None:
        farewell = self._folder / "farewell.clip"
        clip(0.6, 12).save(farewell)
        self.line.dial(Dial(call=call, trunk="t", number=NUMBER, clip="", join=join, farewell=str(farewell), **members))

    async def end(self) -> Ended:
        await self.ear.true(lambda told: isinstance(told[-1], Ended))
        ended = self.ear.told[-1]
        assert isinstance(ended, Ended)
        return ended


@asynccontextmanager
async def housed(folder: Path, **ports: int) -> AsyncIterator[House]:
    house = House(folder, ports, port_for_sip())
    await house.line.start()
    try:
        await house.ear.room()
        yield house
    finally:
        await house.line.stop()


@pytest.fixture
async def network() -> AsyncIterator[SipNetwork]:
    async with SipNetwork(SipSettings(ring_s=0.05)) as made:
        yield made


@pytest.fixture
async def phones() -> AsyncIterator[SipNetwork]:
    """Those of agents."""
    async with SipNetwork(SipSettings(ring_s=0.05)) as made:
        yield made


@pytest.fixture
async def sound() -> AsyncIterator[Sound]:
    made = Sound()
    yield made
    made.close()


@pytest.mark.parametrize("join", [SALES, ToNumber(number="201", trunk="a")], ids=["agent", "number"])
async def test_callee_and_the_other_hear_each_other(
    tmp_path: Path, sipp: Play, sound: Sound, join: ToQueue | ToNumber
) -> None:
    """What the callee says comes to the agent's telephone, which says it again: so it comes back as well."""
    folder = tmp_path / "baresip"
    folder.mkdir()
    async with (
        baresip(folder, ["201"]) as agent,
        sipp("talks", rtp=sound.port) as callee,
        housed(tmp_path, t=callee.port, a=agent.port) as house,
    ):
        if join is SALES:
            await house.signed_on()
        house.dial(join)
        await house.ear.true(lambda told: any(isinstance(each, Joined) for each in told))
        (answered,) = [each for each in house.ear.told if isinstance(each, Answered)]
        (joined,) = house.joins
        assert (joined.delivery, joined.attempt, joined.agent) == (7, 1, "ann" if join is SALES else "")
        if join is SALES:
            assert joined.at - answered.at < 200_000
        await sound.until(lambda: sound.port_of_ours)
        await sound.talk(sound.port_of_ours, voice(1.5, 5))
        await sound.hears(1.5, 5)
        if join is SALES:
            house.agents.hang_up("ann")
            await callee.ended()
            ended = await house.end()
            assert (ended.who, ended.agent, ended.unserved) == ("us", "ann", False)
            await house.does(Doing.WRAPPING)
    heard = agent.heard()
    assert max(likeness(np.asarray(each * 30_000, np.int16), voice(1.5, 5)) for each in heard) > 0.9


async def test_farewell_is_heard(tmp_path: Path, sipp: Play, sound: Sound, phones: SipNetwork) -> None:
    async with sipp("talks", rtp=sound.port) as callee, housed(tmp_path, t=callee.port, a=phones.port) as house:
        await house.signed_on()
        house.agents.ready("ann", ["sales"], False)
        await house.does(Doing.WRAPPING)
        house.dial()
        ended = await house.end()
        await callee.ended()
        assert (ended.unserved, ended.said, ended.joined_at) == (True, True, 0)
        assert 2_000 + 600 <= ended.talked_ms < 2_000 + 600 + 2_000
        assert likeness(sound.sound(), voice(0.6, 12)) > 0.9


async def test_process_that_is_killed_while_they_talk(tmp_path: Path, network: SipNetwork, phones: SipNetwork) -> None:
    async with housed(tmp_path, t=network.port, a=phones.port) as house:
        await house.signed_on()
        house.dial()
        await house.does(Doing.TALKING)
        await network.tally.until({"acknowledged": 1})
        os.kill(house.line.pid, signal.SIGKILL)
        ended = await house.end()
        assert (ended.call, ended.why, ended.answered) == ("7-1", "lost", True)
        # Both are hung up, the agent is called again, and has to say that they are ready.
        await network.tally.until({"ended": 1})
        await phones.tally.until({"ended": 1, "answered": 2})
        await house.does(Doing.WRAPPING)
        assert {each.call for each in house.ear.told if not isinstance(each, AgentLine)} == {"7-1"}
        house.agents.ready("ann", ["sales"], True)
        house.dial(call="8-1")
        await house.does(Doing.TALKING)


async def test_lines_outlive_the_server_while_they_talk(
    tmp_path: Path, network: SipNetwork, phones: SipNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "STOP_S", 0.1)
    port = port_for_sip()
    ports = {"t": network.port, "a": phones.port}
    first, second = House(tmp_path, ports, port), House(tmp_path, ports, port)
    await first.line.start()
    await first.signed_on()
    first.dial()
    await first.does(Doing.TALKING)
    pid = first.line.pid
    await first.line.stop()
    await second.line.start()
    # The call goes on, and who talks is known without having been asked.
    await second.does(Doing.TALKING)
    assert (second.line.pid, second.agents.lines()[0].call) == (pid, "7-1")
    second.agents.sign_on("ann", "a", "201")
    second.agents.hang_up("ann")
    assert (await second.end()).agent == "ann"
    await second.does(Doing.WRAPPING)
    assert phones.tally.counts.invited == 1
    # Without calls its lines do not keep it.
    began = asyncio.get_running_loop().time()
    await second.line.stop()
    await phones.tally.until({"ended": 1})
    assert asyncio.get_running_loop().time() - began < line_module.STOP_S + 5


async def test_drained_telephone_lets_its_agents_go(tmp_path: Path, network: SipNetwork, phones: SipNetwork) -> None:
    async with housed(tmp_path, t=network.port, a=phones.port) as house:
        await house.signed_on()
        house.dial()
        await house.does(Doing.TALKING)
        calls: list[int] = []
        async for answer in drain(tmp_path):
            calls.append(answer.calls)
            house.agents.hang_up("ann")
        assert (calls[0], calls[-1]) == (1, 0)
        assert network.tally.counts.invited == 1
