"""How a desk tells the ends that its user agent does not see alone, against a far end played by the test."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from omnibound.domain.errors import Busy
from omnibound.voice.media import Clip
from omnibound.voice.process.desk import Desk
from omnibound.voice.signalling import FileJournal
from omnibound.wire import sip
from omnibound.wire.telephone import Answered, Cell, Dial, Ended, Event, LineState, Ringing
from tests.acceptance.processes import free_port
from tests.voice.media.telephone import spare_ports
from tests.voice.signalling.far_end import SDP, FarEnd, trunk_settings, until

pytestmark = pytest.mark.anyio


class Stage:
    """A desk, its one trunk's far end, and what was told."""

    def __init__(self, desk: Desk, far: FarEnd, told: list[Event | LineState], folder: Path) -> None:
        self.desk = desk
        self.far = far
        self.told = told
        self._clip = folder / "a.clip"
        Clip.of(np.zeros(80_000, np.int16)).save(self._clip)

    async def called(self) -> sip.Request:
        self.desk.dial(Dial(call="7-1", trunk="t", number="48600100200", clip=str(self._clip)))
        return await self.far.hear("INVITE")

    async def end(self) -> Ended:
        await until(lambda: self.told and isinstance(self.told[-1], Ended))
        ended = self.told[-1]
        assert isinstance(ended, Ended)
        return ended

    @property
    def kinds(self) -> list[type]:
        return [type(each) for each in self.told]


@asynccontextmanager
async def staged(folder: Path, silence_s: float = 0) -> AsyncIterator[Stage]:
    loop = asyncio.get_running_loop()
    transport, far = await loop.create_datagram_endpoint(FarEnd, ("127.0.0.1", 0))
    first = spare_ports()._free[0]  # pyright: ignore[reportPrivateUsage]
    cell = Cell(
        host="127.0.0.1", port=free_port(), public_address="", rtp=(first, first + 31), silence_s=silence_s,
        trunks=(trunk_settings(far.port),),
    )  # fmt: skip
    told: list[Event | LineState] = []
    journal = FileJournal(folder / "journal")
    desk = Desk(cell, journal, told.append, lambda _: False)
    await desk.start()
    far.source = ("127.0.0.1", cell.port)
    yield Stage(desk, far, told, folder)
    await desk.stop()
    journal.close()
    transport.close()


async def test_nothing_is_heard_of_the_callee(tmp_path: Path) -> None:
    async with staged(tmp_path, silence_s=1) as stage:
        stage.far.answer(await stage.called(), 200, body=SDP)
        await stage.far.hear("ACK")
        bye = await stage.far.hear("BYE")
        stage.far.answer(bye, 200)
        ended = await stage.end()
        assert stage.kinds == [Answered, Ended]
        assert (ended.why, ended.who, ended.answered, ended.said) == ("rtp_timeout", "callee", True, False)
        assert ended.rtp["received"] == 0
        assert ended.talked_ms >= 900


NOWHERE = sip.write_session(sip.Local(address="224.0.0.1", port=7000, formats=sip.offered(("PCMU",))))
NO_CODEC = SDP.replace(b"RTP/AVP 0 101 13", b"RTP/AVP 18")


@pytest.mark.parametrize("body", [NOWHERE, NO_CODEC, b""], ids=["a group", "another codec", "nothing"])
async def test_answer_that_nothing_can_be_said_to(tmp_path: Path, body: bytes) -> None:
    async with staged(tmp_path) as stage:
        stage.far.answer(await stage.called(), 200, body=body)
        await stage.far.hear("ACK")
        stage.far.answer(await stage.far.hear("BYE"), 200)
        ended = await stage.end()
        # The server hears of an answer before it hears of its end, though nothing rang.
        assert stage.kinds == [Answered, Ended]
        assert (ended.why, ended.who, ended.answered, ended.rang) == ("no_media", "trunk", True, False)


async def test_call_that_was_taken_while_it_was_cancelled(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        invite = await stage.called()
        stage.far.answer(invite, 100)
        await stage.far.nothing()
        stage.desk.hang_up("7-1")
        stage.far.answer(await stage.far.hear("CANCEL"), 200)
        stage.far.answer(invite, 200, body=SDP)
        await stage.far.hear("ACK")
        stage.far.answer(await stage.far.hear("BYE"), 200)
        assert (stage.kinds, (await stage.end()).why) == ([Answered, Ended], "crossed")


async def test_call_that_was_asked_for_long_ago_is_not_begun(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        dial = Dial(call="7-1", trunk="t", number="48600100200", clip=str(tmp_path / "a.clip"), until=1)
        with pytest.raises(Busy, match="too long ago"):
            stage.desk.dial(dial)
        await stage.far.nothing()
        stage.desk.dial(replace(dial, until=time.time_ns() // 1_000 + 5_000_000))
        stage.far.answer(await stage.far.hear("INVITE"), 486)
        await stage.far.hear("ACK")


async def test_what_rings_is_told_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        invite = await stage.called()
        stage.far.answer(invite, 180)
        stage.far.answer(invite, 200, body=NO_CODEC)
        await stage.far.hear("ACK")
        stage.far.answer(await stage.far.hear("BYE"), 200)
        await stage.end()
        assert stage.kinds == [Ringing, Ended]
