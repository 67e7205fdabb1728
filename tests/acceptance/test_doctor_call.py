"""`omnibound doctor --call` against telephones that are not ours, and beside a server that runs."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.carriers import toml_table
from tests.acceptance.client import code
from tests.acceptance.peers import baresip, sipp
from tests.acceptance.processes import Ran, free_port, run
from tests.acceptance.telephones import VOICE, network_of, staged, trunk, voice_pid, voice_table

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NUMBER = "48600100200"
TALKS_S = 60


async def doctor(folder: Path, connector: str, *words: str) -> Ran:
    voice: dict[str, Any] = {"bind": f"127.0.0.1:{free_port()}", "rtp_ports": [40_000, 40_999]}
    config = folder / "doctor.toml"
    config.write_text(f"{connector}\n{toml_table('voice', voice).replace('[[voice]]', '[voice]')}")
    return await run("doctor", "--config", str(config), "--data", str(folder), "--call", NUMBER, *words)


@pytest.mark.time_limit(TALKS_S)
async def test_baresip_hears_us_and_reports(tmp_path: Path) -> None:
    async with baresip(tmp_path, [NUMBER]) as callee:
        ran = await doctor(tmp_path, callee.trunk(), "--json")
    told = ran.json()
    assert (ran.status, told["well"]) == (0, True), ran.out
    totals = told["call"]["totals"]
    assert totals["their_reports"] >= 1
    assert (totals["their_lost"], totals["round_trip_ms"] < 1_000, totals["received"] > 300) == (0, True, True)


@pytest.mark.time_limit(TALKS_S)
async def test_sipp_says_nothing_and_that_is_told(tmp_path: Path) -> None:
    async with sipp(tmp_path, "answers") as callee:
        ran = await doctor(tmp_path, callee.trunk())
    assert ran.status == 1
    assert "FAIL one-way audio: nothing was heard of them at 127.0.0.1:40" in ran.out


@pytest.mark.time_limit(TALKS_S)
async def test_server_that_runs_goes_on(tmp_path: Path) -> None:
    async with staged(tmp_path, "") as stage, network_of(sound="echo") as network:
        server, client = await stage.serve(trunk(network), tables=voice_table(), flow=VOICE)
        pid = voice_pid(server)
        ran = await run(
            "doctor", "--config", str(server.config), "--data", str(server.folder), "--call", NUMBER
        )  # fmt: skip
        assert ran.status == 0, ran.out
        assert "look SIP at 127.0.0.1:" in ran.out
        assert code(await client.report(await client.send_one("48600100201", voice={"text": "One."}))) == (
            "VOICE", 5, 5000,
        )  # fmt: skip
        assert (voice_pid(server), (await server.health())["connectors"]) == (pid, {"up": 1, "down": 0})
