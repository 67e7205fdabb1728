"""Somebody answers and nobody is there: they are called again once the agent is free, who is kept for that call."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import until
from tests.acceptance.test_dialer import AGENT, QUEUE, STAYS, Office, office_of
from tests.acceptance.test_dialer import engine as engine

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(180)]

FIRST, SECOND = f"486{STAYS}01", f"486{STAYS}02"
DIALER = "D" * 32


async def made(office: Office) -> None:
    """One agent, and two people who are called at once though she can take only one."""
    await office.post("queues", {"id": QUEUE, "name": "Sales", "wrap_up_s": 30})
    await office.post("dialers", {"id": DIALER, "name": "Fast", "overdial_percent": 100, "abandon_wait_s": 0.5})
    agent = {"id": AGENT, "name": "Ann", "address": "201", "trunk": "agents", "queues": [QUEUE]}
    await office.post("agents", agent)
    campaign = {
        "id": "c", "name": "C", "queue": QUEUE, "dialer": DIALER, "mode": "predictive", "trunk": "trunk-a",
        "caller": "48221111111", "pause_s": 1,
    }  # fmt: skip
    await office.post("campaigns", campaign)
    people = [{"external": name, "phones": [phone]} for name, phone in (("first", FIRST), ("second", SECOND))]
    await office.post("campaigns/c/members", {"members": people})
    await office.post(f"agents/{AGENT}/sign-on", {"ready": True}, 200)
    await office.post("campaigns/c/start", status=200)


async def is_with(office: Office, external: str) -> str:
    """Wait until the agent talks with this one; their id."""

    async def look() -> str:
        agent, member = await office.agent(), (await office.members())[external]
        return str(member["id"]) if agent["state"] == "talking" and agent["member"] == member["id"] else ""

    return await until(look, f"the agent talks with {external}")


async def test_who_was_abandoned_has_an_agent_of_their_own(tmp_path: Path) -> None:
    async with office_of(tmp_path) as office:
        await made(office)
        await is_with(office, "first")

        async def abandoned() -> bool:
            return (await office.members())["second"]["reason"] == "abandoned"

        await until(abandoned, "nobody was there for the second")
        # The pause is over soon, and one more call may be made while she talks: but nobody could be kept for it.
        await asyncio.sleep(3)
        assert (await office.members())["second"]["calls"] == 1
        await office.post("campaigns/c/members/first/result", {"result": "Successful"}, 200)
        await office.post(f"agents/{AGENT}/hang-up", status=200)
        second = await is_with(office, "second")
        await office.post("campaigns/c/members/second/result", {"result": "Successful"}, 200)
        await office.post(f"agents/{AGENT}/hang-up", status=200)
        calls = await until(lambda: ended(office, second), "both calls of the second are over")
        assert [(call["reason"], call["agent"], call["unserved"]) for call in calls] == [
            ("abandoned", "", True), ("answered", AGENT, False),
        ]  # fmt: skip
        told = (await office.client.get("/api/v1/campaigns/c/abandonment"))["day"]
        assert (told["answered"], told["connected"], told["abandoned"], told["percent"]) == (3, 2, 1, 33.333)


async def ended(office: Office, request: str) -> list[dict[str, Any]]:
    calls = (await office.client.get("/api/v1/calls?limit=100"))["calls"]
    own = [call for call in calls if call["request"] == request]
    return own if len(own) == 2 and len(calls) == 3 else []
