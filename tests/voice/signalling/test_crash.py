"""A telephone that is killed in the middle of its calls, and its successor."""

import asyncio
import sys
from pathlib import Path

import pytest

from omnibound.simulators.sip import SipNetwork, SipSettings
from omnibound.voice.signalling import AgentSettings, End, Ended, Event, FileJournal, UserAgent, read_left
from tests.voice.signalling.far_end import trunk_settings, until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CALLS = 20
TELEPHONE = """
import asyncio, sys
from pathlib import Path
from omnibound.voice.signalling import AgentSettings, FileJournal, Order, TrunkSettings, UserAgent

async def main(port, path):
    seen = {}
    def tell(call, event):
        seen.setdefault(call, []).append(type(event).__name__)
        up = sum(found[-1] == "Answered" for found in seen.values())
        ringing = sum(found == ["Ringing"] for found in seen.values())
        if (up, ringing) == (10, 10):
            print(agent.port, flush=True)
    trunk = TrunkSettings(name="t", host="127.0.0.1", port=port, lines=100, rate=1000, options_s=0)
    agent = UserAgent(AgentSettings(host="127.0.0.1", port=0), [trunk], tell, journal=FileJournal(Path(path)))
    async with agent:
        for number in range(20):
            called = "48221234903" if number % 2 else "48221234567"
            agent.dial("t", Order(call_id=str(number), number=called, media_port=4000))
        await asyncio.Event().wait()

asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""


async def test_successor_hangs_up_everything(tmp_path: Path) -> None:
    path = tmp_path / "dialogs.jsonl"
    async with SipNetwork(SipSettings()) as network:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", TELEPHONE, str(network.port), str(path), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        try:
            port = int(await process.stdout.readline())
        finally:
            process.kill()
            await process.wait()
        assert len(read_left(path)) == CALLS
        told: list[tuple[str, Event]] = []
        written = FileJournal(path)
        # The same port: that is where the answers of the ringing phones go.
        settings = AgentSettings(host="127.0.0.1", port=port)
        async with UserAgent(
            settings, [trunk_settings(network.port)], lambda *one: told.append(one), journal=written
        ) as heir:
            heir.hang_up_left(written.left)
            async with asyncio.timeout(20):
                await network.until(ended=10, cancelled=10)
            await until(lambda: read_left(path) == [])
        written.close()
        assert network.up == 0
    ended = {call: event for call, event in told if isinstance(event, Ended)}
    assert len(ended) == len(told) == CALLS
    assert {event.why for event in ended.values()} == {End.LOST}
    assert sum(event.answered for event in ended.values()) == 10
