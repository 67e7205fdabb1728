"""Lists of a campaign: how long 10,000 requests take to be accepted, and what they cost the server."""

import time
from statistics import median

import msgspec

from omnibound.cli.bench.client import Connection, answered, connect, request
from omnibound.cli.bench.figures import Figure
from omnibound.cli.bench.procs import Server, server, usage

PEOPLE = 10_000
LISTS = 10
_CAMPAIGN = {"id": "bench", "name": "bench", "speech": {"text": "Hello {{ voice_sms.name }}"}}


async def lists(database: str) -> list[Figure]:
    """One list after another, as a client of Conpeek sends it: each person has a text of its own and custom fields."""
    async with server("", database=database) as served:
        client = await connect(served.url)
        await answered(client, request("POST", "/api/v1/campaigns", served.keys[0], msgspec.json.encode(_CAMPAIGN)))
        await _list(client, served, 0)
        before = usage(served.pid)
        took = [await _list(client, served, number) for number in range(1, LISTS + 1)]
        each = (usage(served.pid).cpu_us - before.cpu_us) / LISTS / PEOPLE
        client.close()
    kind = f"list of {PEOPLE:,} requests"
    return [
        Figure(f"{kind}: answer, median", median(took) * 1000, "ms", "< 1,000"),
        Figure(f"{kind}: answer, slowest of {LISTS}", max(took) * 1000, "ms"),
        Figure(f"{kind}: server CPU", each, "us each"),
    ]


async def _list(client: Connection, served: Server, number: int) -> float:
    people = [
        {
            "contact_number": f"48{number:03}{n:06}",
            "text": "Hello {{ voice_sms.name }}, your case is {{ voice_sms.custom.issue_id }}",
            "custom": {"name": f"Anna {n}", "issue_id": f"XYZ-{n}"},
        }
        for n in range(PEOPLE)
    ]
    body = msgspec.json.encode({"type": "tts", "data": people})
    asked = request("POST", "/voice_sms_campaign/bench/request_list", served.keys[0], body)
    began = time.perf_counter()
    await answered(client, asked)
    return time.perf_counter() - began
