"""The vendor's pages as they are printed: requests byte for byte, against a served product with real carriers."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.processes import until
from tests.acceptance.stage import Server, Stage

pytestmark = pytest.mark.anyio

SEEDS = Path(__file__).parent / "seeds"
ANSWERS: dict[str, Any] = json.loads((SEEDS / "answers.json").read_text())
APPLICATION = "233623e3c860b49ec69a464834343481-8bj4el4a-256d-23fd-56ad-b5bc3d568b53"
PHONE = "41793026727"
ALADDIN = ("--username", "Aladdin", "--password", "open sesame")
KEY = re.compile(r"[0-9A-F]{32}")
KEYS = re.compile("CD265875E3A6EA43478D5F37A635BE4A|AD9E01A5DC7BEE2C2B828D208182A611")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")


async def exchange(server: Server, request: bytes) -> tuple[int, Any]:
    """Write a request as it is; the status and the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = re.search(r"content-length: (\d+)", head)
        assert length is not None, head
        return int(head.split()[1]), json.loads(await reader.readexactly(int(length[1])))
    finally:
        writer.close()


def printed(name: str, *, key: str = "", target: str = "", body: str | None = None) -> bytes:
    """A request of the page. It prints neither the length nor CR; a key of its own is put in."""
    head, brace, rest = (SEEDS / f"{name}.http").read_text().partition("{")
    lines = head.strip().split("\n")
    content = (brace + rest).strip() if body is None else body
    if key:
        lines[0] = KEYS.sub(key, lines[0])
        content = KEYS.sub(key, content)
    if target:
        method, path, version = lines[0].split()
        lines[0] = f"{method} {target.format(path=path)} {version}"
    octets = content.encode()
    return "\r\n".join([*lines, f"Content-Length: {len(octets)}", "\r\n"]).encode() + octets


def shape(value: Any) -> Any:
    """An answer with what a seed invents (keys, ids, dates, prices, networks) as what it is like."""
    match value:
        case dict():
            return {name: _shape_of(name, member) for name, member in value.items()}
        case list():
            return [shape(each) for each in value]
        case _:
            return value


def _shape_of(name: str, value: Any) -> Any:
    like = {"key": KEY, "messageId": re.compile(r"[0-9a-f-]{36,40}"), "sentAt": DATE, "doneAt": DATE}
    if name in like and isinstance(value, str) and like[name].fullmatch(value):
        return f"<{name}>"
    if name in ("price", "mccMnc"):
        return f"<{name}>"
    return shape(value)


def same(told: Any, answer: str, status: int, wanted: int, **members: Any) -> None:
    assert (status, shape(told)) == (wanted, shape({**ANSWERS[answer], **members}))


@pytest.fixture
async def server(stage: Stage) -> Server:
    server = stage.prepare()
    await server.account("Aladdin & Co", *ALADDIN)
    await server.start()
    return server


@pytest.mark.parametrize(
    "target", ["", "http://api.infobip.com{path}", "/sms/1{path}", "http://x.example:8080/sms/1{path}/"]
)
async def test_create_and_update_as_printed(server: Server, target: str) -> None:
    status, made = await exchange(server, printed("000_create", target=target))
    same(made, "000_create", status, 201, default=True)  # the account's first one is its default
    status, made = await exchange(server, printed("000_create", target=target))
    same(made, "000_create", status, 201)
    key = made["key"]
    status, told = await exchange(server, printed("001_update", key=key, target=target))
    same(told, "001_update", status, 200)
    assert told["key"] == key
    status, told = await exchange(server, printed("001_default_false", key=key, target=target))
    same(told, "001_default_false", status, 400)


async def test_bodies_of_the_libraries_samples(server: Server) -> None:
    for name in ("000_curl_body", "000_php_body", "000_library_body"):
        body = (SEEDS / f"{name}.json").read_text()
        status, made = await exchange(server, printed("000_create", body=body))
        assert (status, made["flow"]) == (201, json.loads(body)["flow"])
    body = (SEEDS / "001_curl_body.json").read_text()
    status, told = await exchange(server, printed("001_update", key=made["key"], body=body, target="/sms/1{path}"))
    same(told, "001_update", status, 200)


async def test_refusals_as_printed(server: Server) -> None:
    status, told = await exchange(server, printed("000_create", body='{"name": "x", "flow": []}'))
    told["requestError"]["serviceException"].pop("validationErrors")
    assert (status, told) == (400, ANSWERS["000_invalid"])
    wrong = printed("000_create").replace(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==", b"QWxhZGRpbjpvcGVuIHNlc2FtMQ==")
    status, told = await exchange(server, wrong)
    assert (status, told["requestError"]["serviceException"]["messageId"]) == (401, "UNAUTHORIZED")


async def push_and_sms(stage: Stage, **omni: Any) -> tuple[Server, Client]:
    smsc, fcm = await asyncio.gather(stage.smsc(), stage.fcm())
    server = stage.prepare(smsc.connector(), fcm.connector(), tables={"omni": omni})
    client = await server.account("Aladdin & Co", *ALADDIN)
    await server.start()
    await server.bound()
    device = {"application": APPLICATION, "phone": PHONE, "token": "unregistered-phone"}
    assert (await client.ask("POST", "/api/v1/devices", device)).status == 201
    return server, client


async def reports_as_printed(server: Server, rows: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def look() -> bool:
        status, told = await exchange(server, printed("002_reports"))
        assert status == 200
        found.extend(told["results"])
        return len(found) >= rows

    await until(look, "the reports")
    return found


async def test_the_push_example_as_printed(stage: Stage) -> None:
    server, client = await push_and_sms(stage, create_status=200, report_rows="steps")
    status, scenario = await exchange(server, printed("002_create"))
    same(scenario, "002_create", status, 200)
    status, placed = await exchange(server, printed("002_advanced", key=scenario["key"]))
    ANSWERS["002_advanced"]["messages"][0]["to"]["phoneNumber"] = PHONE  # the page answers with another number
    same(placed, "002_advanced", status, 200)
    push, sms = await reports_as_printed(server, 2)
    like_push, like_sms = (shape({**row, "to": PHONE}) for row in ANSWERS["002_reports"]["results"])
    assert (shape(push)["status"], push["channel"]) == (like_push["status"], "PUSH")
    assert (push["error"]["id"], push["error"]["permanent"]) == (8001, True)  # this phone was unregistered, not absent
    assert shape(sms) == like_sms
    assert set(shape(push)) == set(like_push)
    assert {row["messageId"] for row in (push, sms)} == {placed["messages"][0]["messageId"]}
    assert (await reports_as_printed(server, 0)) == []
    story = await client.story(placed["messages"][0]["messageId"])
    said = [(line["channel"], line["said"]) for line in story["timeline"]]
    assert said == [("PUSH", "failed"), ("SMS", "accepted"), ("SMS", "delivered")]


async def test_one_final_row_and_the_newer_accepted_status(stage: Stage) -> None:
    server, _ = await push_and_sms(stage, accepted_status="enroute")
    status, scenario = await exchange(server, printed("002_create"))
    same(scenario, "002_create", status, 201)
    request = printed("002_advanced", key=scenario["key"], target="/sms/1{path}")
    _, placed = await exchange(server, request)
    row = placed["messages"][0]
    assert row["status"] == {
        "groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE",
        "description": "Message sent to next instance",
    }  # fmt: skip
    (report,) = await reports_as_printed(server, 1)
    assert (report["messageId"], report["channel"], report["status"]["id"]) == (row["messageId"], "SMS", 5)
