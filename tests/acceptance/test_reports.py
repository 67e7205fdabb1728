"""Reports are handed out once, whoever asks and whatever ends the server meanwhile."""

import asyncio
from collections import Counter
from typing import Any

import aiohttp
import pytest

from tests.acceptance.client import Client, code
from tests.acceptance.processes import until
from tests.acceptance.stage import Server, Stage

pytestmark = pytest.mark.anyio


async def finished(server: Server) -> None:
    async def look() -> bool:
        return (await server.health())["unfinished"] == 0

    await until(look, "all is finished", 20)


def people(many: int) -> list[str]:
    return [str(41_797_000_000 + n // 900 * 1000 + n % 900) for n in range(many)]


async def test_two_pollers_never_share_a_report(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0)
    server, client = await stage.serve(smsc.connector())
    ids = [row["messageId"] for row in await client.send(*people(2_000))]
    found: list[str] = []

    async def poll() -> None:
        while len(found) < len(ids):
            found.extend(row["messageId"] for row in (await client.get("/omni/1/reports?limit=100"))["results"])

    async with asyncio.timeout(20):
        await asyncio.gather(*[poll() for _ in range(8)])
    assert Counter(found) == Counter(ids)
    await finished(server)
    assert await client.take() == []


async def test_filters_take_what_they_ask_for_and_leave_the_rest(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0)
    server, client = await stage.serve(smsc.connector())
    bulk = await client.send(*people(3), bulkId="winter", callbackData="order 7")
    single = await client.send_one("41797100001")
    await finished(server)
    head = await client.ask("HEAD", "/omni/1/reports")
    assert head.status == 200
    assert (await client.get("/omni/1/reports?channel=VIBER"))["results"] == []
    assert (await client.get("/omni/1/reports?bulkId=summer"))["results"] == []
    (row,) = (await client.get(f"/omni/1/reports?messageId={single}"))["results"]
    assert ("bulkId" in row, "callbackData" in row, row["to"]) == (False, False, "41797100001")
    rows = (await client.get("/omni/1/reports?bulkId=winter&limit=2"))["results"]
    rows += (await client.get("/omni/1/reports?channel=SMS"))["results"]
    assert {row["messageId"] for row in rows} == {row["messageId"] for row in bulk}
    assert {(row["bulkId"], row["callbackData"], *code(row)) for row in rows} == {("winter", "order 7", "SMS", 5, 0)}
    assert await client.take() == []


async def test_an_id_of_the_clients_own_is_taken_once(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0)
    server, client = await stage.serve(smsc.connector())
    other = await server.account("other")
    await other.scenario()

    async def send(of: Client, *ids: str) -> list[tuple[str, int]]:
        destinations = [{"messageId": id_, "to": {"phoneNumber": "41797000001"}} for id_ in ids]
        answer = await of.ask("POST", "/omni/1/advanced", {"destinations": destinations, "sms": {"text": "x"}})
        return [(row["messageId"], row["status"]["id"]) for row in answer.body["messages"]]

    assert await send(client, "a", "b", "a") == [("a", 0), ("b", 0), ("a", 23)]
    assert await send(client, "b", "c") == [("b", 23), ("c", 0)]
    assert await send(other, "a") == [("a", 0)]
    told = await asyncio.gather(*[send(client, "d") for _ in range(10)])
    assert sorted(status for ((_, status),) in told) == [0, *[23] * 9]
    reports = await client.reports("abcd")
    assert {id_: [code(row) for row in rows] for id_, rows in reports.items()} == {
        id_: [("SMS", 5, 0)] for id_ in "abcd"
    }
    assert (await client.story("a"))["own_id"] == "a"
    assert (await smsc.counts())["accepted"] == 5


async def test_no_report_is_lost_or_doubled_when_the_server_is_killed_under_a_poller(stage: Stage) -> None:
    """What a killed answer carried was handed out, so it is found again: each report in exactly one hand-out."""
    smsc = await stage.smsc(delay=0)
    server, client = await stage.serve(smsc.connector())
    ids = [row["messageId"] for row in await client.send(*people(3_000))]
    await finished(server)
    got: list[str] = []

    async def poll() -> None:
        try:
            while rows := (await client.get("/omni/1/reports?limit=20"))["results"]:
                got.extend(row["messageId"] for row in rows)
        except (aiohttp.ClientError, OSError, RuntimeError):
            pass

    for most in (500, 1_500):
        pollers = [asyncio.create_task(poll()) for _ in range(4)]

        async def look(most: int = most) -> bool:
            return len(got) >= most

        await until(look, f"{most} reports")
        await server.process.kill()
        await asyncio.gather(*pollers)
        await server.let_go()
        await server.start()
    while rows := await client.take():
        got.extend(row["messageId"] for row in rows)
    assert max(Counter(got).values()) == 1
    handed_out: list[Any] = [row["id"] for row in await client.earlier_reports()]
    assert Counter(handed_out) == Counter(ids)
