"""The telephone in bad times: processes killed during many calls, a full disk, uploads that are none.

OMNIBOUND_TEST_CALLS says how many calls are many.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from omnibound.simulators.sip import ANSWERED, MAGIC, SipNetwork
from omnibound.voice.media import Clip
from tests.acceptance.client import Client, code
from tests.acceptance.conftest import Fresh
from tests.acceptance.processes import until
from tests.acceptance.stage import Server, Stage
from tests.acceptance.telephones import (
    VOICE,
    clip_of,
    kill_voice,
    network_of,
    staged,
    trunk,
    voice_pid,
    voice_table,
)
from tests.disks import more_room, small_disk
from tests.peers import needed

CALLS = int(os.environ.get("OMNIBOUND_TEST_CALLS", "100"))
PATIENCE_S = 60 + CALLS
"""How long something may take for all calls together: nothing is decided by it but how soon a test gives up."""

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(180 + 4 * CALLS)]

DEAD_AIR_S = 10.0 + CALLS / 25
"""So long may somebody hear nothing, on a machine with other work: a process has to start, and hang up all of them."""

TEXT = "This is a call from Omnibound."
TEN = "One two three four five six seven eight nine ten. "
LONG = TEN * (2 + CALLS // 50)
ENDLESS = TEN * 60
"""Four minutes: however slowly the calls are set up, the first one is there still when the last one is."""
LEAVES = msgspec.structs.replace(ANSWERED, hang_up_after=0.5)
RINGS_LONG = msgspec.structs.replace(ANSWERED, ring=40)
LOST, TAKEN = (29, 255), (5, 5000)


@pytest.fixture(scope="module")
def engine() -> str:
    """Calls know nothing of the database; one will do."""
    return "sqlite"


@pytest.fixture
async def stage(tmp_path: Path, fresh: Fresh) -> AsyncIterator[Stage]:
    async with staged(tmp_path, await fresh()) as made:
        yield made


def people(first: int, many: int) -> list[str]:
    """Numbers that mean nothing to the simulated network: the last three digits are below 900."""
    return [str(48_600_000_000 + n // 900 * 1000 + n % 900) for n in range(first, first + many)]


async def calling(stage: Stage, network: SipNetwork, **members: Any) -> tuple[Server, Client]:
    """A server with as many lines as there are calls, and a client whose messages are calls."""
    table = trunk(network, **{"lines": 2 * CALLS, "rate": 100, "ring_s": 300, "setup_s": 300, **members})
    # The phones say nothing, however long they are talked to.
    tables = {"voice": {**voice_table()["voice"], "silence_s": 0}, "speech": {"timeout_s": 60}}
    return await stage.serve(table, tables=tables, flow=VOICE)


async def send(client: Client, numbers: list[str], text: str) -> list[str]:
    return [row["messageId"] for row in await client.send(*numbers, voice={"text": text})]


async def campaign(client: Client, numbers: list[str], text: str) -> None:
    """A campaign that calls each number once."""
    body = {"id": "c", "name": "c", "attempts": 1, "speech": {"text": text}}
    calls = {"requests": [{"phone": number} for number in numbers]}
    for path, asked in (("", body), ("/c/start", None), ("/c/requests", calls)):
        answer = await client.ask("POST", f"/api/v1/campaigns{path}", asked)
        assert answer.status < 300, answer


async def ended_as(client: Client, wanted: dict[str, tuple[str, str | None, str | None]]) -> None:
    """Wait until these of the campaign's requests are so: state, call_state_reason, close_reason."""

    async def look() -> bool:
        told = (await client.get("/voice_sms_campaign/c/request"))["data"]
        seen = {each["contact_number"]: each for each in told}
        return wanted == {
            number: (seen[number]["state"], seen[number]["call_state_reason"], seen[number]["close_reason"])
            for number in wanted
        }

    await until(look, "the requests of the campaign are as the table says", PATIENCE_S)


async def answers_are_known(client: Client, ids: list[str], answered: int) -> None:
    """Wait until the server has committed that so many of these were answered."""

    known: set[str] = set()

    async def look() -> bool:
        for id_ in ids:
            if id_ not in known and any(e["reason"] == "answered" for e in (await client.story(id_))["timeline"]):
                known.add(id_)
        return len(known) == answered

    await until(look, "the server knows of the answers", PATIENCE_S)


async def lines_are_free(server: Server) -> None:
    async def look() -> bool:
        return (await server.connectors())["trunk-a"]["condition"]["in_use"] == 0

    await until(look, "no line is taken", PATIENCE_S)


async def reached(network: SipNetwork, **counts: int) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await network.tally.until(counts)
    except TimeoutError:
        pytest.fail(f"the network has {network.tally.counts}, not {counts}")


async def test_voice_process_dies_during_many_calls(stage: Stage) -> None:
    talking, ringing = people(0, CALLS // 2), people(2_000, CALLS // 4)
    listed, listed_ringing = people(4_000, CALLS // 8), people(6_000, CALLS // 8)
    silent = [*ringing, *listed_ringing]
    answered, all_of_them = len(talking) + len(listed), len(talking) + len(listed) + len(silent)
    async with network_of(dict.fromkeys(silent, MAGIC["903"]), ring_s=0.05, sound="nothing", ptime=60) as network:
        server, client = await calling(stage, network)
        ids = await send(client, [*talking, *ringing], ENDLESS)
        await campaign(client, [*listed, *listed_ringing], ENDLESS)
        await reached(network, invited=all_of_them, acknowledged=answered)
        await answers_are_known(client, ids, len(talking))
        first = voice_pid(server)
        kill_voice(server)
        killed = time.monotonic()
        await reached(network, ended=answered, cancelled=len(silent))
        assert time.monotonic() - killed < DEAD_AIR_S
        reports = await client.reports(ids, seconds=PATIENCE_S)
        assert {code(row)[1:] for id_ in ids for row in reports[id_]} == {LOST}
        await lines_are_free(server)
        await ended_as(client, dict.fromkeys(listed_ringing, ("CLOSED", "FAILED", "MAX_CONTACT_TRY")))
        assert code(await client.report(await client.send_one("48601000001", voice={"text": TEXT})))[1:] == TAKEN
        assert network.tally.counts.invited == all_of_them + 1
        assert voice_pid(server) not in (0, first)


async def test_lost_request_of_a_campaign_stays_open(stage: Stage) -> None:
    async with network_of() as network:
        server, client = await calling(stage, network)
        await campaign(client, people(0, 1), ENDLESS)
        await reached(network, acknowledged=1)
        kill_voice(server)
        await reached(network, ended=1)
        await ended_as(client, dict.fromkeys(people(0, 1), ("OPEN", "FAILED", None)))


async def test_server_dies_during_many_calls(stage: Stage) -> None:
    leaving, staying, late = people(0, CALLS // 2), people(2_000, CALLS // 4), people(4_000, CALLS // 4)
    fates = {**dict.fromkeys(leaving, LEAVES), **dict.fromkeys(late, RINGS_LONG)}
    numbers = [*leaving, *staying, *late]
    async with network_of(fates, ring_s=0.05) as network:
        server, client = await calling(stage, network)
        ids = await send(client, numbers, LONG)
        # Not `acknowledged`: who hangs up at once may do so before our ACK has come.
        await reached(network, invited=len(ids), answered=len(leaving) + len(staying))
        process = voice_pid(server)
        await server.kill()
        await reached(network, answered=len(ids), ended=len(leaving))
        await server.start()
        reports = await client.reports(ids, seconds=PATIENCE_S)
        assert {code(row)[1:] for id_ in ids for row in reports[id_]} == {TAKEN}
        assert {len(reports[id_]) for id_ in ids} == {1}
        assert voice_pid(server) == process
        await lines_are_free(server)
        assert sorted(call.number for call in network.tally.calls) == sorted(numbers)
        whole = Clip.load(clip_of(server)).seconds
        assert all(call.seconds > whole for call in network.tally.calls if call.number not in leaving)


# --- files ------------------------------------------------------------------------------------------------------------


async def test_disk_of_spoken_texts_is_full(stage: Stage) -> None:
    async with network_of() as network:
        server = stage.prepare(trunk(network), tables=voice_table())
        with small_disk(server.folder / "speech"):
            client = await server.account("acceptance")
            await server.start()
            await server.bound()
            await client.scenario(VOICE)
            waiting = await client.send_one("48600100200", voice={"text": LONG})

            async def refused() -> bool:
                timeline = (await client.story(waiting))["timeline"]
                return any(event["detail"] == "speech:voice" for event in timeline)

            await until(refused, "the text is not spoken")
            # What fits is said, and nothing is left of what did not.
            assert code(await client.report(await client.send_one("48600100201", voice={"text": TEXT})))[1:] == TAKEN
            assert [path.suffix for path in (server.folder / "speech").iterdir()] == [".clip"]
            more_room(server.folder / "speech")
            assert code(await client.report(waiting, seconds=30))[1:] == TAKEN
            assert {call.number for call in network.tally.calls} == {"48600100200", "48600100201"}
            await server.kill()
            kill_voice(server)


async def test_disk_of_announcements_is_full(stage: Stage) -> None:
    server = stage.prepare()
    with small_disk(server.folder / "announcements"):
        client = await server.account("acceptance")
        await server.start()
        answer = await upload(client, b"RIFF" + bytes(200_000))
        assert (answer.status, "does not take the recording" in answer.body["detail"]) == (503, True), answer
        assert "No space left" in answer.body["detail"]
        assert list((server.folder / "announcements").iterdir()) == []
        assert await client.get("/api/v1/announcements") == {"announcements": []}
        await server.kill()


async def upload(client: Client, data: bytes) -> Any:
    return await client.ask("POST", "/api/v1/announcements", data=data, headers={"Content-Type": "audio/wav"})


async def test_what_is_no_recording_is_refused(stage: Stage, tmp_path: Path) -> None:
    needed("curl", "curl")
    server = stage.prepare()
    client = await server.account("acceptance")
    await server.start()
    before = await server.rows()
    for data in (b"RIFF$\x00\x00\x00WAVEfmt " + bytes(200), b"<html>no sound</html>", b""):
        answer = await upload(client, data)
        assert (answer.status, answer.body["status"]) == (400, 400), answer
        assert answer.body["detail"], answer
    big = tmp_path / "big.wav"
    with big.open("wb") as file:
        file.truncate(100_000_000)
    words = ("-s", "-H", f"Authorization: App {client.key}", "-H", "Content-Type: audio/wav")
    target = ("--data-binary", f"@{big}", "-w", "\n%{http_code}", f"{server.url}/api/v1/announcements")
    process = await asyncio.create_subprocess_exec("curl", *words, *target, stdout=subprocess.PIPE)
    out, _ = await process.communicate()
    told, status = out.decode().rsplit("\n", 1)
    assert (status, "octets are taken" in told) == ("413", True), told
    assert await server.rows() == before
    folder = server.folder / "announcements"
    assert not folder.exists() or list(folder.iterdir()) == []
    server.process.signal(signal.SIGTERM)
    assert await server.process.ended() == 0
