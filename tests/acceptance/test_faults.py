"""Carriers that go away, stall, slow down or do not know us: all is delivered in the end, and people are told."""

import asyncio
from typing import Any

import pytest

from omnibound import __version__
from tests.acceptance.carriers import Smsc
from tests.acceptance.client import Client, code
from tests.acceptance.processes import run, until
from tests.acceptance.stage import Server, Stage

pytestmark = pytest.mark.anyio

DELIVERED = ("SMS", 5, 0)
QUICK: dict[str, Any] = {"reconnect_max_s": 0.2, "throttle_pause_s": 0.1}


def people(start: int, many: int) -> list[str]:
    return [str(41_791_000_000 + n) for n in range(start, start + many)]


async def send(client: Client, start: int, many: int) -> list[str]:
    return [row["messageId"] for row in await client.send(*people(start, many))]


async def all_delivered(client: Client, ids: list[str], seconds: float = 20) -> None:
    reports = await client.reports(ids, seconds)
    assert {code(row) for id_ in ids for row in reports[id_]} == {DELIVERED}
    assert {len(reports[id_]) for id_ in ids} == {1}


async def marked(client: Client) -> set[str]:
    """Numbers whose message may have gone twice."""
    return {row["to"] for row in await client.earlier_reports() if row["ambiguous"]}


async def test_carrier_restarts_on_the_same_port(stage: Stage) -> None:
    smsc = await stage.smsc()
    server, client = await stage.serve(smsc.connector(**QUICK))
    await all_delivered(client, await send(client, 0, 5))
    assert await smsc.process.stop() is not None

    async def down() -> bool:
        return not (await server.connectors())["carrier-a"]["up"]

    await until(down, "the connector is down")
    waiting = await send(client, 10, 20)
    assert (await server.health())["unfinished"] == 20
    await smsc.again()
    await all_delivered(client, waiting)
    assert await marked(client) == set()


async def test_links_dropped_in_mid_load(stage: Stage) -> None:
    smsc = await stage.smsc(keep="numbers")
    await smsc.set(response_delay=0.02)
    _, client = await stage.serve(smsc.connector(**QUICK, binds=2, window=20))
    ids = await send(client, 0, 800)
    for accepted in (150, 350, 550):
        await smsc.reach(accepted=accepted)
        assert (await smsc.ask("drop_links"))["dropped"] >= 1
    await all_delivered(client, ids)
    numbers = await smsc.numbers()
    assert numbers.keys() >= set(people(0, 800))
    doubled = {number for number, count in numbers.items() if count > 1}
    assert doubled <= await marked(client)


async def test_a_stalled_carrier_is_waited_for(stage: Stage) -> None:
    smsc = await stage.smsc(keep="numbers")
    server, client = await stage.serve(smsc.connector(**QUICK, window=20))
    await smsc.ask("pause", seconds=1.0)
    ids = await send(client, 0, 100)
    await all_delivered(client, ids)
    assert set((await smsc.numbers()).values()) == {1}
    assert await marked(client) == set()
    assert (await server.health())["unfinished"] == 0


async def test_throttling_delivers_all_and_uses_up_no_attempt(stage: Stage) -> None:
    smsc = await stage.smsc(keep="numbers", rate=100)
    server, client = await stage.serve(smsc.connector(**QUICK, window=50))
    ids = await send(client, 0, 400)
    await all_delivered(client, ids, 30)
    told = await smsc.ask("counts")
    assert told["statuses"].get("ESME_RTHROTTLED", 0) > 0
    assert set((await smsc.numbers()).values()) == {1}
    for id_ in ids[::100]:
        assert (await client.story(id_))["outcome"]["attempt"] == 1
    condition = (await server.connectors())["carrier-a"]["condition"]
    assert condition["counts"]["throttled"] > 0


async def test_our_own_rate_is_never_exceeded(stage: Stage) -> None:
    smsc = await stage.smsc(rate=200)
    _, client = await stage.serve(smsc.connector(**QUICK, rate=150))
    await all_delivered(client, await send(client, 0, 300))
    assert (await smsc.counts())["refused"] == 0


async def test_wrong_password_is_told_and_not_hammered(stage: Stage) -> None:
    smsc = await stage.smsc(system_id="tester", password="secret8")
    server = stage.prepare(smsc.connector(password="wrong", reconnect_min_s=0.05))
    client = await server.account("acceptance")
    await server.start()
    await client.scenario()

    async def refused() -> bool:
        return (await smsc.counts())["binds_refused"] >= 1

    await until(refused, "the bind is refused")
    connector = (await server.connectors())["carrier-a"]
    assert connector["up"] is False
    assert "PASWD" in connector["condition"]["why"].upper()
    assert "wrong" not in str(connector)
    id_ = await client.send_one("41791000001")
    await asyncio.sleep(0.5)  # a hot loop would knock some ten times meanwhile
    assert (await smsc.counts())["binds_refused"] <= 2
    assert (await client.story(id_))["state"]["stage"] == "waiting"
    assert (await server.health())["status"] == "ok"
    assert "wrong" not in server.process.log()


async def two_connectors(stage: Stage, **first: object) -> tuple[Smsc, Smsc, Server, Client]:
    one, other = await asyncio.gather(stage.smsc("one", keep="numbers"), stage.smsc("other", keep="numbers"))
    a = one.connector("carrier-a", **QUICK, **first)
    server, client = await stage.serve(a, other.connector("carrier-b", **QUICK))
    return one, other, server, client


async def test_a_dead_connector_leaves_all_to_its_fellow(stage: Stage) -> None:
    one, other, server, client = await two_connectors(stage)
    await all_delivered(client, [id_ for n in range(10) for id_ in await send(client, n * 10, 5)])
    await one.process.kill()

    async def down() -> bool:
        return not (await server.connectors())["carrier-a"]["up"]

    await until(down, "the first connector is down")
    ids = [id_ for n in range(10) for id_ in await send(client, 1000 + n * 10, 5)]
    await all_delivered(client, ids)
    assert {(await client.story(id_))["outcome"]["connector"] for id_ in ids} == {"carrier-b"}
    await one.again()
    await server.bound()
    assert (await other.counts())["accepted"] >= 50


async def test_a_link_that_dies_under_load_is_left_at_once(stage: Stage) -> None:
    one, other, _, client = await two_connectors(stage)
    for smsc in (one, other):
        await smsc.set(response_delay=0.02)
    ids = await send(client, 0, 600)
    await one.reach(accepted=50)
    await one.process.kill()
    await all_delivered(client, ids)
    assert (await other.counts())["accepted"] >= 400


async def test_a_temporary_error_asks_the_other_connector_first(stage: Stage) -> None:
    """Both refuse at first: only then there is a wait."""
    one, other, _, client = await two_connectors(stage)
    id_ = await client.send_one("41791000918", sms={"text": "x"})

    async def both() -> bool:
        return (await one.counts())["refused"] >= 1 and (await other.counts())["refused"] >= 1

    await until(both, "both were asked", 0.9)  # a back-off takes a second at least
    story = await client.story(id_)
    first, second = [line for line in story["timeline"] if line["said"] == "failed"][:2]
    assert {first["connector"], second["connector"]} == {"carrier-a", "carrier-b"}


async def test_doctor_tells_of_a_carrier_that_does_not_answer(stage: Stage) -> None:
    smsc = await stage.smsc()
    server = stage.prepare(smsc.connector())
    words = ("doctor", "--config", str(server.config), "--data", str(server.folder))
    well = await run(*words)
    assert (well.status, "FAIL" in well.out) == (0, False)
    await smsc.process.kill()
    ill = await run(*words)
    assert ill.status == 1
    assert f"carrier-a: 127.0.0.1:{smsc.port} does not answer" in ill.out


async def test_doctor_asks_a_server_that_runs(stage: Stage) -> None:
    smsc = await stage.smsc()
    server, _ = await stage.serve(smsc.connector())
    words = ("doctor", "--config", str(server.config), "--data", str(server.folder), *server.where, "--json")

    async def told(connector: str) -> list[tuple[str, str]]:
        async def look() -> bool:
            return bool((await server.health())["connectors"][connector])

        await until(look, f"the connector is {connector}", 30)
        ran = await run(*words)
        return [(each["state"], each["words"]) for each in ran.json()["findings"]]

    runs = ("ok", f"a server of version {__version__} runs at 127.0.0.1:{server.port}")
    well = await told("up")
    assert [each for each in well if each[0] == "fail"] == []
    assert runs in well
    await smsc.process.kill()
    ill = [words for state, words in await told("down") if state == "fail"]
    assert any(words.startswith("its connector carrier-a: ") for words in ill), ill
