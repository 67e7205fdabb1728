"""A real voice process over its real socket, with the simulated network as its carrier."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from omnibound.domain.action import Deed
from omnibound.simulators.sip import ANSWERED, SipNetwork, SipSettings
from omnibound.voice import line as line_module
from omnibound.voice.line import Line
from omnibound.voice.media import Clip
from omnibound.voice.process.script import KEY_WAIT_S
from omnibound.wire.sip import TrunkSettings
from omnibound.wire.telephone import Answered, Cell, Choice, Chosen, Dial, Ended, Event, Refused, Ringing, Trunk
from tests.acceptance.processes import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NUMBER = "48600100200"


class Heard:
    """An ear that keeps what it hears, and acknowledges if it is to."""

    def __init__(self, line: Line, acks: bool = True) -> None:
        self.told: list[Event | Refused] = []
        self._line = line
        self._acks = acks
        self._news = asyncio.Event()
        line.attach("t", self)

    def heard(self, told: Event | Refused) -> None:
        self.told.append(told)
        if self._acks and not isinstance(told, Refused):
            self._line.ack([told.number])
        self._news.set()

    def roomed(self) -> None:
        self._news.set()

    async def true(self, wanted: Callable[[list[Event | Refused]], bool]) -> None:
        """Wait until that is true of what was told."""
        async with asyncio.timeout(20):
            while not (self.told and wanted(self.told)):
                self._news.clear()
                await self._news.wait()

    async def until(self, *kinds: type) -> None:
        """Wait until exactly these were told."""
        async with asyncio.timeout(20):
            while [type(each) for each in self.told] != list(kinds):
                self._news.clear()
                await self._news.wait()

    async def room(self) -> None:
        await self.seen(lambda trunk: trunk.free > 0)

    async def seen(self, true: Callable[[Trunk], bool]) -> None:
        """Wait until the trunk is so."""
        async with asyncio.timeout(20):
            while not true(self._line.trunk("t")):
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def network() -> AsyncIterator[SipNetwork]:
    async with SipNetwork(SipSettings(ring_s=0.05)) as made:
        yield made


def cell_of(network: SipNetwork, lines: int = 5) -> Cell:
    trunk = TrunkSettings(name="t", host="127.0.0.1", port=network.port, lines=lines, rate=50, options_s=0)
    return Cell(
        host="127.0.0.1", port=free_port(), public_address="", rtp=(34_000, 35_999), silence_s=0, trunks=(trunk,)
    )


@asynccontextmanager
async def lined(folder: Path, cell: Cell, acks: bool = True) -> AsyncIterator[tuple[Line, Heard]]:
    line = Line(folder, cell)
    ear = Heard(line, acks)
    await line.start()
    try:
        yield line, ear
    finally:
        await line.stop()


def a_call(folder: Path, call: str = "7-1", number: str = NUMBER, seconds: float = 0.1) -> Dial:
    path = folder / f"{seconds}.clip"
    Clip.of(np.zeros(int(seconds * 8_000), np.int16)).save(path)
    return Dial(call=call, trunk="t", number=number, clip=str(path))


async def test_call_from_dial_to_end(tmp_path: Path, network: SipNetwork) -> None:
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        line.dial(a_call(tmp_path))
        await ear.until(Ringing, Answered, Ended)
        ended = ear.told[-1]
        assert isinstance(ended, Ended)
        assert (ended.call, ended.why, ended.who, ended.said, ended.answered) == ("7-1", "hung_up", "us", True, True)
        assert ended.talked_ms >= 500
        assert ended.rtp["sent"]


async def test_same_call_is_made_once(tmp_path: Path, network: SipNetwork) -> None:
    async with lined(tmp_path, cell_of(network), acks=False) as (line, ear):
        call = a_call(tmp_path)
        line.dial(call)
        line.dial(call)
        await ear.until(Ringing, Answered, Ended)
        # Not after its end either, as long as that was not acknowledged.
        line.dial(call)
        line.dial(a_call(tmp_path, "8-1", "1"))
        await ear.until(Ringing, Answered, Ended, Refused)
        assert network.tally.counts.invited == 1
        for event in ear.told[:3]:
            assert not isinstance(event, Refused)
            line.ack([event.number])


@pytest.mark.parametrize(
    ("number", "kind"), [("1", "no_number"), ("881600100200", "barred")], ids=["no number", "costly"]
)
async def test_what_cannot_be_called(tmp_path: Path, network: SipNetwork, number: str, kind: str) -> None:
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        line.dial(a_call(tmp_path, number=number))
        await ear.until(Refused)
        (refused,) = ear.told
        assert isinstance(refused, Refused)
        assert (refused.call, refused.kind) == ("7-1", kind)


async def test_lines_are_kept_to(tmp_path: Path, network: SipNetwork) -> None:
    async with lined(tmp_path, cell_of(network, lines=1)) as (line, ear):
        await ear.room()
        line.dial(a_call(tmp_path, "1-1", seconds=1))
        assert line.trunk("t").free == 0
        line.dial(a_call(tmp_path, "2-1"))
        await ear.until(Refused, Ringing, Answered, Ended)
        refused = ear.told[0]
        assert isinstance(refused, Refused)
        assert (refused.call, refused.kind) == ("2-1", "busy")
        await ear.room()


async def test_told_again_until_acknowledged(tmp_path: Path, network: SipNetwork) -> None:
    cell = cell_of(network)
    async with lined(tmp_path, cell, acks=False) as (line, ear):
        line.dial(a_call(tmp_path))
        await ear.until(Ringing, Answered, Ended)
        pid = line.pid
    async with lined(tmp_path, cell) as (line, again):
        await again.until(Ringing, Answered, Ended)
        assert again.told == ear.told
        assert line.pid == pid


async def test_dead_process_has_a_successor(tmp_path: Path, network: SipNetwork) -> None:
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        line.dial(a_call(tmp_path, seconds=20))
        await ear.until(Ringing, Answered)
        await network.tally.until({"acknowledged": 1})
        os.kill(line.pid, signal.SIGKILL)
        await ear.until(Ringing, Answered, Ended)
        ended = ear.told[-1]
        assert isinstance(ended, Ended)
        assert (ended.call, ended.trunk, ended.why, ended.answered) == ("7-1", "t", "lost", True)
        await network.tally.until({"ended": 1})


MORE = 0.2
"""Seconds of the second clip."""


def with_keys(folder: Path, *choices: Choice, seconds: float = 20) -> Dial:
    """A call that plays for long, and another clip where a choice has one."""
    more = a_call(folder, seconds=MORE).clip
    chosen = tuple([replace(choice, clip=more if choice.clip else "") for choice in choices])
    return replace(a_call(folder, seconds=seconds), choices=chosen)


async def chosen_and_ended(ear: Heard) -> tuple[list[tuple[str, Deed, int, str]], Ended]:
    """What was chosen in the call, and its end."""
    await ear.true(lambda told: isinstance(told[-1], Ended))
    ended = ear.told[-1]
    assert isinstance(ended, Ended)
    chosen = [each for each in ear.told if isinstance(each, Chosen)]
    return [(each.on, each.do, each.turn, each.digits) for each in chosen], ended


@pytest.mark.parametrize(
    ("keys", "chosen", "end"),
    [
        ("5", [], ("us", "5", False, False)),
        ("9", [("9", Deed.OPT_OUT, 1, "9")], ("us", "9", False, True)),
        ("79", [("9", Deed.OPT_OUT, 1, "79")], ("us", "79", False, True)),
        ("334", [("3", Deed.HTTP, 1, "3"), ("3", Deed.HTTP, 2, "33")], ("us", "334", True, False)),
        ("29", [("9", Deed.OPT_OUT, 2, "29")], ("us", "29", False, True)),
        ("15", [], ("us", "15", True, False)),
    ],
    ids=[
        "hung up",
        "never again",
        "a key for nothing",
        "asked twice",
        "from the beginning",
        "after another clip",
    ],
)
async def test_keys(
    tmp_path: Path, network: SipNetwork, keys: str, chosen: list[Any], end: tuple[str, str, bool, bool]
) -> None:
    pressed = tuple([(0.3 + 0.25 * place, key) for place, key in enumerate(keys)])
    network.fates[NUMBER] = replace(ANSWERED, keys=pressed)
    dial = with_keys(
        tmp_path, Choice(on="1", do=Deed.PLAY, clip="more"), Choice(on="2", do=Deed.REPEAT),
        Choice(on="3", do=Deed.HTTP), Choice(on="4", do=Deed.HANG_UP, clip="more"), Choice(on="5", do=Deed.HANG_UP),
        Choice(on="9", do=Deed.OPT_OUT),
    )  # fmt: skip
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        line.dial(dial)
        told, ended = await chosen_and_ended(ear)
        assert (told, (ended.who, ended.digits, ended.said, ended.opted_out)) == (chosen, end)
        assert ended.talked_ms < 5_000


async def test_a_key_is_waited_for_when_all_is_said(tmp_path: Path, network: SipNetwork) -> None:
    dial = with_keys(tmp_path, Choice(on="1", do=Deed.REPEAT), Choice(on="end", do=Deed.HTTP), seconds=0.1)
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        line.dial(dial)
        told, ended = await chosen_and_ended(ear)
        assert (told, ended.said) == ([("end", Deed.HTTP, 1, "")], True)
        assert ended.talked_ms >= KEY_WAIT_S * 1_000


async def test_choices_outlive_server_and_process(tmp_path: Path, network: SipNetwork) -> None:
    network.fates[NUMBER] = replace(ANSWERED, keys=((0.3, "3"),))
    async with lined(tmp_path, cell_of(network), acks=False) as (line, ear):
        line.dial(with_keys(tmp_path, Choice(on="3", do=Deed.HTTP)))
        await ear.true(lambda told: isinstance(told[-1], Chosen))
        (chosen,) = [each for each in ear.told if isinstance(each, Chosen)]
        os.kill(line.pid, signal.SIGKILL)
        await ear.true(lambda told: isinstance(told[-1], Ended))
    async with lined(tmp_path, cell_of(network)) as (line, again):
        await again.until(Chosen, Ended)
        assert again.told[0] == chosen


async def test_stopped_process_is_noticed_and_goes_on(
    tmp_path: Path, network: SipNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "PULSE_S", 0.2)
    async with lined(tmp_path, cell_of(network)) as (line, ear):
        await ear.room()
        line.dial(a_call(tmp_path, seconds=4))
        await ear.until(Ringing, Answered)
        os.kill(line.pid, signal.SIGSTOP)
        try:
            await ear.seen(lambda trunk: not trunk.up)
            assert line.trunk("t") == Trunk(up=False, why="the voice process does not answer", in_use=1)
        finally:
            os.kill(line.pid, signal.SIGCONT)
        await ear.seen(lambda trunk: trunk.up and trunk.free > 0)
        # The call goes on from where time is by then, and ends as any.
        await ear.until(Ringing, Answered, Ended)
        ended = ear.told[-1]
        assert isinstance(ended, Ended)
        assert (ended.why, ended.said) == ("hung_up", True)
        line.dial(a_call(tmp_path, "8-1"))
        await ear.until(Ringing, Answered, Ended, Ringing, Answered, Ended)


async def test_other_settings_wait_for_the_last_call(tmp_path: Path, network: SipNetwork) -> None:
    cell = cell_of(network)
    async with lined(tmp_path, cell) as (line, ear):
        line.dial(a_call(tmp_path, seconds=2))
        await ear.until(Ringing, Answered)
        pid = line.pid
    async with lined(tmp_path, replace(cell, silence_s=30)) as (line, later):
        await later.until(Ended)
        await later.room()
        assert line.pid not in (0, pid)
