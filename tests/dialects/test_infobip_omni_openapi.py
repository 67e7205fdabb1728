"""The OpenAPI document of OMNI: valid, whole, and for everybody; and that access speaks XML like the rest."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from msgspec import json
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, Router

from omnibound.dialects import infobip_omni
from omnibound.dialects.infobip_omni.blocks.table import BLOCKS
from omnibound.dialects.infobip_omni.openapi import described
from omnibound.dialects.infobip_omni.operations import TABLE
from omnibound.dialects.infobip_omni.resource import Resource
from omnibound.services.base import Services
from omnibound.web import with_all_below
from tests.asgi import call

pytestmark = pytest.mark.anyio

BASIC = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
XML = {"Authorization": BASIC, "Content-Type": "application/xml", "Accept": "application/xml"}
XML_TYPE = "application/xml;charset=UTF-8"
JSON_TYPE = "application/json;charset=UTF-8"


@pytest.fixture
def app(services: Services) -> Starlette:
    routes = infobip_omni.routes(services, infobip_omni.OmniSettings(throttles=False))
    return Starlette(routes=[with_all_below(route) for route in routes])


# -- The document ------------------------------------------------------------------------------------------------


def test_the_document_is_valid() -> None:
    validate(json.decode(json.encode(described())))


async def test_the_document_is_for_everybody_and_in_json(app: Starlette) -> None:
    answer = await call(app, "GET", "/omni/openapi.json", {"Accept": "application/xml"})
    assert (answer.status, answer.headers["content-type"]) == (200, JSON_TYPE)
    assert answer.json() == json.decode(json.encode(described()))


def served(found: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in found:
        if isinstance(route, Mount) and isinstance(route.app, Router):
            yield from served(list(route.routes), prefix + route.path)
        elif isinstance(route, Route) and not route.path.endswith("/"):
            assert isinstance(route.app, Resource)
            own = route.app.methods - {"HEAD"} if prefix + route.path != "/omni/1/reports" else route.app.methods
            yield from ((method, prefix + route.path) for method in own)


async def test_the_document_lists_exactly_what_is_served(app: Starlette) -> None:
    everything = set(served(list(app.routes)))
    listed = {(method.upper(), path) for path, methods in described()["paths"].items() for method in methods}
    assert listed <= everything | {("HEAD", "/omni/1/reports")}
    aliases = {(method, path.removeprefix("/sms/1")) for method, path in everything if path.startswith("/sms/1/omni")}
    bulks = {(method, path) for method, path in everything if path.startswith("/omni/1/bulks")}
    own = {(method, path) for method, path in everything if not path.startswith("/sms/1/omni")} - bulks
    assert {(method, path) for method, path in listed if not path.startswith("/sms/1/omni")} == own
    assert aliases - {("HEAD", "/omni/1/reports")} == {
        (method, path) for method, path in own | bulks if path.startswith("/omni/1/")
    } - {("HEAD", "/omni/1/reports")}


def test_operations_have_names_of_their_own() -> None:
    names = [operation.name for operation in TABLE]
    assert len(set(names)) == len(names)


def test_every_operation_has_its_scopes_and_formats() -> None:
    for methods in described()["paths"].values():
        for method, operation in methods.items():
            schemes = [name for line in operation["security"] for name in line]
            assert ("A limited key needs" in operation.get("description", "")) == ("app" in schemes)
            assert {"429", "500", "503"} <= set(operation["responses"]), method
            body = operation.get("requestBody", {}).get("content", {})
            assert set(body) in (set(), {"application/json", "application/xml"}, {"application/x-www-form-urlencoded"})


def test_every_block_of_a_send_has_its_schema() -> None:
    members = described()["components"]["schemas"]["SendIn"]["properties"]
    for block in BLOCKS:
        assert {"$ref": f"#/components/schemas/{block.struct.__name__}"} in members[block.member]["anyOf"]


def test_xml_is_told_how_roots_and_items_are_called() -> None:
    schemas = described()["components"]["schemas"]
    assert schemas["ReportsOut"]["xml"] == {"name": "omniReportsResponse"}
    assert schemas["ReportsOut"]["properties"]["results"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/ReportOut", "xml": {"name": "result"}},
        "xml": {"wrapped": True},
    }


# -- Access in XML -----------------------------------------------------------------------------------------------


def told(body: bytes) -> Any:
    root = fromstring(body)
    return root.tag, {child.tag: [each.text for each in child] or child.text for child in root}


async def test_a_key_in_xml(app: Starlette) -> None:
    wish = (
        b"<key><name>n</name><allowedIPs><ip>127.0.0.1</ip><ip>10.0.0.0/8</ip></allowedIPs>"
        b"<permissions><permission>message:send</permission></permissions><enabled>false</enabled></key>"
    )
    made = await call(app, "POST", "/settings/1/accounts/_/api-keys", XML, wish)
    root, members = told(made.body)
    assert (made.status, made.headers["content-type"], root) == (201, XML_TYPE, "apiKey")
    assert (members["name"], members["enabled"]) == ("n", "false")
    assert members["allowedIPs"] == ["127.0.0.1", "10.0.0.0/8"]
    assert members["permissions"] == ["message:send"]
    keys = await call(app, "GET", "/settings/1/accounts/_/api-keys", XML)
    assert fromstring(keys.body).tag == "apiKeysResponse"
    assert members["key"] in [each.text for each in fromstring(keys.body).findall("apiKeys/apiKey/key")]


async def test_a_session_in_xml(app: Starlette) -> None:
    wish = b"<session><username>Aladdin</username><password>open sesame</password></session>"
    begun = await call(app, "POST", "/auth/1/session", {"Content-Type": "application/xml"}, wish)
    root, members = told(begun.body)
    assert (begun.status, begun.headers["content-type"], root) == (200, XML_TYPE, "session")
    session = {"Authorization": f"IBSSO {members['token']}", "Accept": "application/xml"}
    ended = await call(app, "DELETE", "/auth/1/session", session)
    assert (ended.status, ended.body.split(b"?>")[1]) == (200, b"<session></session>")
    assert (await call(app, "DELETE", "/auth/1/session", session)).status == 401


async def test_a_token_of_oauth_is_json_unless_xml_is_asked_for(app: Starlette) -> None:
    body = b"grant_type=client_credentials&client_id=Aladdin&client_secret=open+sesame"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await call(app, "POST", "/auth/1/oauth2/token", form, body)
    assert (answer.headers["content-type"], answer.json()["token_type"]) == (JSON_TYPE, "Bearer")
    asked = await call(app, "POST", "/auth/1/oauth2/token", {**form, "Accept": "application/xml"}, body)
    assert told(asked.body)[0] == "token"
    assert list(told(asked.body)[1]) == ["access_token", "expires_in", "token_type"]


async def test_a_nul_in_a_form_is_refused(app: Starlette) -> None:
    body = b"grant_type=client_credentials&client_id=a%00b&client_secret=x"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await call(app, "POST", "/auth/1/oauth2/token", form, body)
    exception = answer.json()["requestError"]["serviceException"]
    assert (answer.status, list(exception["validationErrors"])) == (400, ["client_id"])


@pytest.mark.parametrize(
    ("method", "path", "status", "word", "allow"),
    [
        ("GET", "/auth/1/nowhere", 404, "NOT_FOUND", None),
        ("GET", "/auth/2/session", 404, "NOT_FOUND", None),
        ("GET", "/settings/2/api-keys", 404, "NOT_FOUND", None),
        ("GET", "/omni/1/scenarios/a%0Ab", 404, "NOT_FOUND", None),
        ("GET", "/omni/9/a%0Ab", 404, "NOT_FOUND", None),
        ("GET", "/auth/%0A", 404, "NOT_FOUND", None),
        ("GET", "/settings/1/accounts/_", 404, "NOT_FOUND", None),
        ("GET", "/settings/1/accounts/_/api-keys/nobody's", 404, "NOT_FOUND", None),
        ("GET", "/settings/1/accounts/_/api-keys/a%00b", 404, "NOT_FOUND", None),
        ("PUT", "/auth/1/session", 405, "METHOD_NOT_ALLOWED", "DELETE, OPTIONS, POST"),
        ("GET", "/auth/1/oauth2/token", 405, "METHOD_NOT_ALLOWED", "OPTIONS, POST"),
        ("DELETE", "/settings/1/accounts/_/api-keys", 405, "METHOD_NOT_ALLOWED", "GET, HEAD, OPTIONS, POST"),
        ("PATCH", "/omni/openapi.json", 405, "METHOD_NOT_ALLOWED", "GET, HEAD, OPTIONS"),
        ("POST", "/omni/1/reports", 405, "METHOD_NOT_ALLOWED", "GET, HEAD, OPTIONS"),
    ],
)
@pytest.mark.parametrize("xml", [False, True], ids=["json", "xml"])
async def test_envelopes(
    app: Starlette, method: str, path: str, status: int, word: str, allow: str | None, xml: bool
) -> None:
    answer = await call(app, method, path, XML if xml else {"Authorization": BASIC})
    if xml:
        found = fromstring(answer.body).findtext("requestError/serviceException/messageId")
    else:
        found = answer.json()["requestError"]["serviceException"]["messageId"]
    assert (answer.status, found, answer.headers.get("allow")) == (status, word, allow)
    assert answer.headers["content-type"] == (XML_TYPE if xml else JSON_TYPE)


@pytest.mark.parametrize("path", ["/omni/1/scenarios", "/settings/1/accounts/_/api-keys", "/omni/openapi.json"])
async def test_a_head_is_a_get(app: Starlette, path: str) -> None:
    # The body of an answer to a HEAD is left out by the server (RFC 9112, 6.3); what is told of it is the same.
    whole, head = [await call(app, method, path, {"Authorization": BASIC}) for method in ("GET", "HEAD")]
    assert (head.status, head.headers) == (whole.status, whole.headers)
