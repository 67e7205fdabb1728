"""Messages from people, through real processes: from the phone to the account's own server, whole and once."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.acceptance.carriers import Smsc
from tests.acceptance.client import Client
from tests.acceptance.processes import run, until
from tests.acceptance.receiver import Got, Receiver, receiver
from tests.acceptance.stage import Server, Stage

pytestmark = pytest.mark.anyio

TABLES = {"security": {"allow_private": ["127.0.0.0/8"]}}
OURS, PHONE = "48500", "41797000001"
LONG = "Zażółć gęślą jaźń 👍 " * 8


@pytest.fixture
async def shop() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


async def number(server: Server, *options: str, name: str = OURS) -> dict[str, Any]:
    ran = await run(
        "number", "add", name, "--account", "acceptance", "--config", str(server.config), "--data", str(server.folder),
        "--json", *server.where, *options,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    return ran.json()


async def write(smsc: Smsc, text: str, to: str = OURS, **more: Any) -> int:
    return (await smsc.ask("say", sender=PHONE, recipient=to, text=text, **more))["parts"]


async def came(shop: Receiver, count: int) -> list[Got]:
    async def look() -> bool:
        return len(shop.got) >= count

    await until(look, f"{count} pushes", 20)
    return shop.got


async def own(client: Client) -> list[dict[str, Any]]:
    return (await client.get("/api/v1/inbound"))["messages"]


def texts(got: list[Got]) -> list[str]:
    return [row["message"]["text"] for each in got for row in json.loads(each.body)["results"]]


async def test_a_message_is_pushed_as_the_vendor_writes_it(stage: Stage, shop: Receiver) -> None:
    smsc = await stage.smsc()
    server, client = await stage.serve(smsc.connector(), tables=TABLES)
    made = await number(server, "--url", f"{shop.url}/mo")
    assert (made["number"], made["account"], made["format"]) == (OURS, "acceptance", "infobip-omni")
    assert await write(smsc, LONG, parts=[3, 1, 2]) == 3
    (got,) = await came(shop, 1)
    (message,) = await own(client)
    body = json.loads(got.body)
    assert {**body["results"][0], "receivedAt": ""} == {
        "from": PHONE,
        "to": OURS,
        "integrationType": "SMS",
        "receivedAt": "",
        "messageId": message["id"],
        "pairedMessageId": None,
        "callbackData": None,
        "message": {"type": "TEXT", "text": LONG},
        "price": {"pricePerMessage": 0.0, "currency": "EUR"},
    }
    assert (body["messageCount"], body["pendingMessageCount"], message["text"]) == (1, 0, LONG)
    assert got.signed_with((await client.get("/api/v1/pushes/secret"))["secret"])
    listed = await run("number", "list", "--data", str(server.folder), *server.where, "--json")
    assert listed.json() == {"numbers": [made]}


async def test_keywords_formats_and_what_came_before(stage: Stage, shop: Receiver) -> None:
    smsc = await stage.smsc()
    server, client = await stage.serve(smsc.connector(), tables=TABLES)
    for text in ("WIN a car", "hello"):
        await write(smsc, text)
    await smsc.reach(acknowledged=2, outstanding=0)
    await number(server, "--keyword", "win", "--url", f"{shop.url}/win", "--format", "infobip-omni.xml")
    (xml,) = await came(shop, 1)
    assert (xml.path, xml.headers["content-type"]) == ("/win", "application/xml;charset=UTF-8")
    assert b"<text>WIN a car</text>" in xml.body
    await number(server, "--url", f"{shop.url}/all", "--format", "native")
    _, native = await came(shop, 2)
    assert (native.path, json.loads(native.body)["messages"]) == ("/all", (await own(client))[1:])
    again = await run("number", "add", OURS, "--account", "acceptance", "--data", str(server.folder), *server.where)
    assert (again.status, "belongs to an account already" in again.err) == (1, True)


@pytest.mark.slow
@pytest.mark.time_limit(120)
async def test_kill_loses_nothing_and_tells_nothing_twice(stage: Stage, shop: Receiver) -> None:
    """Killed between the parts of a message, and while its push is not accepted; the carrier keeps the rest."""
    smsc = await stage.smsc()
    server, client = await stage.serve(smsc.connector(), tables=TABLES)
    await number(server, "--url", f"{shop.url}/mo")
    shop.statuses["/mo"] = 500
    await write(smsc, LONG, parts=[3], reference=77)
    await smsc.reach(acknowledged=1, outstanding=0)
    await server.kill()
    await write(smsc, LONG, parts=[2, 1], reference=77)
    await server.start()
    (refused,) = await came(shop, 1)
    await server.kill()
    await server.start()
    shop.statuses.clear()

    async def failed_once() -> bool:
        return (await client.ask("POST", "/api/v1/pushes/again", {"failed": True})).body["again"] > 0 or len(
            shop.got
        ) > 1

    await until(failed_once, "the push begins anew", 20)
    *_, accepted = await came(shop, 2)
    assert (accepted.id, texts([accepted])) == (refused.id, [LONG])

    async def nothing_left() -> bool:
        return (await server.rows())["pushes"] == 0

    await until(nothing_left, "nothing waits", 20)
    before = len(shop.got)
    await server.kill()
    await server.start()
    await write(smsc, "after all")
    await came(shop, before + 1)
    assert texts(shop.got[before:]) == ["after all"]
    assert [message["text"] for message in await own(client)] == [LONG, "after all"]
    assert (await server.rows())["inbound"] >= 4
