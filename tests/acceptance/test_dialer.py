"""Twenty people, called over SIPp one after another for one agent, whose results come by the API; `serve` is killed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.acceptance.client import Client
from tests.acceptance.peers import sipp
from tests.acceptance.processes import until
from tests.acceptance.stage import Server
from tests.acceptance.telephones import network_of, staged, trunk, voice_pid, voice_table
from tests.acceptance.test_call_outcomes import refusals

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(180)]

AGENT, QUEUE = "A" * 32, "C" * 32
LEAVES, STAYS, BUSY = "3200000", "2200000", "1486000"
WAYS = [LEAVES, STAYS, BUSY, LEAVES, LEAVES] * 4
PEOPLE = {f"p{place:02}": f"486{way}{place:02}" for place, way in enumerate(WAYS)}
SAID = ("Successful", "Refusal", "redial", "Wrong Person")
"""What the agent says, in turns."""

ANSWERED = [name for name in PEOPLE if BUSY not in PEOPLE[name]]


class Office(NamedTuple):
    """A product with callees and an agent's telephone."""

    server: Server
    client: Client

    async def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        answer = await self.client.ask("POST", f"/api/v1/{path}", body)
        assert answer.status == status, answer
        return answer.body

    async def agent(self) -> dict[str, Any]:
        return await self.client.get(f"/api/v1/agents/{AGENT}")

    async def members(self) -> dict[str, dict[str, Any]]:
        told = await self.client.get("/api/v1/campaigns/c/members?limit=100")
        return {member["external"]: member for member in told["members"]}

    async def made(self) -> None:
        await self.post("queues", {"id": QUEUE, "name": "Sales", "wrap_up_s": 30})
        limits = {"busy": 0, "not_reached": 0, "machine": 0, "redial": 1}
        await self.post("result-sets", {"id": "one", "name": "One", "limits": limits})
        agent = {"id": AGENT, "name": "Ann", "address": "201", "trunk": "agents", "queues": [QUEUE]}
        assert (await self.post("agents", agent))["state"] == "off"
        campaign = {
            "id": "c", "name": "C", "queue": QUEUE, "dialer": "default", "mode": "progressive", "results": "one",
            "trunk": "trunk-a", "caller": "48221111111", "lines": 10,
        }  # fmt: skip
        await self.post("campaigns", campaign)
        people = [{"external": name, "phones": [phone]} for name, phone in PEOPLE.items()]
        assert len((await self.post("campaigns/c/members", {"members": people}))["members"]) == len(PEOPLE)
        await self.post("campaigns/c/start", status=200)

    async def works(self, results: dict[str, str], enough: int) -> None:
        """The agent says what came of each call, until so many were said."""
        while len(results) < enough:
            told = await self.agent()
            if told["state"] == "talking" and STAYS in await self.phone_of(told["member"]):
                await self.say(told["member"], results)
                await self.post(f"agents/{AGENT}/hang-up", status=200)
                await self.leaves(told["member"])
            elif told["state"] == "wrap_up":
                await self.say(told["member"], results)
                await self.leaves(told["member"])
            await asyncio.sleep(0.02)

    async def phone_of(self, member: str) -> str:
        return next(each["phones"][0] for each in (await self.members()).values() if each["id"] == member)

    async def say(self, member: str, results: dict[str, str]) -> None:
        result = SAID[len(results) % len(SAID)]
        body = {"result": result, "answers": [{"question": "Who?", "answer": member}]}
        if result == "redial":
            body |= {"at": "2999-01-01T10:00:00Z", "agent": AGENT}
        assert member not in results, "asked once more"
        await self.post(f"campaigns/c/members/{member}/result", body, 200)
        results[member] = result

    async def leaves(self, member: str) -> None:
        async def look() -> bool:
            return (await self.agent())["member"] != member

        await until(look, "the agent is ready again")


@pytest.fixture(scope="module")
def engine() -> str:
    """Calls know nothing of the database; one will do."""
    return "sqlite"


@asynccontextmanager
async def office_of(folder: Path) -> AsyncIterator[Office]:
    async with (
        network_of(sound="echo") as phones,
        sipp(folder, "by_number", **refusals()) as callee,
        staged(folder, "") as stage,
    ):
        tables = {**voice_table(), "law": {"hours": ""}}
        server, client = await stage.serve(callee.trunk(), trunk(phones, "agents"), tables=tables)
        yield Office(server, client)


async def test_twenty_people_and_one_agent(tmp_path: Path) -> None:
    async with office_of(tmp_path) as office:
        await office.made()
        await asyncio.sleep(0.5)
        assert {member["doing"] for member in (await office.members()).values()} == {"waiting"}, "nobody is free"
        await office.post(f"agents/{AGENT}/sign-on", {"ready": True}, 200)
        results: dict[str, str] = {}
        await office.works(results, len(ANSWERED) // 2)
        await killed(office, results)
        await office.works(results, len(ANSWERED))

        async def done() -> bool:
            return Counter(each["progress"] for each in (await office.members()).values())["max_calls"] == 4

        await until(done, "the busy ones are called as well")
        await check(office, results)


async def killed(office: Office, results: dict[str, str]) -> None:
    """kill -9 while the agent talks: the call goes on, and its result can be named afterwards."""

    async def talks() -> bool:
        return (await office.agent())["state"] in ("talking", "wrap_up")

    await until(talks, "the agent talks")
    pid = voice_pid(office.server)
    await office.server.kill()
    assert voice_pid(office.server) == pid
    await office.server.start()
    await office.server.bound()
    assert (await office.agent())["member"] not in results


async def check(office: Office, results: dict[str, str]) -> None:
    people = await office.members()
    told = {
        name: (each["progress"], each["reason"], each["calls"], each["last_phone"]) for name, each in people.items()
    }
    ends = {
        "Successful": ("handled", "success", 1, 1), "Refusal": ("handled", "refusal", 1, 1),
        "redial": ("not_handled", "redial", 1, 1), "Wrong Person": ("handled", "wrong_person", 1, 1),
    }  # fmt: skip
    assert told == {
        name: ends[results[people[name]["id"]]] if name in ANSWERED else ("max_calls", "busy", 1, 1) for name in PEOPLE
    }
    redial = next(each for each in people.values() if each["reason"] == "redial")
    assert (redial["due_at"], redial["agent"]) == ("2999-01-01T10:00:00Z", AGENT)
    calls = (await office.client.get("/api/v1/calls?limit=1000"))["calls"]
    assert Counter(call["request"] for call in calls) == Counter(each["id"] for each in people.values())
    assert {call["agent"] for call in calls if call["reason"] == "answered"} == {AGENT}
    # There is one agent: no call begins before the last one is over.
    times = sorted((at(call["begun_at"]), at(call["ended_at"])) for call in calls)
    assert all(before[1] <= after[0] for before, after in pairwise(times)), times


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


PUSH_THEN_SMS = [{"from": "no-app", "channel": "PUSH"}, {"from": "Shop", "channel": "SMS"}]


async def test_people_are_sent_messages_that_fall_over(tmp_path: Path) -> None:
    """The same people, a scenario instead of calls: nobody has the app, so all get an SMS with their own name."""
    async with staged(tmp_path, "") as stage:
        fcm, smsc = await stage.fcm(), await stage.smsc()
        connectors = (fcm.connector(), smsc.connector())
        server, client = await stage.serve(*connectors, tables={"law": {"hours": "", "caller": False}})
        office = Office(server, client)
        key = await client.scenario(PUSH_THEN_SMS, default=False)
        said = {channel: {"text": "Hello {{ voice_sms.Name }}"} for channel in ("PUSH", "SMS")}
        campaign = {"id": "c", "name": "C", "dialer": "default", "scenario": key, "message": said, "pace": 36_000}
        await office.post("campaigns", campaign)
        people = [
            {"external": str(place), "phones": [f"486001002{place:02}"], "attributes": {"Name": f"N{place}"}}
            for place in range(30)
        ]
        await office.post("campaigns/c/members", {"members": people})
        began = asyncio.get_running_loop().time()
        await office.post("campaigns/c/start", status=200)

        async def handled() -> bool:
            return Counter(each["progress"] for each in (await office.members()).values()) == {"handled": 30}

        await until(handled, "all are reached", 30)
        # Ten at once, and ten each second after that.
        assert asyncio.get_running_loop().time() - began > 1.5
        arrived = [(each["destination"], each["text"]) for each in await smsc.messages(100)]
        assert sorted(arrived) == [(each["phones"][0], f"Hello N{place}") for place, each in enumerate(people)]
