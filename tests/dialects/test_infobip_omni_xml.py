"""XML says what JSON says: the same orders, the same answers, the same refusals."""

import json
import random
import time
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from omnibound.dialects import infobip_omni
from omnibound.dialects.base import App
from omnibound.dialects.infobip_omni.channels import CHANNELS
from omnibound.dialects.infobip_omni.schemas import MAX_CALLBACK_DATA
from omnibound.domain.message import Content
from omnibound.domain.order import Order
from tests.asgi import Answer, call
from tests.dialects.stand_in import StandIn
from tests.xml_writing import planted

pytestmark = pytest.mark.anyio

ALADDIN = {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
JSON = {**ALADDIN, "Content-Type": "application/json"}
XML = {**ALADDIN, "Content-Type": "application/xml"}
TO = "<destinations><destination><to><phoneNumber>41793026727</phoneNumber></to></destination></destinations>"
SEND = f"<request>{TO}<sms><text>x</text></sms></request>"
STEPS = "".join(f"<step><channel>{channel}</channel></step>" for channel in ("SMS", *sorted(CHANNELS - {"SMS"})))
SCENARIO = f"<scenario><name>n</name><flow>{STEPS}</flow></scenario>"


def app_over(stand_in: StandIn, **settings: Any) -> App:
    return Starlette(routes=infobip_omni.routes(stand_in.services, infobip_omni.OmniSettings(**settings)))


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
async def app(stand_in: StandIn) -> App:
    app = app_over(stand_in)
    assert (await call(app, "POST", "/omni/1/scenarios", XML, SCENARIO.encode())).status == 201
    return app


def refusal(answer: Answer) -> tuple[int, str, list[tuple[str, str]]]:
    """Status, messageId, and the faults, of an error in XML."""
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8"
    root = fromstring(answer.body.decode())
    assert root.tag == "ApiException"
    exception = root[0][0]
    entries = exception.findall("validationErrors/entry")
    found = [(entry.findtext("key", ""), entry.findtext("value", "")) for entry in entries]
    return answer.status, exception.findtext("messageId", ""), found


# -- The same orders ---------------------------------------------------------------------------------------------

WHOLE: dict[str, Any] = {
    "bulkId": "B & <C>",
    "destinations": [
        {"messageId": "M-1", "to": {"phoneNumber": "41793026727", "emailAddress": "a@b.example"}},
        {"to": {"pushRegistrationId": "r", "facebookUserKey": "f", "lineUserKey": "l", "whatsAppUserId": "w"}},
        {"messageId": "M-3"},
    ],
    "notify": False,
    "notifyUrl": "https://cb.example/dlr?a=1&b=2",
    "notifyContentType": "application/xml",
    "intermediateReport": True,
    "callbackData": " order 7\n",
    "sms": {
        "text": "żółć\n<b>&amp;</b>",
        "validityPeriod": 90,
        "validityPeriodTimeUnit": "SECONDS",
        "transliteration": "TURKISH",
        "language": {"languageCode": "TR", "singleShift": True, "lockingShift": False},
        "regional": {"indiaDlt": {"principalEntityId": "1"}, "korea": {"title": "t"}},
    },
    "push": {
        "text": "p",
        "customPayload": {"a": "1", "b": {"c": "x"}, "d": ["1", "2"]},
        "notificationOptions": {"badge": 3, "isSilent": False, "inAppStyle": "BANNER"},
        "targetOnlyPrimaryDevices": True,
        "personSubscriptions": [{"id": "1"}, {"id": "2"}],
    },
    "email": {"subject": "s", "text": "t"},
    "viber": {
        "text": "v",
        "isPromotional": True,
        "forcePrimaryDevice": False,
        "imageURL": "http://x",
        "buttonText": "More",
        "buttonURL": "tel:+41793026727",
        "trackingData": "1",
    },
    "whatsApp": {
        "templateName": "t",
        "templateData": ["a"],
        "language": "en",
        "longitude": -0.125,
        "latitude": 51.5,
        "previewUrl": True,
        "mediaTemplateData": {
            "header": {"latitude": 1.5, "longitude": 2.5},
            "body": {"placeholders": ["1"]},
            "buttons": [{"urlPlaceholder": "u"}],
        },
        "contacts": [
            {
                "name": {"firstName": "F", "formattedName": "F"},
                "phones": [{"phone": "41", "type": "CELL"}],
                "emails": [],
            }
        ],
    },
    "voice": {"text": "v", "language": "en"},
    "line": {"type": "VIDEO", "duration": 1500},
    "vKontakte": {"templateName": "t", "templateData": {"templateData": "x"}},
    "kakaoAlim": {"text": "k", "templateCode": "c", "buttons": [{"buttonText": "b", "type": "URL"}]},
    "kakaoChingu": {"text": "k", "isPromotional": False, "buttons": []},
}


def in_xml(members: dict[str, Any], root: str = "request", item: str = "") -> bytes:
    """`item` is what the items of lists are called, empty for the list's own name."""
    element = Element(root)
    for name, value in members.items():
        planted(element, name, value, item)
    return tostring(element, "utf-8")


@pytest.mark.parametrize(("root", "item"), [("request", "item"), ("OmniAdvancedRequest", ""), ("anything", "x")])
async def test_a_whole_send_is_the_same_order(app: App, stand_in: StandIn, root: str, item: str) -> None:
    told = await call(app, "POST", "/omni/1/advanced", JSON, json.dumps(WHOLE).encode())
    answer = await call(app, "POST", "/omni/1/advanced", XML, in_xml(WHOLE, root, item))
    assert (told.status, answer.status) == (200, 200)
    first, second = stand_in.send.orders
    assert second == first


@pytest.mark.parametrize("name", sorted(WHOLE.keys() - {"destinations"}))
async def test_each_member_alone_is_the_same_order(app: App, stand_in: StandIn, name: str) -> None:
    asked = {"destinations": WHOLE["destinations"][:1], name: WHOLE[name]}
    await call(app, "POST", "/omni/1/advanced", JSON, json.dumps(asked).encode())
    await call(app, "POST", "/omni/1/advanced", XML, in_xml(asked))
    first, second = stand_in.send.orders
    assert second == first


async def test_namespaces_and_nil(app: App, stand_in: StandIn) -> None:
    body = SEND.replace(
        "<request>",
        '<o:request xmlns:o="urn:o" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><bulkId xsi:nil="true"/>',
    ).replace("</request>", "</o:request>")
    assert (await call(app, "POST", "/omni/1/advanced", XML, body.encode())).status == 200
    assert [order.bulk for order in stand_in.send.orders] == [""]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-2", "windows-1250"])
async def test_encodings(app: App, stand_in: StandIn, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' + SEND.replace(">x<", ">żółć<")
    assert (await call(app, "POST", "/omni/1/advanced", XML, body.encode(encoding))).status == 200
    said = {**XML, "Content-Type": f'text/xml; charset="{encoding.removesuffix("-sig")}"'}
    assert (
        await call(app, "POST", "/omni/1/advanced", said, body[body.index("<request") :].encode(encoding))
    ).status == 200
    assert [order.content["SMS"].text for order in stand_in.send.orders] == ["żółć"] * 2


async def test_a_long_send_is_read_in_order(app: App, stand_in: StandIn) -> None:
    people = [{"messageId": f"M-{n}", "to": {"phoneNumber": f"4179302{n:04}"}} for n in range(3000)]
    body = in_xml({"destinations": people, "sms": {"text": "x"}})
    answer = await call(app, "POST", "/omni/1/advanced", XML, body)
    ids = [element.text for element in fromstring(answer.body.decode()).iter("messageId")]
    assert ids == [person["messageId"] for person in people]
    assert [person.ref for person in stand_in.send.orders[0].people] == ids


# -- One text for all --------------------------------------------------------------------------------------------


async def test_a_simple_send_says_the_same_everywhere(app: App, stand_in: StandIn) -> None:
    asked = {"destinations": [{"to": {"phoneNumber": "41"}}], "text": "hello", "mailSubject": "Hi", "bulkId": "B"}
    await call(app, "POST", "/omni/1/text", JSON, json.dumps(asked).encode())
    await call(app, "POST", "/omni/1/text", XML, in_xml(asked))
    order, in_xml_too = stand_in.send.orders
    content = {channel: Content(text="hello") for channel in CHANNELS}
    content["EMAIL"] = Content(text="hello", subject="Hi")
    assert (order.content, order.bulk, order.validity) == (content, "B", {})
    assert in_xml_too == order


# -- Which format is answered ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "content_type", "told"),
    [
        ("", "", "json"),
        ("*/*", "application/json", "json"),
        ("", "application/xml", "xml"),
        ("*/*", "text/xml; charset=utf-8", "xml"),
        ("application/json", "application/xml", "json"),
        ("application/xml", "application/json", "xml"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "", "xml"),
        ("application/json; charset=utf-8", "", "json"),
        ("image/png", "application/xml", "xml"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/omni/1/scenarios"),
        ("GET", "/omni/1/scenarios/KEY"),
        ("GET", "/omni/1/reports"),
        ("HEAD", "/omni/1/reports"),
        ("GET", "/omni/1/reports?limit=x"),
        ("GET", "/omni/1/text"),
        ("GET", "/omni/9"),
    ],
)
async def test_the_format_of_an_answer(
    app: App, accept: str, content_type: str, told: str, method: str, path: str
) -> None:
    asked = {"Accept": accept, "Content-Type": content_type}
    headers = {**ALADDIN, **{name: value for name, value in asked.items() if value}}
    answer = await call(app, method, path, headers)
    assert answer.headers["content-type"] == f"application/{told};charset=UTF-8"
    if answer.body:
        assert answer.body[:1] == {"json": b"{", "xml": b"<"}[told]


async def test_our_own_fault_in_xml(app: App, stand_in: StandIn) -> None:
    stand_in.send.error = ZeroDivisionError("secret")
    answer = await call(app, "POST", "/omni/1/advanced", XML, SEND.encode())
    assert refusal(answer) == (500, "GENERAL_ERROR", [])
    assert b"secret" not in answer.body


# -- The same refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [
        {"destinations": []},
        {"destinations": [{"to": "41"}]},
        {"destinations": [{"to": {}, "messageId": "x" * 101}]},
        {"destinations": [{}, {}, {}, {}]},
        {"sms": "x"},
        {"sms": {"text": {"b": "x"}}},
        {"sms": {"text": "x", "validityPeriod": "1e999"}},
        {"sms": {"text": "x", "validityPeriod": 1, "validityPeriodTimeUnit": "SECONDS"}},
        {"sms": {"text": "x", "transliteration": "KLINGON"}},
        {"sms": {"text": "x", "regional": {"indiaDlt": {}}}},
        {"push": {"text": "x", "notificationOptions": {"badge": "many"}}},
        {"push": {"text": "x", "notificationOptions": {"badge": 2**31}}},
        {"push": {"customPayload": "x"}},
        {"viber": {"text": {"a": "x"}}},
        {"viber": {"text": "x", "buttonText": "More"}},
        {"whatsApp": {"contacts": [{"name": {"firstName": "F"}}]}},
        {"line": {"duration": "long"}},
        {"vKontakte": {"templateData": {"a": "1"}}},
        {"notify": "perhaps"},
        {"notifyUrl": "ftp://x"},
        {"sendAt": "tomorrow"},
        {"callbackData": "x" * (MAX_CALLBACK_DATA + 1)},
        {"scenarioKey": "none"},
    ],
)
async def test_what_json_refuses_xml_refuses_in_the_same_words(stand_in: StandIn, members: dict[str, Any]) -> None:
    app = app_over(stand_in, max_destinations=3)
    await call(app, "POST", "/omni/1/scenarios", XML, SCENARIO.encode())
    asked = {"destinations": [{"to": {"phoneNumber": "41793026727"}}], "sms": {"text": "x"}} | members
    told = (await call(app, "POST", "/omni/1/advanced", JSON, json.dumps(asked).encode())).json()
    answer = await call(app, "POST", "/omni/1/advanced", XML, in_xml(asked))
    faults = told["requestError"]["serviceException"]["validationErrors"]
    listed = [(path, text) for path, texts in faults.items() for text in texts]
    assert refusal(answer) == (400, "BAD_REQUEST", listed)
    assert stand_in.send.orders == []


# -- What only XML can do ----------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE r [<!ENTITY l0 "lol">{LAUGHS}]><request>{TO}<sms><text>&l9;</text></sms></request>'
QUADRATIC = (
    f'<!DOCTYPE r [<!ENTITY a "{"a" * 50_000}">]><request>{TO}<sms><text>{"&a;" * 50_000}</text></sms></request>'
)
DEEP = 200_000
DEEP_PAYLOAD = b"<r><push><customPayload>" + b"<a>" * DEEP + b"</a>" * DEEP + b"</customPayload></push></r>"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (BOMB.encode(), "a document type is not allowed"),
        (BOMB.encode("utf-16"), "a document type is not allowed"),
        (QUADRATIC.encode(), "a document type is not allowed"),
        (b'<!DOCTYPE r SYSTEM "http://127.0.0.1/x"><r/>', "a document type is not allowed"),
        (b"<a>" * DEEP, "not well-formed XML: no element found"),
        (b"<a>" * 600_000, "too many elements or attributes"),
        (b"<r " + b'a="" ' * 300_000 + b"/>", "too many elements or attributes"),
        (DEEP_PAYLOAD, "nested more than 64 deep"),
        (b'<?xml version="1.0" encoding="utf-7"?><r/>', "the encoding utf-7 is not understood"),
        (SEND.encode("utf-32"), "not well-formed XML"),
        (SEND.replace(">x<", ">żółć<").encode("iso-8859-2"), "not well-formed XML: not well-formed (invalid token)"),
        (b"\xff\xd8\xff\xe0", "not well-formed XML: not well-formed (invalid token)"),
    ],
)  # fmt: skip
async def test_attacks_are_refused_at_once(app: App, stand_in: StandIn, body: bytes, words: str) -> None:
    begun = time.process_time()
    status, code, ((path, text),) = refusal(await call(app, "POST", "/omni/1/advanced", XML, body))
    assert (status, code, path) == (400, "BAD_REQUEST", "body")
    assert text.startswith(words)
    assert time.process_time() - begun < 2
    assert stand_in.send.orders == []


async def test_members_nobody_reads_may_be_deep(app: App) -> None:
    body = SEND.replace("<sms>", "<unknown>" + "<a>" * DEEP + "</a>" * DEEP + "</unknown><sms>")
    assert (await call(app, "POST", "/omni/1/advanced", XML, body.encode())).status == 200


@pytest.mark.parametrize("cut", [1, 2])
async def test_twenty_megabytes_are_enough(app: App, cut: int) -> None:
    limit = infobip_omni.OmniSettings().max_body
    body = f"<request>{TO}<sms><text>".encode() + b"x" * limit
    pieces = body if cut == 1 else [body[: limit // 2], body[limit // 2 :]]
    answer = await call(app, "POST", "/omni/1/advanced", XML, pieces)
    assert refusal(answer) == (400, "BAD_REQUEST", [("body", f"must not be larger than {limit} bytes")])


# -- Anything at all ---------------------------------------------------------------------------------------------


async def is_answered_well(path: str, body: bytes) -> None:
    stand_in = StandIn()
    app = app_over(stand_in)
    await call(app, "POST", "/omni/1/scenarios", XML, SCENARIO.encode())
    answer = await call(app, "POST", path, XML, body)
    if answer.status >= 300:
        assert refusal(answer)[0] == 400
    else:
        fromstring(answer.body.decode())
    assert all(isinstance(order, Order) for order in stand_in.send.orders)


@given(st.binary())
async def test_any_bytes(body: bytes) -> None:
    for path in ("/omni/1/advanced", "/omni/1/text", "/omni/1/scenarios"):
        await is_answered_well(path, body)


@given(st.randoms(use_true_random=False))
async def test_a_mutated_document(chance: random.Random) -> None:
    body = bytearray(in_xml(WHOLE))
    for _ in range(chance.randint(1, 4)):
        at, other = chance.randrange(len(body)), chance.randrange(len(body))
        body[at : at + chance.randint(0, 8)] = chance.choice([b"", b"<", b"&#1;", bytes(body[other : other + 20])])
    await is_answered_well("/omni/1/advanced", bytes(body))


SCALARS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), max_size=8
)
VALUES = st.recursive(
    SCALARS | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["to", "text", "a"]), inner),
)


@given(st.sampled_from(sorted(WHOLE)), VALUES, st.sampled_from(["", "item"]))
async def test_any_value_of_any_member(name: str, value: Any, item: str) -> None:
    await is_answered_well("/omni/1/advanced", in_xml(WHOLE | {name: value}, item=item))
    await is_answered_well("/omni/1/scenarios", in_xml({"name": "n", "flow": value}, item=item))
