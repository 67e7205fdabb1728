"""Routes, prices and prepaid accounts over real carriers and servers."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.processes import run, until
from tests.acceptance.stage import Server, Stage

pytestmark = [pytest.mark.anyio, pytest.mark.time_limit(240)]

PRICES = """prefix,mcc,mnc,price,currency,connector
41,228,01,0.05,EUR,
41,,,0.03,EUR,first
41,,,0.01,EUR,second
48,260,02,0.02,EUR,
"""
ROUTES = """
[[routes]]
channel = "SMS"
prefix = "41"
by = "cost"
connectors = ["first", "second"]
[[routes]]
channel = "SMS"
prefix = "48"
connectors = ["first", "second"]
"""


async def command(server: Server, *words: str) -> None:
    ran = await run(*words, "--data", str(server.folder), *server.where)
    assert ran.status == 0, ran.err


async def priced(stage: Stage, tmp_path: Path, *connectors: str) -> tuple[Server, Client]:
    """A server with routes and prices, and a prepaid account in it."""
    table = tmp_path / "prices.csv"
    table.write_text(PRICES)
    server = stage.prepare(*connectors, ROUTES)
    await command(server, "price", "import", str(table))
    client = await server.account("shop")
    await command(server, "account", "balance", "shop", "--add", "1")
    await server.start()
    await client.scenario([{"from": "Shop", "channel": "SMS"}])
    return server, client


async def left(client: Client) -> float:
    return (await client.get("/api/v1/balance"))["balance"]


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["status"]["id"], row["mccMnc"], row["price"]["pricePerMessage"], row["price"]["currency"]


async def test_the_cheapest_carries_it_and_the_next_one_when_it_is_gone(stage: Stage, tmp_path: Path) -> None:
    first, second = await stage.smsc("one", delay=0), await stage.smsc("two", delay=0)
    server, client = await priced(stage, tmp_path, first.connector(name="first"), second.connector(name="second"))
    await server.bound("first", "second")
    rows = await client.send("41790000001", "48600000001", "33600000001")
    taken = await client.reports([row["messageId"] for row in rows])
    reports = {row["to"]: told(row) for (row,) in taken.values()}
    assert reports == {
        "41790000001": (5, "22801", 0.05, "EUR"),
        "48600000001": (5, "26002", 0.02, "EUR"),
        "33600000001": (12, "", 0.0, "EUR"),
    }
    assert [(await each.counts())["accepted"] for each in (first, second)] == [1, 1]
    await second.process.kill()
    await client.report(await client.send_one("41790000002"), 30)
    assert (await first.counts())["accepted"] == 2
    assert await left(client) == pytest.approx(1 - 0.05 - 0.02 - 0.05)


async def test_who_has_no_route_is_told_and_gets_the_money_back(stage: Stage, tmp_path: Path) -> None:
    smsc = await stage.smsc(delay=0)
    _, client = await priced(stage, tmp_path, smsc.connector(name="first"), smsc.connector(name="second"))
    table = tmp_path / "more.csv"
    table.write_text("prefix,price,currency\n33,0.5,EUR\n")
    await command(stage.servers[0], "price", "import", str(table), "--name", "more")

    async def known() -> bool:
        (row,) = await client.send("33600000001")
        return told(await client.report(row["messageId"]))[0] == 19

    await until(known, "the price is known", 10)
    assert await left(client) == 1


async def test_a_killed_server_neither_gives_nor_loses_money(stage: Stage, tmp_path: Path) -> None:
    smsc = await stage.smsc(delay=0)
    server, client = await priced(stage, tmp_path, smsc.connector(name="first"), smsc.connector(name="second"))
    taken = 0
    for _ in range(2):
        numbers = [str(41_790_000_000 + taken + n) for n in range(4)]
        taken += sum(row["status"]["groupId"] == 0 for row in await client.send(*numbers))
        await server.kill()
        await server.start()
    assert taken == 8

    async def swept() -> bool:
        return (await client.get("/api/v1/balance"))["held"] == 0

    await until(swept, "nobody holds anything", 20)
    assert await left(client) == pytest.approx(1 - 8 * 0.05)
    accepted = [row["status"]["id"] for row in await client.send(*[str(41_790_100_000 + n) for n in range(14)])]
    assert accepted == [0] * 12 + [12] * 2
