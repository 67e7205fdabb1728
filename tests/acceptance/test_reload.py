"""The configuration is read anew while messages flow: nothing is lost, nothing doubled, no bind dropped for nothing."""

import asyncio
import json
import signal
from collections import Counter
from typing import Any

import pytest

from tests.acceptance.carriers import Smsc, toml_table
from tests.acceptance.client import Client
from tests.acceptance.load import Load
from tests.acceptance.processes import run, until
from tests.acceptance.stage import LAWLESS, Server, Stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(240)]

LINGER = {"linger_s": 20}


def write(server: Server, *tables: str, top: str = "") -> None:
    head = f"port = {server.port}\n{top or 'log_level = ' + json.dumps('info')}\n[omni]\nthrottles = false\n"
    server.config.write_text("\n".join([head, *tables, LAWLESS]))


async def reloaded(server: Server) -> Any:
    answer = await server.operator().ask("POST", "/api/v1/reload")
    assert answer.status == 200, answer.body
    return answer.body


def told(answer: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["what"] for each in answer["connectors"]}


async def submits(*smscs: Smsc) -> dict[str, int]:
    """How often each number was sent to, at all carriers together."""
    counts: Counter[str] = Counter()
    for smsc in smscs:
        counts.update(await smsc.numbers())
    return counts


async def all_delivered_once(client: Client, load: Load, *smscs: Smsc) -> None:
    rows = await client.reports(load.promised, seconds=120)
    assert {id_: told for id_, told in rows.items() if len(told) != 1} == {}
    ended = {row["own_id"] if "own_id" in row else row["id"]: row for row in await client.earlier_reports()}
    states = Counter((ended[id_]["status"], ended[id_]["ambiguous"]) for id_ in load.promised)
    assert states == {("delivered", False): len(load.promised)}
    arrived = await submits(*smscs)
    assert Counter(arrived[number] for number in load.promised.values()) == {1: len(load.promised)}


async def test_ten_reloads_under_load(stage: Stage) -> None:
    one, two = [await stage.smsc(name, keep="numbers", delay=0.05) for name in ("one", "two")]
    for smsc in (one, two):
        await smsc.set(response_delay=0.02)
    a = {"carrier": "one", "window": 50, **LINGER}
    b = {"carrier": "two", "window": 50, **LINGER}
    server, client = await stage.serve(one.connector("a", **a))
    load = Load(client, size=10)
    load.start(at_once=2)
    route = toml_table("routes", {"channel": "SMS", "connectors": ["a", "c"], "by": "weight", "weights": [1, 3]})
    steps: list[tuple[tuple[str, ...], dict[str, str]]] = [
        ((one.connector("a", **{**a, "rate": 400, "window": 20}),), {"a": "changed"}),
        ((one.connector("a", **a, binds=3),), {"a": "changed"}),
        ((one.connector("a", **a), two.connector("b", **b)), {"a": "changed", "b": "added"}),
        ((one.connector("a", **a, system_type="other"), two.connector("b", **b)), {"a": "rebound"}),
        ((one.connector("a", **{**a, "system_id": "another"}), two.connector("b", **b)), {"a": "rebound"}),
        ((two.connector("a", **b),), {"a": "rebound", "b": "removed"}),
        ((two.connector("a", **b), one.connector("c", **a)), {"c": "added"}),
        ((two.connector("a", **b), one.connector("c", **a), route), {}),
        ((one.connector("c", **a, source_ton=5), one.connector("a", **a)), {"c": "changed", "a": "rebound"}),
        ((one.connector("d", **a),), {"d": "added", "a": "removed", "c": "removed"}),
    ]
    for tables, expected in steps:
        await load.reached(len(load.promised) + 100)
        write(server, *tables)
        assert told(await reloaded(server)) == expected
    await load.reached(len(load.promised) + 100)
    await load.stop()
    await all_delivered_once(client, load, one, two)
    assert (await server.health())["unfinished"] == 0
    assert {name for name, each in (await server.connectors()).items() if each["up"]} == {"d"}
    assert (await server.health())["troubles"] == []


async def test_a_signal_reloads_and_a_bad_file_changes_nothing(stage: Stage) -> None:
    smsc = await stage.smsc(keep="numbers")
    server, client = await stage.serve(smsc.connector("a", window=50))
    load = Load(client, size=20)
    load.start()
    await load.reached(100)
    before = (await server.connectors())["a"]["condition"]["binds"]
    write(server, smsc.connector("a", window=0), toml_table("connectors", {"name": "b", "kind": "nonsense"}))
    server.process.signal(signal.SIGHUP)
    await server.process.said("reload_refused: connectors.a.window")
    await server.process.said("reload_refused: connectors.b.kind")
    answer = await server.operator().ask("POST", "/api/v1/reload")
    assert (answer.status, answer.body["type"]) == (422, "urn:omnibound:problem:faulty")
    assert [each["path"] for each in answer.body["errors"]] == ["connectors.a.window", "connectors.b.kind"]
    write(server, smsc.connector("a", window=70), top='log_level = "debug"')
    server.process.signal(signal.SIGHUP)

    async def wider() -> bool:
        return (await server.connectors())["a"]["condition"]["window"] == 70

    await until(wider, "the window is wider")
    await load.stop()
    await all_delivered_once(client, load, smsc)
    after = (await server.connectors())["a"]["condition"]["binds"]
    assert [(each["name"], each["bound"]) for each in after] == [(each["name"], each["bound"]) for each in before]
    assert (await smsc.counts())["binds"] == 1


async def test_a_new_address_that_is_not_there_leaves_the_old_one(stage: Stage) -> None:
    smsc = await stage.smsc(keep="numbers")
    server, client = await stage.serve(smsc.connector("a"))
    write(server, smsc.connector("a", port=1))
    (change,) = (await reloaded(server))["connectors"]
    assert (change["what"], change["up"], change["settings"]) == ("rebinding", False, ["port"])
    assert "connect" in change["why"].lower()
    load = Load(client, size=10, most=50)
    load.start()
    await load.reached(50)
    write(server, smsc.connector("a", rate=500))
    words = ("--config", str(server.config), "--data", str(server.folder))
    ran = await run("reload", *words)
    assert (ran.status, ran.out) == (0, "a: goes on with other settings (rate, port)\n")
    write(server, smsc.connector("a", window=0))
    ran = await run("reload", *words)
    assert (ran.status, ran.err.splitlines()[0].split(":")[0]) == (1, "connectors.a.window")
    server.config.write_text("nonsense")
    ran = await run("reload", *words)
    assert (ran.status, "is not TOML" in ran.err) == (2, True)
    await load.stop()
    await all_delivered_once(client, load, smsc)


async def test_what_needs_a_restart_is_named(stage: Stage) -> None:
    smsc = await stage.smsc()
    server, _ = await stage.serve(smsc.connector("a"))
    trunk = {"name": "t", "kind": "sip", "channel": "VOICE", "host": "127.0.0.1", "lines": 1, "rate": 1}
    tables = (toml_table("connectors", trunk), "[engine]\nqueue = 7\nvalidity_s = 60\n", "[voice]\nsilence_s = 5\n")
    write(server, smsc.connector("a"), *tables, top='log_level = "warning"\nhost = "0.0.0.0"')
    for changed in (["log_level", "engine.queue"], []):
        answer = await reloaded(server)
        assert (answer["connectors"], sorted(answer["settings"])) == ([], sorted(changed))
        assert [each["path"] for each in answer["restart"]] == [
            "connectors.t",
            "host",
            "engine.validity_s",
            "voice.silence_s",
        ]


async def test_the_last_connector_goes_while_messages_wait(stage: Stage) -> None:
    smsc = await stage.smsc(keep="numbers")
    server, client = await stage.serve(smsc.connector("a", rate=20, **LINGER))
    load = Load(client, size=50, most=150)
    load.start()
    await load.reached(150)
    await load.stop()
    write(server)
    assert told(await reloaded(server)) == {"a": "removed"}
    assert [each["why"] for each in (await server.health())["troubles"]] == ["it is not configured any more"]
    waiting = (await server.health())["waiting"]
    assert waiting > 0
    await asyncio.sleep(0.3)
    assert (await server.health())["waiting"] >= waiting
    write(server, smsc.connector("b", carrier="a"))
    assert told(await reloaded(server)) == {"b": "added"}
    await all_delivered_once(client, load, smsc)
