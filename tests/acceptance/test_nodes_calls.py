"""Two servers on one PostgreSQL and one trunk: one of them dials; it is killed, the other goes on, it comes back."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from omnibound.simulators.sip import ANSWERED, SipNetwork
from tests.acceptance.client import Client
from tests.acceptance.conftest import Fresh
from tests.acceptance.nodes import Nodes, nodes
from tests.acceptance.processes import until
from tests.acceptance.stage import Stage
from tests.acceptance.telephones import network_of, staged, trunk, voice_table

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.time_limit(300),
    pytest.mark.parametrize("engine", ["postgres"], indirect=True),
]
PHONES = [str(48_601_000_000 + n) for n in range(60)]
LEAVES = msgspec.structs.replace(ANSWERED, hang_up_after=1.0)
LONG_S = 90


@pytest.fixture
async def stage(tmp_path: Path, fresh: Fresh) -> AsyncIterator[Stage]:
    async with staged(tmp_path, await fresh()) as made:
        yield made


async def started(client: Client) -> None:
    """A campaign that says something to all of them, four at a time."""
    for path, body in [
        ("dialers", {"id": "8" * 32, "name": "Dialer", "lines": 4}),
        ("campaigns", {"id": "c", "name": "C", "dialer": "8" * 32, "speech": {"text": "Hello"}, "lines": 4}),
        ("campaigns/c/members", {"members": [{"external": phone, "phones": [phone]} for phone in PHONES]}),
        ("campaigns/c/start", None),
    ]:
        answer = await client.ask("POST", f"/api/v1/{path}", body)
        assert answer.status in (200, 201), answer


async def members(client: Client) -> list[dict[str, Any]]:
    return (await client.get("/api/v1/campaigns/c/members?limit=100"))["members"]


async def holder(cluster: Nodes, among: tuple[int, ...] = (0, 1)) -> int:
    """Which of these has the telephone, once one has."""
    ports = {str(cluster.servers[number].port): number for number in among}

    async def look() -> list[int]:
        told = await cluster.told(among[-1])
        holding = [node["host"].rpartition(":")[2] for node in told if "telephone" in node["holds"]]
        return [ports[port] for port in holding if port in ports]

    (number,) = await until(look, "one of them has the telephone", LONG_S)
    return number


async def reached(network: SipNetwork, calls: int) -> None:
    async def look() -> bool:
        return network.counts.invited >= calls

    await until(look, f"{calls} calls", LONG_S)


async def test_nobody_is_called_twice_whoever_dials(stage: Stage) -> None:
    fates = dict.fromkeys(PHONES, LEAVES)
    async with network_of(fates) as network:
        table = trunk(network, lines=10, rate=10)
        cluster = await nodes(stage, 2, table, tables={"law": {"hours": ""}}, own=voice_table)
        first = await holder(cluster)
        second = 1 - first
        await started(cluster.client(second))
        await reached(network, 10)
        await cluster.servers[first].kill()
        assert await holder(cluster, (second,)) == second
        await reached(network, 30)
        await cluster.servers[first].start()

        async def handled() -> bool:
            told = await members(cluster.client(second))
            return Counter(member["progress"] for member in told)["handled"] == len(PHONES)

        await until(handled, "all are handled", LONG_S)
        assert Counter(call.number for call in network.calls()) == dict.fromkeys(PHONES, 1)
        told = await members(cluster.client(second))
        assert {(member["calls"], member["progress"]) for member in told} == {(1, "handled")}
