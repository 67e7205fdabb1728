"""What is kept of calls, the SIP messages of one, and draining: real processes, real SIP and RTP."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from omnibound.simulators.sip import Fate, SipNetwork
from tests.acceptance.client import Client
from tests.acceptance.conftest import Fresh
from tests.acceptance.processes import Process, run, until
from tests.acceptance.stage import Server, Stage
from tests.acceptance.telephones import VOICE, kill_voice, network_of, no_voice, staged, trunk, voice_table

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(180)]

LONG = "One two three four five six seven eight nine ten. " * 2
NUMBER = "48600100200"
BUSY = "48600100902"
ENDLESS = "One two three four five six seven eight nine ten. " * 12
"""Longer than anybody waits: the callee hangs up when the test says so."""
KEYS = Fate(meaning="presses keys", keys=((0.3, "1"), (0.6, "#")))


@pytest.fixture(scope="module")
def engine() -> str:
    """What differs between the databases is tested with the store."""
    return "sqlite"


@pytest.fixture
async def network() -> AsyncIterator[SipNetwork]:
    async with network_of({NUMBER: KEYS}, sound="echo", username="user", password="secret-word") as made:
        yield made


@pytest.fixture
async def stage(tmp_path: Path, fresh: Fresh) -> AsyncIterator[Stage]:
    async with staged(tmp_path, await fresh()) as made:
        yield made


async def calling(stage: Stage, network: SipNetwork) -> tuple[Server, Client]:
    connector = trunk(network, username="user", password="secret-word")
    return await stage.serve(connector, tables=voice_table(), flow=VOICE)


async def calls(client: Client, count: int, query: str = "") -> list[dict[str, Any]]:
    """When so many are over."""

    async def look() -> list[dict[str, Any]]:
        found = (await client.get(f"/api/v1/calls{query}"))["calls"]
        return found if len(found) >= count else []

    return await until(look, f"{count} calls are over", 30)


def title_of(line: str) -> str:
    """Method or status of a message's first line; empty for any other line."""
    first, *words = line.split(" ")
    if first == "SIP/2.0":
        return words[0]
    return first if words[-1:] == ["SIP/2.0"] else ""


async def test_call_detail_record_and_ladder(stage: Stage, network: SipNetwork, tmp_path: Path) -> None:
    server, client = await calling(stage, network)
    message = await client.send_one(NUMBER, voice={"text": LONG, "language": "en"})
    (call,) = await calls(client, 1)
    assert (call["delivery"], call["attempt"], call["connector"]) == (message, 1, "trunk-a")
    assert (call["number"], call["caller"], call["reason"], call["detail"]) == (
        NUMBER, "48221234567", "answered", "sip:200",
    )  # fmt: skip
    assert (call["who"], call["why"], call["sip"], call["said"], call["digits"]) == ("us", "hung_up", 200, True, "1#")
    assert call["begun_at"] < call["rang_at"] < call["answered_at"] < call["ended_at"]
    assert 2_000 < call["talked_ms"] < 30_000
    rtp = call["rtp"]
    assert rtp["sent"] > 100 < rtp["received"]
    assert (rtp["lost"], rtp["jitter_ms"] < 20) == (0, True)
    assert (await client.story(message))["calls"] == [call]

    file = tmp_path / "calls.csv"
    key = ("--api-key", client.key, "--url", server.url)
    assert (await run("calls", "--csv", str(file), "--since", "2026-01-01", *key)).status == 0
    (line,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert (line["id"], line["digits"], line["talked_ms"], line["sent"]) == (
        call["id"], "1#", str(call["talked_ms"]), str(rtp["sent"]),
    )  # fmt: skip

    refused = await run("calls", "ladder", call["id"], *key)
    assert (refused.status, "operators" in refused.err) == (1, True)
    operator = server.operator()
    ran = await run("calls", "ladder", call["id"], "--api-key", operator.key, "--url", server.url)
    assert ran.status == 0, ran.err
    titles = [title for title in map(title_of, ran.out.splitlines()) if title not in ("", "100")]
    assert titles == [
        "INVITE", "407", "ACK", "INVITE", "180", "200", "ACK", "BYE", "200",
    ]  # fmt: skip
    assert "Proxy-Authorization: Digest ***" in ran.out
    assert [secret for secret in ("secret-word", "response=", "cnonce=") if secret in ran.out] == []
    same = await run("calls", "ladder", message, "--api-key", operator.key, "--url", server.url)
    assert same.out == ran.out
    unknown = await run("calls", "ladder", "f" * 24, "--api-key", operator.key, "--url", server.url)
    assert (unknown.status, "404" in unknown.err) == (1, True)


async def test_ladder_of_a_call_under_way(stage: Stage, network: SipNetwork) -> None:
    server, client = await calling(stage, network)
    message = await client.send_one(NUMBER, voice={"text": ENDLESS})
    await network.tally.until({"acknowledged": 1})
    operator = server.operator()
    words = ("calls", "ladder", message, "--api-key", operator.key, "--url", server.url)
    under_way = await run(*words)
    titles = [title for title in map(title_of, under_way.out.splitlines()) if title not in ("", "100")]
    assert titles == ["INVITE", "407", "ACK", "INVITE", "180", "200", "ACK"]
    id_ = (await operator.get(f"/api/v1/calls/{message}/ladder"))["id"]
    assert (await operator.get(f"/api/v1/calls/{id_}/ladder"))["id"] == id_
    assert (await client.get("/api/v1/calls"))["calls"] == []
    network.hang_up_all()
    (call,) = await calls(client, 1)
    assert call["id"] == id_
    assert (await run(*words)).out.startswith(under_way.out)


async def test_calls_that_nobody_took_and_one_that_is_lost(stage: Stage, network: SipNetwork) -> None:
    server, client = await calling(stage, network)
    await client.send_one(BUSY, voice={"text": "Hello"})
    (busy,) = await calls(client, 1)
    assert (busy["number"], busy["reason"], busy["sip"], busy["who"], busy["answered_at"]) == (
        BUSY, "busy", 486, "callee", None,
    )  # fmt: skip
    network.tally.counts.acknowledged = 0
    await client.send_one(NUMBER, voice={"text": LONG})
    await network.tally.until({"acknowledged": 1})
    kill_voice(server)
    (lost,) = await calls(client, 1, "?reason=lost")
    assert (lost["number"], lost["why"], lost["answered_at"], lost["digits"]) == (NUMBER, "lost", None, "")


async def test_call_that_outlives_the_server_is_kept_once(stage: Stage, network: SipNetwork) -> None:
    server, client = await calling(stage, network)
    await client.send_one(NUMBER, voice={"text": LONG})
    await network.tally.until({"acknowledged": 1})
    await server.kill()
    await server.start()
    (call,) = await calls(client, 1)
    assert (call["number"], call["reason"], call["said"], call["digits"]) == (NUMBER, "answered", True, "1#")
    assert (await server.rows())["calls"] == 1


async def draining(stage: Stage, server: Server, *options: str) -> Process:
    process = Process("drain", stage.folder, ("drain", "--data", str(server.folder), *options))
    await process.start()
    return process


async def test_drain_of_a_running_server(stage: Stage, network: SipNetwork) -> None:
    server, client = await calling(stage, network)
    await client.send_one(NUMBER, voice={"text": ENDLESS})
    await network.tally.until({"acknowledged": 1})
    short = await run("drain", "--data", str(server.folder), "--timeout", "0.5")
    assert (short.status, "calls still under way after 0.5 s: 1" in short.err) == (1, True)
    process = await draining(stage, server)
    await process.said("calls under way: 1")
    invited = network.tally.counts.invited
    waits = await client.send_one("48600100201", voice={"text": "Hello"})
    network.hang_up_all()
    assert await process.ended(30) == 0
    assert "the last call is over" in process.log()
    # It is committed by then, and nobody else is called.
    assert len((await client.get("/api/v1/calls"))["calls"]) == 1
    assert (await server.connectors())["trunk-a"]["condition"]["why"].startswith("no new calls are made")
    assert ((await client.story(waits))["state"]["stage"], network.tally.counts.invited) == ("waiting", invited)
    assert (await run("drain", "--off", "--data", str(server.folder))).out == "calls are made again\n"
    await calls(client, 2)


async def test_drain_after_the_server_was_stopped(stage: Stage, network: SipNetwork) -> None:
    server, client = await calling(stage, network)
    await client.send_one(NUMBER, voice={"text": ENDLESS})
    await network.tally.until({"acknowledged": 1})
    await server.let_go()
    assert await server.process.stop() == 0
    process = await draining(stage, server)
    await process.said("calls under way: 1")
    network.hang_up_all()
    assert await process.ended(30) == 0
    await no_voice(server)
    await network.tally.until({"ended": 1})
    # The next start hears of it, and calls.
    await server.start()
    (call,) = await calls(client, 1)
    assert (call["reason"], call["said"], call["digits"]) == ("hung_up", False, "1#")
    await client.send_one(NUMBER, voice={"text": "Hello"})
    await calls(client, 2)
