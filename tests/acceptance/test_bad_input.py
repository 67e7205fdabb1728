"""What cannot be served is refused in the words of the API that was asked, and leaves no trace in the database."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import fromstring

import pytest

from tests.acceptance.client import Answer, Client
from tests.acceptance.conftest import Fresh
from tests.acceptance.processes import free_port
from tests.acceptance.stage import Server, Stage

pytestmark = pytest.mark.anyio

LIMIT = 100_000
MOST = 50
ONE = {"destinations": [{"to": {"phoneNumber": "41790000001"}}], "sms": {"text": "x"}}


class House(NamedTuple):
    """A product with two accounts; what is `owned` belongs to the second one."""

    server: Server
    client: Client
    other: Client
    owned: dict[str, str]


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, fresh: Fresh) -> AsyncIterator[House]:
    stage = Stage(tmp_path_factory.mktemp("bad"), await fresh())
    try:
        nowhere = (
            f'[[connectors]]\nname = "a"\nkind = "smpp"\nhost = "127.0.0.1"\nport = {free_port()}\nsystem_id = "u"'
        )
        server = stage.prepare(nowhere, tables={"omni": {"max_body": LIMIT, "max_destinations": MOST}})
        client, other = await server.account("one"), await server.account("other")
        await server.start()
        await client.scenario()
        key = await other.scenario()
        rejected = await other.send_one("41790000001", sms=None)
        waiting = await other.send_one("41790000002")
        yield House(server, client, other, {"scenario": key, "rejected": rejected, "waiting": waiting})
    finally:
        await stage.end()


def fault(answer: Answer) -> tuple[int, str, set[str]]:
    """Status, messageId and the members that are blamed; the envelope has to be whole."""
    (exception,) = answer.body["requestError"].values()
    assert list(answer.body["requestError"]) == ["serviceException"]
    assert exception["text"]
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.status, exception["messageId"], set(exception.get("validationErrors", {}))


def bad(*members: str) -> tuple[int, str, set[str]]:
    return 400, "BAD_REQUEST", set(members)


def wrong(*members: str) -> tuple[int, str, set[str]]:
    return 400, "INVALID_ARGUMENT", set(members)


SEND, SCENARIOS = "/omni/1/advanced", "/omni/1/scenarios"
TO_NOBODY = {"sms": {"text": "x"}}
DEEP = b'{"push":{"customPayload":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_002

REFUSED: dict[str, tuple[str, str, Any, tuple[int, str, set[str]]]] = {
    "no JSON": ("POST", SEND, b"{", bad("body")),
    "nothing": ("POST", SEND, b"", bad("body")),
    "not an object": ("POST", SEND, b"[]", bad("body")),
    "not UTF-8": ("POST", SEND, b'{"bulkId": "\xff"}', bad("body")),
    "nested too deeply": ("POST", SEND, DEEP, bad("body")),
    "a NUL": ("POST", SEND, {**ONE, "bulkId": "a\0b"}, bad("bulkId")),
    "destinations of the wrong type": ("POST", SEND, {**ONE, "destinations": "41790000001"}, bad("destinations")),
    "a number as a text": ("POST", SEND, {**ONE, "sms": {"text": 5}}, bad("sms.text")),
    "no destinations": ("POST", SEND, TO_NOBODY, bad("destinations")),
    "empty destinations": ("POST", SEND, {**ONE, "destinations": []}, bad("destinations")),
    "too many destinations": (
        "POST", SEND, {**ONE, "destinations": ONE["destinations"] * (MOST + 1)}, bad("destinations"),
    ),
    "an unknown scenario": ("POST", SEND, {**ONE, "scenarioKey": "0" * 32}, bad("scenarioKey")),
    "a date that is none": ("POST", SEND, {**ONE, "sendAt": "tomorrow"}, bad("sendAt")),
    "a date too far ahead": ("POST", SEND, {**ONE, "sendAt": "2099-01-01T00:00:00.000+0000"}, bad("sendAt")),
    "a validity of nothing": (
        "POST", SEND, {**ONE, "sms": {"text": "x", "validityPeriod": -1}}, bad("sms.validityPeriod"),
    ),
    "a unit that is none": (
        "POST", SEND, {**ONE, "sms": {"text": "x", "validityPeriod": 1, "validityPeriodTimeUnit": "WEEKS"}},
        bad("sms.validityPeriodTimeUnit"),
    ),
    "an address for reports that is none": ("POST", SEND, {**ONE, "notifyUrl": "ftp://x"}, bad("notifyUrl")),
    "callback data too long": ("POST", SEND, {**ONE, "callbackData": "x" * 4001}, bad("callbackData")),
    "a scenario without a name": ("POST", SCENARIOS, {"flow": [{"from": "x", "channel": "SMS"}]}, wrong("name")),
    "a scenario without steps": ("POST", SCENARIOS, {"name": "x", "flow": []}, wrong("flow")),
    "an unknown channel": (
        "POST", SCENARIOS, {"name": "x", "flow": [{"from": "x", "channel": "PIGEON"}]}, wrong("flow[0].channel"),
    ),
    "an update of nothing": ("PUT", f"{SCENARIOS}/{'0' * 32}", {"name": "y"}, (404, "NOT_FOUND", {"key"})),
    "a limit out of range": ("GET", "/omni/1/reports?limit=1001", None, bad("limit")),
    "a channel of reports that is none": ("GET", "/omni/1/reports?channel=PIGEON", None, bad("channel")),
    "an unknown path": ("GET", "/omni/1/nowhere", None, (404, "NOT_FOUND", set())),
    "a method that is none": ("DELETE", SEND, None, (405, "METHOD_NOT_ALLOWED", set())),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_refused_and_nothing_kept(house: House, name: str) -> None:
    method, path, body, expected = REFUSED[name]
    before = await house.server.rows()
    raw = body if isinstance(body, bytes) else None
    answer = await house.client.ask(
        method, path, body if raw is None else None, data=raw, headers={"Content-Type": "application/json"}
    )
    assert fault(answer) == expected
    assert (await house.server.rows()) == before


async def test_a_body_in_another_format_is_refused(house: House) -> None:
    before = await house.server.rows()
    headers = {"Content-Type": "text/plain"}
    answer = await house.client.ask("POST", SEND, data=json.dumps(ONE).encode(), headers=headers)
    assert fault(answer) == bad("Content-Type")
    assert (await house.server.rows()) == before


LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
TO_ONE = "<destinations><destination><to><phoneNumber>41790000001</phoneNumber></to></destination></destinations>"
GOOD = f"<request>{TO_ONE}<sms><text>x</text></sms></request>"
SAYING = '<?xml version="1.0" encoding="{}"?>' + GOOD.replace("<text>x", "<text>\u017b\u00f3\u0142w")

BAD_XML: dict[str, bytes] = {
    "nothing": b"",
    "no XML": b"{}",
    "a truncated document": GOOD[:-10].encode(),
    "two roots": (GOOD + GOOD).encode(),
    "a bomb of entities": f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>{GOOD.replace(">x<", ">&l9;<")}'.encode(),
    "a quadratic bomb": f'<!DOCTYPE r [<!ENTITY a "{"a" * 30_000}">]><r>{"&a;" * 10_000}</r>'.encode(),
    "a file as an entity": f'<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>{GOOD}'.encode(),
    "a DTD of another host": f'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">{GOOD}'.encode(),
    "an entity that nobody declared": GOOD.replace(">x<", ">&l;<").encode(),
    "too deep a push": b"<r><push>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</push></r>",
    "too deep a document": b"<a>" * 14_000 + b"</a>" * 14_000,
    "invalid UTF-8": GOOD.replace(">x<", ">\u00ff<").encode("latin-1"),
    "a byte order mark of UTF-16 before UTF-8": b"\xff\xfe" + GOOD.encode(),
    "half a UTF-16": b"\xff\xfe" + GOOD.encode("utf-16-le")[:-1],
    "an encoding that is none": SAYING.format("utf-99").encode(),
    "a codec that is no encoding of texts": SAYING.format("rot13").encode(),
    "UTF-7, which hides a DTD": b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE r+AD4-<r/>',
    "a NUL": GOOD.replace(">x<", ">\0<").encode(),
    "a NUL written out": GOOD.replace(">x<", ">&#0;<").encode(),
    "an attribute twice": GOOD.replace("<request>", '<request a="1" a="2">').encode(),
    "too many attributes": GOOD.replace("<request>", f"<request {'a=' * 25_000}>").encode(),
    "a prefix of no namespace": GOOD.replace("request>", "x:request>").encode(),
    "a wrong root with nothing in it": b"<html><body>hello</body></html>",
    "no destinations": b"<request><sms><text>x</text></sms></request>",
    "more than is taken": GOOD.replace(">x<", f">{'x' * LIMIT}<").encode(),
    "an attribute longer than is taken": GOOD.replace("<request>", f'<request a="{"x" * LIMIT}">').encode(),
    "20 MB": b"<r>" + b" " * 20_000_000 + b"</r>",
}  # fmt: skip
XML = {"Content-Type": "application/xml", "Accept": "application/xml"}


@pytest.mark.parametrize("name", BAD_XML)
async def test_bad_xml_is_refused_in_xml_and_nothing_kept(house: House, name: str) -> None:
    before = await house.server.rows()
    for path in (SEND, "/omni/1/text"):
        answer = await house.client.ask("POST", path, data=BAD_XML[name], headers=XML)
        told = fromstring(answer.body)
        assert (answer.status, told.tag, told.findtext("requestError/serviceException/messageId")) == (
            400, "ApiException", "BAD_REQUEST",
        )  # fmt: skip
        assert told.findtext("requestError/serviceException/validationErrors/entry/key")
        assert answer.headers["Content-Type"] == "application/xml;charset=UTF-8"
    assert (await house.server.health())["status"] == "ok"
    assert (await house.server.rows()) == before
    assert "Traceback" not in house.server.process.log()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (SAYING.format("UTF-8").encode("utf-8-sig"), "application/xml"),
        (SAYING.format("utf-16").encode("utf-16"), "text/xml"),
        (SAYING.format("iso-8859-2").encode("iso-8859-2"), "application/xml"),
        (SAYING.format("iso-8859-2").encode("windows-1250"), "application/xml; charset=windows-1250"),
        (SAYING.format("utf-16").encode(), "application/xml"),
    ],
    ids=["a byte order mark", "UTF-16", "declared", "told by the header", "UTF-16 that is UTF-8"],
)
async def test_xml_in_an_encoding_that_is_told_is_taken(house: House, body: bytes, kind: str) -> None:
    answer = await house.client.ask("POST", SEND, data=body, headers={**XML, "Content-Type": kind})
    assert (answer.status, fromstring(answer.body).findtext("messages/message/status/groupName")) == (200, "ACCEPTED")
    message = fromstring(answer.body).findtext("messages/message/messageId")
    logged = (await house.client.get(f"/omni/1/logs?messageId={message}"))["results"]
    assert [row["text"] for row in logged] == ["\u017b\u00f3\u0142w"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_too_large_a_body_is_refused_before_it_is_read(house: House, chunked: bool) -> None:
    before = await house.server.rows()
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {LIMIT * 1000}"
    writer.write(
        f"POST {SEND} HTTP/1.1\r\nHost: x\r\nAuthorization: App {house.client.key}\r\n"
        f"Content-Type: application/json\r\n{length}\r\n\r\n".encode()
    )
    piece = b" " * 10_000
    for _ in range(LIMIT // len(piece) + 1 if chunked else 1):
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" if chunked else piece)
    async with asyncio.timeout(5):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length_told = re.search(r"(?i)content-length: (\d+)", head)
        assert length_told is not None
        body = json.loads(await reader.readexactly(int(length_told[1])))
    writer.close()
    assert " 400 " in head.splitlines()[0]
    assert str(LIMIT) in str(body["requestError"]["serviceException"]["validationErrors"])
    assert (await house.server.rows()) == before


@pytest.mark.parametrize(
    "header", ["", "App", "App wrong", "Basic b25lOndyb25n", "Basic ???", "Bearer x", "App \u00e9"]
)
async def test_wrong_credentials(house: House, header: str) -> None:
    before = await house.server.rows()
    for method, path, body in (("POST", SEND, ONE), ("GET", "/omni/1/reports", None), ("GET", SCENARIOS, None)):
        answer = await house.client.ask(method, path, body, headers={"Authorization": header})
        assert (answer.status, answer.body["requestError"]["serviceException"]) == (
            401, {"messageId": "UNAUTHORIZED", "text": "Unauthorized"},
        )  # fmt: skip
        assert "www-authenticate" in {name.lower() for name in answer.headers}
    for path in ("/api/v1/connectors", "/api/v1/load", "/api/v1/numbers", "/api/v1/deliveries/x", "/api/v1/reports"):
        assert (await house.client.ask("GET", path, headers={"Authorization": header})).status == 401
    assert (await house.server.rows()) == before


async def test_what_is_anothers_is_not_there(house: House) -> None:
    before = await house.server.rows()
    client, owned = house.client, house.owned
    key = owned["scenario"]
    assert fault(await client.ask("GET", f"{SCENARIOS}/{key}")) == (404, "NOT_FOUND", {"key"})
    assert fault(await client.ask("PUT", f"{SCENARIOS}/{key}", {"name": "mine"})) == (404, "NOT_FOUND", {"key"})
    assert fault(await client.ask("POST", SEND, {**ONE, "scenarioKey": key})) == bad("scenarioKey")
    assert key not in str(await client.get(SCENARIOS))
    for id_ in (owned["rejected"], owned["waiting"]):
        assert (await client.ask("GET", f"/api/v1/deliveries/{id_}")).status == 404
        assert (await client.get(f"/omni/1/reports?messageId={id_}"))["results"] == []
    assert (await client.get("/omni/1/reports"))["results"] == []
    assert (await client.get("/api/v1/reports"))["reports"] == []
    assert (await house.server.rows()) == before
    (report,) = (await house.other.get(f"/omni/1/reports?messageId={owned['rejected']}"))["results"]
    assert report["status"]["groupName"] == "REJECTED"


async def test_operators_pages_are_not_for_accounts(house: House) -> None:
    for path in ("/api/v1/connectors", "/api/v1/load", "/api/v1/numbers", "/api/v1/connectors/a/trace"):
        answer = await house.client.ask("GET", path)
        assert (answer.status, answer.headers["Content-Type"]) == (401, "application/problem+json")


NATIVE_ONE = {"to": [{"phone": "41790000001"}], "content": {"SMS": {"text": "x"}}}

NATIVE: dict[str, tuple[Any, int, str]] = {
    "no JSON": (b"{", 400, ""),
    "an unknown member": ({**NATIVE_ONE, "colour": 1}, 400, "colour"),
    "nobody": ({"to": [], "content": {"SMS": {"text": "x"}}}, 400, "to"),
    "no content": ({"to": [{"phone": "41790000001"}], "content": {}}, 400, "content"),
    "a scenario that is none": ({**NATIVE_ONE, "scenario": "0" * 32}, 400, "scenario"),
}  # fmt: skip


@pytest.mark.parametrize("name", NATIVE)
async def test_the_native_api_tells_problems(house: House, name: str) -> None:
    body, status, field = NATIVE[name]
    before = await house.server.rows()
    raw = body if isinstance(body, bytes) else None
    answer = await house.client.ask(
        "POST", "/api/v1/messages", None if raw else body, data=raw, headers={"Content-Type": "application/json"}
    )
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.body.get("field", "") == field
    assert (await house.server.rows()) == before


BROKEN = {
    "no request": b"\r\n\r\nhello\r\n\r\n",
    "another protocol": b"GET /health HTP/1.1\r\n\r\n",
    "half a request": b"POST /omni/1/advanced HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    "a length twice": b"POST /omni/1/advanced HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{",
    "a target that is none": b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
    "octets": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_http_harms_nobody(house: House, name: str) -> None:
    before = await house.server.rows()
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(BROKEN[name])
    writer.write_eof()
    async with asyncio.timeout(5):
        told = await reader.read()
    writer.close()
    assert not told or re.match(rb"HTTP/1\.1 4\d\d ", told), told[:200]
    assert (await house.server.health())["status"] == "ok"
    assert (await house.server.rows()) == before
    assert "Traceback" not in house.server.process.log()
