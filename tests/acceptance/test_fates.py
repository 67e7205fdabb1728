"""What becomes of messages whose carrier behaves badly: the simulated SMSC's magic numbers, as OMNI reports them."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from tests.acceptance.carriers import Smsc
from tests.acceptance.client import Client, code
from tests.acceptance.conftest import Fresh
from tests.acceptance.processes import until
from tests.acceptance.stage import Server, Stage

pytestmark = pytest.mark.anyio


class Life(NamedTuple):
    """Ids of status and error in the report, how often the message arrived, and whether it may have been doubled."""

    status: int
    error: int
    arrived: int = 1
    ambiguous: bool = False
    validity_s: int = 0


LIVES: dict[str, Life] = {
    "delivered": Life(5, 0),
    "900": Life(5, 0),
    "901": Life(52, 351, arrived=0),
    "902": Life(9, 27),
    "903": Life(15, 4101),
    "904": Life(9, 1),
    "905": Life(5, 0),
    "906": Life(29, 815, validity_s=2),
    "907": Life(29, 815, validity_s=2),
    "908": Life(5, 0),
    "909": Life(5, 0),
    "912": Life(5, 0),
    "913": Life(4, 13),
    "914": Life(5, 0),
    "915": Life(9, 32),
    "916": Life(29, 815, validity_s=2),
    "919": Life(5, 0),
}
TABLES = {"omni": {"min_validity_s": 1}, "engine": {"receipt_wait_s": 0.5, "retry_for_s": 2}}


class House(NamedTuple):
    """A product that tries `smsc`."""

    smsc: Smsc
    server: Server
    client: Client


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, fresh: Fresh) -> AsyncIterator[House]:
    stage = Stage(tmp_path_factory.mktemp("fates"), await fresh())
    try:
        smsc = await stage.smsc(keep="numbers", delay=0.1)
        connector = smsc.connector(response_timeout_s=0.4, throttle_pause_s=0.1, reconnect_max_s=0.2, window=50)
        server, client = await stage.serve(connector, tables=TABLES)
        yield House(smsc, server, client)
    finally:
        await stage.end()


def number_of(fate: str) -> str:
    return "41790001" + ("123" if fate == "delivered" else fate)


def validity(life: Life) -> dict[str, Any]:
    given = {"validityPeriod": life.validity_s, "validityPeriodTimeUnit": "SECONDS"} if life.validity_s else {}
    return {"sms": {"text": "hello", **given}}


async def test_each_fate_is_reported(house: House) -> None:
    ids = {fate: await house.client.send_one(number_of(fate), **validity(life)) for fate, life in LIVES.items()}
    reports = await house.client.reports(ids.values())
    told = {fate: [code(row) for row in reports[id_]] for fate, id_ in ids.items()}
    assert told == {fate: [("SMS", life.status, life.error)] for fate, life in LIVES.items()}
    arrived = await house.smsc.numbers()
    times = {fate: arrived.get(number_of(fate), 0) for fate in LIVES}
    assert times == {fate: life.arrived for fate, life in LIVES.items()}
    stories = {fate: await house.client.story(id_) for fate, id_ in ids.items()}
    assert [fate for fate, story in stories.items() if story["outcome"]["ambiguous"]] == []


async def test_throttling_uses_up_no_attempt(house: House) -> None:
    id_ = await house.client.send_one("41790002908")
    assert code(await house.client.report(id_)) == ("SMS", 5, 0)
    outcome = (await house.client.story(id_))["outcome"]
    assert (outcome["attempt"], outcome["ambiguous"]) == (1, False)


async def test_contradiction_is_kept_in_the_timeline(house: House) -> None:
    id_ = await house.client.send_one("41790002912")
    assert code(await house.client.report(id_)) == ("SMS", 5, 0)

    async def look() -> bool:
        return len((await house.client.story(id_))["timeline"]) == 3

    await until(look, "the second receipt")
    story = await house.client.story(id_)
    assert [line["note"] for line in story["timeline"]] == ["none", "none", "contradiction"]
    assert story["status"] == "delivered"
    assert await house.client.take() == []


@pytest.mark.parametrize("fate", ["910", "917"])
async def test_lost_response_is_sent_again_and_marked(house: House, fate: str) -> None:
    """The carrier took it, but nobody knows: it goes out again until a receipt says where it is."""
    number = f"41790003{fate}"
    id_ = await house.client.send_one(number)
    report = await house.client.report(id_)
    outcome = (await house.client.story(id_))["outcome"]
    assert outcome["ambiguous"] is True
    assert (await house.smsc.numbers())[number] == 2
    # The carrier's ids are never known, so no receipt finds its attempt: it is retried as long as retry_for allows.
    assert code(report) == ("SMS", 29, 815)


async def test_dropped_link_takes_nobody_along(stage: Stage) -> None:
    """What was written beside the message that breaks the link is sent again, and marked."""
    smsc = await stage.smsc(keep="numbers")
    connector = smsc.connector(reconnect_max_s=0.2)
    _, client = await stage.serve(connector, tables={"omni": {"min_validity_s": 1}, "engine": {"receipt_wait_s": 0.5}})
    short = {"sms": {"text": "x", "validityPeriod": 2, "validityPeriodTimeUnit": "SECONDS"}}
    lost = await client.send_one("41790003911", **short)
    others = [row["messageId"] for row in await client.send(*[f"4179000400{n}" for n in range(8)])]
    reports = await client.reports([lost, *others])
    assert {code(reports[id_][0]) for id_ in others} == {("SMS", 5, 0)}
    assert reports[lost][0]["status"]["groupName"] != "DELIVERED"
    assert (await client.story(lost))["outcome"]["ambiguous"] is True
    numbers = await smsc.numbers()
    assert "41790003911" not in numbers
    twice = [row for row in await client.earlier_reports() if numbers.get(row["to"], 0) > 1 and not row["ambiguous"]]
    assert twice == []


async def test_system_error_is_retried_then_fails(house: House) -> None:
    id_ = await house.client.send_one("41790003918")
    assert code(await house.client.report(id_)) == ("SMS", 9, 34)
    assert (await house.client.story(id_))["outcome"]["attempt"] >= 1


async def test_handset_full_falls_over_to_the_next_step(house: House) -> None:
    key = await house.client.scenario([{"from": "A", "channel": "SMS"}, {"from": "B", "channel": "SMS"}], default=False)
    id_ = await house.client.send_one("41790005915", scenarioKey=key)
    assert code(await house.client.report(id_)) == ("SMS", 9, 32)
    senders = [m["source"] for m in await house.smsc.messages(50) if m["destination"] == "41790005915"]
    assert senders == ["A", "B"]


# --- what arrives -----------------------------------------------------------------------------------------------------


async def arrived(house: House, number: str, parts: int) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]] | None:
        got = [message for message in await house.smsc.messages(50) if message["destination"] == number]
        return got if len(got) >= parts else None

    got = await until(look, f"{parts} parts for {number}")
    assert got is not None
    return got


TEXTS = {
    "gsm": ("hello {world} €", 0, 1),
    "ucs2": ("Zażółć gęślą jaźń", 8, 1),
    "emoji": ("👋 hi", 8, 1),
    "long gsm": ("0123456789" * 40, 0, 3),
    "long ucs2": ("ąęć" * 60, 8, 3),
}


@pytest.mark.parametrize("name", TEXTS)
async def test_texts_arrive_whole(house: House, name: str) -> None:
    text, coding, parts = TEXTS[name]
    number = f"4179000600{list(TEXTS).index(name)}"
    id_ = await house.client.send_one(number, sms={"text": text})
    got = await arrived(house, number, parts)
    assert ("".join(m["text"] for m in got), {m["data_coding"] for m in got}, len(got)) == (text, {coding}, parts)
    report = await house.client.report(id_)
    assert (report["messageCount"], report["status"]["id"]) == (parts, 5)


async def test_transliteration(house: House) -> None:
    number = "41790006010"
    sms = {"text": "Zażółć gęślą jaźń", "transliteration": "CENTRAL_EUROPEAN"}
    await house.client.report(await house.client.send_one(number, sms=sms))
    (got,) = await arrived(house, number, 1)
    assert (got["text"], got["data_coding"]) == ("Zazolc gesla jazn", 0)


@pytest.mark.parametrize("way", ["sar", "payload"])
async def test_other_ways_of_long_messages(stage: Stage, way: str) -> None:
    smsc = await stage.smsc()
    _, client = await stage.serve(smsc.connector(long_messages=way))
    text = "0123456789" * 40
    id_ = await client.send_one("41790006020", sms={"text": text})
    assert (await client.report(id_))["status"]["id"] == 5
    assert "".join(message["text"] for message in await smsc.messages()) == text


# --- what operators see -----------------------------------------------------------------------------------------------


async def test_inbound_is_kept(house: House) -> None:
    long = "a long answer " * 20
    for text in ("STOP", "Zażółć", long):
        await house.smsc.ask("say", sender="41790007001", recipient="12345", text=text)
    operator = house.server.operator()

    async def look() -> list[dict[str, Any]] | None:
        told = (await operator.get("/api/v1/inbound"))["messages"]
        return told if len(told) >= 4 else None

    told = await until(look, "what the phone wrote")
    assert told is not None
    assert {(m["sender"], m["recipient"], m["channel"]) for m in told} == {("41790007001", "12345", "SMS")}
    assert [m["text"] for m in told[:2]] == ["STOP", "Zażółć"]
    assert "".join(m["text"] for m in sorted(told[2:], key=lambda m: m["part"]["number"])) == long


async def test_trace_on_and_off(house: House) -> None:
    operator = house.server.operator()
    path = "/api/v1/connectors/carrier-a/trace"

    async def commands() -> list[str]:
        return [each["command"] for each in (await operator.get(path))["exchanges"]]

    assert (await operator.ask("PUT", path, {"on": True})).body == {"name": "carrier-a", "on": True}
    await house.client.report(await house.client.send_one("41790008001"))
    assert {"submit_sm", "submit_sm_resp", "deliver_sm"} <= set(await commands())
    assert (await operator.ask("PUT", path, {"on": False})).status == 200
    before = len(await commands())
    await house.client.report(await house.client.send_one("41790008002"))
    assert len(await commands()) == before
    assert "secret8" not in str(await operator.get(path))
    assert (await house.client.ask("GET", path)).status == 401
