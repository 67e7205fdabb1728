"""Who calls back hears what the law wants them to hear: from SIPp, over a real voice process."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from omnibound.simulators.sip import SipNetwork, SipSettings
from omnibound.voice.media import Clip
from omnibound.wire.rtp import Law, decode
from tests.acceptance.peers import Ear, likeness
from tests.peers import needed
from tests.voice.process.test_process import cell_of, lined

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SCENARIO = Path(__file__).parent.parent / "sipp" / "calls_back.xml"


async def sipp(folder: Path, port: int, rtp: int, calls: int) -> int:
    """How SIPp's calls to that port went: 0 is well."""
    needed("sipp", "sip-tester")
    scenario = folder / SCENARIO.name
    scenario.write_text(SCENARIO.read_text().replace("@rtp@", str(rtp)))
    process = await asyncio.create_subprocess_exec(
        "sipp", "-sf", str(scenario), "-m", str(calls), "-i", "127.0.0.1", "-nostdin", "-timeout", "20s",
        "-timeout_error", f"127.0.0.1:{port}", cwd=folder, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait()


def message(folder: Path) -> Path:
    path = folder / "returned.clip"
    Clip.of(np.random.default_rng(3).integers(-9_000, 9_000, 8_000).astype(np.int16)).save(path)
    return path


async def test_they_hear_the_message_and_are_hung_up(tmp_path: Path) -> None:
    ear, said = Ear(), message(tmp_path)
    async with SipNetwork(SipSettings()) as network:
        cell = replace(cell_of(network), returned=str(said))
        async with lined(tmp_path, cell) as (_, heard):
            await heard.room()
            assert await sipp(tmp_path, cell.port, ear.port, 3) == 0
            # The server is told nothing: these are no calls of its.
            assert heard.told == []
    sound = decode(Clip.load(said).octets[Law.MU], Law.MU).astype(np.float64)
    assert [likeness(each, sound) > 0.95 for each in ear.heard()] == [True] * 3
    ear.close()


async def test_without_a_message_they_are_refused(tmp_path: Path) -> None:
    async with SipNetwork(SipSettings()) as network:
        cell = cell_of(network)
        async with lined(tmp_path, cell) as (_, heard):
            await heard.room()
            assert await sipp(tmp_path, cell.port, 9, 1) != 0
