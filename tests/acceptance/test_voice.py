"""Calls as a client sees them: real processes, real SIP and RTP, and phones that can be listened to."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from omnibound.simulators.sip import ANSWERED, SipNetwork, SipSettings
from tests.acceptance.client import Client, code
from tests.acceptance.conftest import Fresh
from tests.acceptance.processes import until
from tests.acceptance.stage import Server, Stage
from tests.acceptance.telephones import (
    VOICE,
    clip_of,
    kill_voice,
    likeness,
    network_of,
    no_voice,
    staged,
    trunk,
    voice_pid,
    voice_table,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TEXT = "This is a call from Omnibound."
LONG = "One two three four five six seven eight nine ten. " * 2
NOBODY = "48600100903"

FATES: dict[str, tuple[int, int]] = {
    "48600100901": (9, 5404),
    "48600100902": (9, 5002),
    NOBODY: (9, 5003),
    "48600100904": (9, 5603),
    "48600100905": (9, 5480),
    "48600100906": (5, 5000),
    "48600100908": (5, 5000),
    "48600100909": (5, 5000),
    "48600100914": (9, 5603),
    "48600100919": (9, 5488),
    "48600100922": (4, 5403),
    "88160010020": (4, 5403),
}
"""Number -> status and error ids of its report: the simulated network's magic numbers, and one that costs too much."""


class House(NamedTuple):
    """A product that calls over one trunk, and pushes."""

    network: SipNetwork
    server: Server
    client: Client


@pytest.fixture(scope="module")
def engine() -> str:
    """Calls know nothing of the database; one will do."""
    return "sqlite"


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with staged(tmp_path_factory.mktemp("voice"), "") as stage, network_of() as network:
        fcm = await stage.fcm()
        flow = [{"from": "app", "channel": "PUSH"}, *VOICE]
        connectors = (fcm.connector(), trunk(network, ring_s=15))
        server, client = await stage.serve(*connectors, tables=voice_table(), flow=flow)
        yield House(network, server, client)


@pytest.fixture
async def network() -> AsyncIterator[SipNetwork]:
    async with network_of() as made:
        yield made


@pytest.fixture
async def stage(tmp_path: Path, fresh: Fresh) -> AsyncIterator[Stage]:
    async with staged(tmp_path, await fresh()) as made:
        yield made


async def calling(stage: Stage, *trunks: str) -> tuple[Server, Client]:
    return await stage.serve(*trunks, tables=voice_table(), flow=VOICE)


async def test_text_is_heard_where_the_push_fails(house: House) -> None:
    voice = {"text": TEXT, "language": "en"}
    message = await house.client.send_one("48600100200", push={"text": TEXT}, voice=voice)
    assert code(await house.client.report(message)) == ("VOICE", 5, 5000)
    (call,) = house.network.tally.calls
    assert (call.number, call.caller, call.status) == ("48600100200", "48221234567", 200)
    assert likeness(call, clip_of(house.server)) > 0.95


async def test_each_fate_is_reported(house: House) -> None:
    ids = {number: await house.client.send_one(number, voice={"text": "Hello"}) for number in FATES}
    reports = await house.client.reports(ids.values(), seconds=30)
    assert {number: code(reports[id_][0])[1:] for number, id_ in ids.items()} == FATES


async def test_what_cannot_be_said_is_not_dialled(house: House) -> None:
    invited = house.network.tally.counts.invited
    message = await house.client.send_one("48600100200", voice={"text": " "})
    assert code(await house.client.report(message)) == ("VOICE", 55, 5004)
    assert house.network.tally.counts.invited == invited


async def test_voice_process_dies_during_calls(stage: Stage, network: SipNetwork) -> None:
    server, client = await calling(stage, trunk(network))
    ids = [await client.send_one(number, voice={"text": LONG}) for number in ("48600100200", NOBODY)]
    await network.tally.until({"invited": 2, "acknowledged": 1})
    await sent(client, ids)
    first = voice_pid(server)
    kill_voice(server)
    reports = await client.reports(ids)
    assert [code(reports[id_][0])[1:] for id_ in ids] == [(29, 255), (29, 255)]
    # Nobody is left on the line, nobody is called again, and the next call is made.
    await network.tally.until({"ended": 1, "cancelled": 1})
    assert network.tally.counts.invited == 2
    assert code(await client.report(await client.send_one("48600100201", voice={"text": TEXT})))[1:] == (5, 5000)
    assert voice_pid(server) not in (0, first)


async def sent(client: Client, ids: list[str]) -> None:
    """Wait until their acceptance is committed."""
    for id_ in ids:

        async def look(id_: str = id_) -> bool:
            return any(event["said"] == "accepted" for event in (await client.story(id_))["timeline"])

        await until(look, "the call is accepted")


async def test_calls_outlive_the_server(stage: Stage, network: SipNetwork) -> None:
    server, client = await calling(stage, trunk(network))
    message = await client.send_one("48600100200", voice={"text": LONG})
    await network.tally.until({"acknowledged": 1})
    process = voice_pid(server)
    await server.kill()
    await server.start()
    assert code(await client.report(message, seconds=30))[1:] == (5, 5000)
    assert voice_pid(server) == process
    (call,) = network.tally.calls
    assert likeness(call, clip_of(server)) > 0.95


async def test_call_that_ends_without_the_server(stage: Stage, network: SipNetwork) -> None:
    network.fates["48600100200"] = msgspec.structs.replace(ANSWERED, hang_up_after=1)
    server, client = await calling(stage, trunk(network))
    message = await client.send_one("48600100200", voice={"text": LONG})
    await network.tally.until({"acknowledged": 1})
    await server.kill()
    await network.tally.until({"ended": 1})
    await server.start()
    assert code(await client.report(message))[1:] == (5, 5000)
    assert network.tally.counts.invited == 1


async def test_stopped_server_leaves_no_process(stage: Stage, network: SipNetwork) -> None:
    server, client = await calling(stage, trunk(network))
    await client.report(await client.send_one("48600100200", voice={"text": TEXT}))
    await server.let_go()
    assert await server.process.stop() == 0
    await no_voice(server)


async def test_trunk_gone_and_back(stage: Stage) -> None:
    async with network_of() as network:
        server, client = await calling(stage, trunk(network))
        port = network.port

    async def is_down() -> bool:
        return not (await server.connectors())["trunk-a"]["up"]

    await until(is_down, "the trunk is missed")
    message = await client.send_one("48600100200", voice={"text": TEXT})
    async with SipNetwork(SipSettings(port=port)):
        assert code(await client.report(message, seconds=20))[1:] == (5, 5000)
