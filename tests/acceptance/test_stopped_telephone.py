"""A voice process that is there and does nothing: stopped by a signal, or held up for long."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.client import code
from tests.acceptance.processes import until
from tests.acceptance.stage import Server
from tests.acceptance.telephones import VOICE, network_of, staged, trunk, voice_pid, voice_table

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def look(server: Server, true: Callable[[dict[str, Any]], bool], what: str) -> None:
    async def looked() -> bool:
        return true((await server.health())["connectors"])

    await until(looked, what)


async def test_it_is_noticed_and_calls_go_on(tmp_path: Path) -> None:
    async with staged(tmp_path, "") as stage, network_of() as network:
        server, client = await stage.serve(trunk(network), tables=voice_table(), flow=VOICE)
        await server.bound()
        assert (await server.health())["connectors"] == {"up": 1, "down": 0}
        pid = voice_pid(server)
        os.kill(pid, signal.SIGSTOP)
        try:
            await look(server, lambda told: told == {"up": 0, "down": 1}, "the silence is noticed")
            told = (await server.connectors())["trunk-a"]
            assert (told["up"], told["condition"]["why"]) == (False, "the voice process does not answer")
            # What is asked for meanwhile is accepted, and waits.
            message = await client.send_one("48600100200", voice={"text": "One.", "language": "en"})
            assert network.tally.counts.invited == 0
        finally:
            os.kill(pid, signal.SIGCONT)
        await look(server, lambda told: told == {"up": 1, "down": 0}, "it is back")
        assert code(await client.report(message)) == ("VOICE", 5, 5000)
        assert (network.tally.counts.invited, voice_pid(server)) == (1, pid)
