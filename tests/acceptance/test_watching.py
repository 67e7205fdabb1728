"""A served product is watched: its metrics tell what happened, alerts fire and clear, and its log can be read."""

import json
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.carriers import toml_table
from tests.acceptance.processes import until
from tests.acceptance.receiver import Receiver, receiver
from tests.acceptance.stage import Server, Stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(180)]

LOCAL = {"security": {"allow_private": ["127.0.0.0/8"]}, "alerting": {"look_s": 0.1}, "log": {"format": "json"}}


async def metrics(server: Server) -> dict[str, dict[tuple[str, ...], float]]:
    """Sample -> its values by their labels' values, in the order of the labels' names."""
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}/metrics") as answer:
        text = await answer.text()
    told: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            told.setdefault(sample.name.removeprefix("omnibound_"), {})[labels] = sample.value
    return told


async def alert(hooks: Receiver, count: int) -> Any:
    """The alert that came as this one, counted from 1."""
    await until(lambda: _many(hooks, count), "the alert is told")
    return json.loads(hooks.got[count - 1].body)


async def _many(hooks: Receiver, count: int) -> bool:
    return len(hooks.got) >= count


async def test_what_happened_is_counted(stage: Stage) -> None:
    smsc = await stage.smsc()
    server, client = await stage.serve(smsc.connector("carrier-a"), tables=LOCAL)
    sent = [row["messageId"] for row in await client.send(*[f"417930267{number:02}" for number in range(20)])]
    await client.reports(sent)
    told = await metrics(server)
    assert told["deliveries_total"] == {(): 20}
    assert told["attempts_total"][("carrier-a", "accepted")] == 20
    assert told["receipts_total"][("carrier-a", "delivered", "delivered")] == 20
    assert told["deliveries_ended_total"] == {("carrier-a", "delivered", "delivered"): 20}
    assert 0 < told["submit_seconds_count"][("carrier-a",)] <= 40
    assert told["submit_seconds_sum"][("carrier-a",)] > 0
    assert told["receipt_seconds_count"][("carrier-a",)] > 0
    assert (told["unfinished"], told["receipts_waiting"]) == ({(): 0}, {(): 0})
    assert told["connector_up"] == {("SMS", "carrier-a"): 1}
    assert told["http_requests_total"][("infobip_omni", "200")] >= 1
    assert told["commit_rows_sum"][()] > 60
    assert told["process_cpu_seconds_total"][()] > 0


async def test_a_link_that_is_down_is_told_and_told_to_be_well(stage: Stage) -> None:
    smsc = await stage.smsc()
    async with receiver() as hooks:
        rule = toml_table("alerts", {"kind": "link_down", "for_s": 0.3, "to": f"{hooks.url}/ops?token=hunter2"})
        server, _ = await stage.serve(smsc.connector("carrier-a"), rule, tables=LOCAL)
        hooks.statuses["/ops"] = 500
        await smsc.process.kill()
        fired = await alert(hooks, 1)
        assert (fired["type"], fired["data"]["subject"], fired["data"]["kind"]) == (
            "alert.fired", "carrier-a", "link_down",
        )  # fmt: skip
        assert (await server.health())["alerts"] == [{"rule": "link_down", "kind": "link_down"}]
        hooks.statuses.clear()
        again = await alert(hooks, 2)
        assert (again, hooks.got[0].id) == (fired, hooks.got[1].id)
        operator = server.operator()
        told = await operator.get("/api/v1/alerts")
        assert [each["subject"] for each in told["firing"]] == ["carrier-a"]
        assert hooks.got[0].signed_with(told["secret"])
        await smsc.again()
        cleared = await alert(hooks, 3)
        assert (cleared["type"], cleared["data"]["subject"]) == ("alert.cleared", "carrier-a")
        told = await operator.get("/api/v1/alerts")
        assert (told["firing"], len(told["past"]), told["undelivered"]) == ([], 1, 0)
        assert (await server.health())["alerts"] == []
    lines = [json.loads(line) for line in server.process.log().splitlines() if line.startswith("{")]
    assert {"link.up", "bind.down", "link.down", "alert.fired", "alert.missed", "alert.cleared"} <= {
        line.get("action") for line in lines
    }
    assert "hunter2" not in server.process.log()
