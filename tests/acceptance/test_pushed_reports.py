"""Reports pushed to the client's own server: the same as those that are pulled, signed, and never lost."""

import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.acceptance.client import code
from tests.acceptance.processes import until
from tests.acceptance.receiver import Receiver, receiver
from tests.acceptance.stage import Stage

pytestmark = pytest.mark.anyio

TABLES = {"security": {"allow_private": ["127.0.0.0/8"]}}


@pytest.fixture
async def shop() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


async def came(shop: Receiver, count: int, path: str = "/dlr") -> None:
    async def look() -> bool:
        return len(shop.of(path)) >= count

    await until(look, f"{count} pushes", 20)


async def test_what_is_pushed_is_what_can_be_pulled(stage: Stage, shop: Receiver) -> None:
    smsc = await stage.smsc(delay=0)
    _, client = await stage.serve(smsc.connector(), tables=TABLES)
    secret = (await client.get("/api/v1/pushes/secret"))["secret"]
    sent = await client.send("41797000001", "41797000002", notifyUrl=f"{shop.url}/dlr", callbackData="order 7")
    await came(shop, 2)
    pulled = {row["messageId"]: row for row in await client.take()}
    pushed = [json.loads(got.body) for got in shop.got]
    assert sorted(pulled) == sorted(row["messageId"] for row in sent)
    assert {id_: {"results": [row]} for id_, row in pulled.items()} == {
        body["results"][0]["messageId"]: body for body in pushed
    }
    assert {row["callbackData"] for row in pulled.values()} == {"order 7"}
    assert {got.headers["content-type"] for got in shop.got} == {"application/json;charset=UTF-8"}
    assert all(got.signed_with(secret) for got in shop.got)
    assert (await client.get("/api/v1/pushes"))["pushes"] == []


async def test_a_push_in_xml(stage: Stage, shop: Receiver) -> None:
    smsc = await stage.smsc(delay=0)
    _, client = await stage.serve(smsc.connector(), tables=TABLES)
    await client.send("41797000001", notifyUrl=f"{shop.url}/dlr", notifyContentType="application/xml")
    await came(shop, 1)
    pulled = await client.ask("GET", "/omni/1/reports", headers={"Accept": "application/xml"})
    (got,) = shop.got
    assert (got.body.decode(), got.headers["content-type"]) == (pulled.body, pulled.headers["Content-Type"])
    assert b"<omniReportsResponse>" in got.body


async def test_only_who_asks_is_told(stage: Stage, shop: Receiver) -> None:
    smsc = await stage.smsc(delay=0)
    server, client = await stage.serve(smsc.connector(), tables={**TABLES, "reports": {"pull_pushed": False}})
    shouter = await server.account("shouter", "--notify-url", f"{shop.url}/own")
    await shouter.scenario()
    pulled = await client.send_one("41797000001")
    both = await client.send_one("41797000002", notifyUrl=f"{shop.url}/dlr")
    own = await shouter.send_one("41797000003")
    elsewhere = await shouter.send_one("41797000004", notifyUrl=f"{shop.url}/dlr")
    quiet = await shouter.send_one("41797000005", notify=False)
    await came(shop, 2)
    await came(shop, 1, "/own")
    assert set(await client.reports([pulled])) == {pulled}
    assert set(await shouter.reports([quiet])) == {quiet}
    told = {got.path: set[str]() for got in shop.got}
    for got in shop.got:
        told[got.path].add(json.loads(got.body)["results"][0]["messageId"])
    assert told == {"/dlr": {both, elsewhere}, "/own": {own}}


async def test_intermediate_reports_are_pushed_and_not_pulled(stage: Stage, shop: Receiver) -> None:
    smsc = await stage.smsc(delay=0)
    flow = [{"channel": "VIBER"}, {"channel": "SMS"}]
    _, client = await stage.serve(smsc.connector(), tables=TABLES, flow=flow)
    id_ = await client.send_one(
        "41797000001", notifyUrl=f"{shop.url}/dlr", intermediateReport=True, viber={"text": "hello"}
    )
    await came(shop, 2)
    pushed = sorted(code(json.loads(got.body)["results"][0]) for got in shop.got)
    assert [channel for channel, *_ in pushed] == ["SMS", "VIBER"]
    assert pushed[0] == ("SMS", 5, 0)
    rows = (await client.reports([id_]))[id_]
    assert [code(row) for row in rows] == [("SMS", 5, 0)]
    assert len({got.id for got in shop.got}) == 2


async def test_what_fails_is_shown_and_pushed_again(stage: Stage, shop: Receiver) -> None:
    smsc = await stage.smsc(delay=0)
    _, client = await stage.serve(smsc.connector(), tables=TABLES)
    shop.statuses["/dlr"] = 500
    id_ = await client.send_one("41797000001", notifyUrl=f"{shop.url}/dlr")
    await came(shop, 1)

    async def retrying() -> bool:
        told = (await client.get("/api/v1/pushes"))["pushes"]
        return [(row["id"], row["state"], row["why"]) for row in told] == [(id_, "retrying", "HTTP 500")]

    await until(retrying, "the failure is shown")
    shop.statuses.clear()
    answer = await client.ask("POST", "/api/v1/pushes/again", {"failed": True})
    assert (answer.status, answer.body) == (200, {"again": 1})
    await came(shop, 2)
    answer = await client.ask("POST", "/api/v1/pushes/again", {"id": id_})
    assert answer.body == {"again": 1}
    await came(shop, 3)
    assert len({got.id for got in shop.got}) == 1


async def test_our_own_networks_are_not_reached(stage: Stage, shop: Receiver) -> None:
    smsc = await stage.smsc(delay=0)
    _, client = await stage.serve(smsc.connector())
    await client.send_one("41797000001", notifyUrl=f"{shop.url}/dlr")

    async def refused() -> bool:
        told = (await client.get("/api/v1/pushes"))["pushes"]
        return [row["why"] for row in told] == ["the address 127.0.0.1 is not allowed"]

    await until(refused, "the refusal is shown")
    assert shop.got == []


@pytest.mark.slow
@pytest.mark.time_limit(120)
async def test_kill_loses_no_push(stage: Stage, shop: Receiver) -> None:
    """Each report arrives, though the server is killed three times; what comes twice has the same webhook-id."""
    smsc = await stage.smsc(delay=0.05)
    server, client = await stage.serve(smsc.connector(window=100), tables=TABLES)
    shop.delay = 0.01
    sent: list[str] = []
    for round_ in range(3):
        numbers = [str(41_797_000_000 + round_ * 1_000 + n % 900) for n in range(900)]
        sent += [row["messageId"] for row in await client.send(*numbers, notifyUrl=f"{shop.url}/dlr")]
        await came(shop, len(shop.got) + 100)
        await server.kill()
        await server.start()

    def told() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for got in shop.got:
            found.setdefault(json.loads(got.body)["results"][0]["messageId"], set()).add(got.id)
        return found

    async def all_told() -> bool:
        return told().keys() >= set(sent)

    await until(all_told, "every report has come", 60)

    async def nothing_left() -> bool:
        return (await server.rows())["pushes"] == 0

    await until(nothing_left, "nothing waits", 20)
    assert told().keys() == set(sent)
    assert Counter(map(len, told().values())) == {1: len(sent)}


@pytest.mark.parametrize("killed", [False, True], ids=["served on", "killed between"])
async def test_what_an_app_says_was_seen_is_pushed_once(stage: Stage, shop: Receiver, killed: bool) -> None:
    """Delivered first, seen later; told again it is told no more, and reading reports never shows it."""
    fcm = await stage.fcm()
    flow = [{"from": "shop", "channel": "PUSH"}]
    server, client = await stage.serve(fcm.connector(confirm="device"), tables=TABLES, flow=flow)
    phone = "41797000001"
    await client.ask("POST", "/api/v1/devices", {"application": "shop", "phone": phone, "token": "a-good-phone"})
    id_ = await client.send_one(phone, push={"text": "Your parcel is here"}, notifyUrl=f"{shop.url}/dlr")
    message = (await until(fcm.messages, "a push"))[0]
    confirm = f"/api/v1/push/{message['data']['omnibound_id']}"
    assert (await client.ask("POST", f"{confirm}/delivered")).status == 204

    async def nothing_left() -> bool:
        return (await server.rows())["pushes"] == 0

    await came(shop, 1)
    await until(nothing_left, "nothing waits")
    if killed:
        await server.kill()
        await server.start()
    for _ in range(2):
        assert (await client.ask("POST", f"{confirm}/seen")).status == 204
    await came(shop, 2)
    report, seen = (json.loads(got.body)["results"] for got in shop.got)
    assert [row["messageId"] for row in (*report, *seen)] == [id_, id_]
    assert list(seen[0]) == ["messageId", "from", "to", "sendAt", "seenAt"]
    assert (seen[0]["from"], seen[0]["to"], seen[0]["sendAt"]) == ("shop", phone, report[0]["sentAt"])
    assert [row["messageId"] for row in await client.take()] == [id_]

    await until(nothing_left, "nothing waits")
    assert len(shop.got) == 2
