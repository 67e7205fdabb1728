"""The blocks of a send: what each keeps, what makes it say something, what is told of it, and anything at all in it."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from omnibound.bootstrap import Running
from omnibound.dialects import infobip_omni
from omnibound.dialects.infobip_omni.blocks.base import MAX_DEPTH
from omnibound.dialects.infobip_omni.blocks.reading import read_blocks
from omnibound.dialects.infobip_omni.blocks.table import BLOCKS
from omnibound.dialects.infobip_omni.blocks.validity import UNITS
from omnibound.dialects.infobip_omni.bodies import reader_of
from omnibound.dialects.infobip_omni.errors import BadRequest
from omnibound.dialects.infobip_omni.schemas import SendIn
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.message import Content
from omnibound.domain.scenario import ScenarioStep
from omnibound.store.queries import plain
from tests.asgi import call
from tests.dialects.stand_in import StandIn

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parent.parent / "cases" / "infobip_omni"
EXCHANGES = json.loads((CASES / "advanced_every_block.json").read_text())["exchanges"]
WRITTEN = json.loads((CASES / "every_block.written.json").read_text())
SCENARIO, (IN_JSON, *IN_XML) = EXCHANGES[0]["request"], [each["request"] for each in EXCHANGES[1:]]
WHOLE: dict[str, Any] = {block.member: IN_JSON["body"][block.member] for block in BLOCKS}

read_send = reader_of(SendIn)


def content(members: dict[str, Any]) -> dict[str, Content]:
    said = read_blocks(read_send(json.dumps(members).encode()), OmniSettings())
    assert said.faults == {}
    return said.content


@pytest.mark.parametrize("subject", ["a\r\nBcc: all@mail.example", "a\x01b", "a\u2028b"])
def test_a_subject_is_one_line(subject: str) -> None:
    said = read_blocks(read_send(json.dumps({"email": {"text": "x", "subject": subject}}).encode()), OmniSettings())
    assert said.faults == {"EMAIL": {"email.subject": ["must not have control characters"]}}


# -- What is kept ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", [IN_JSON, *IN_XML], ids=["json", "xml repeated", "xml items"])
async def test_every_member_is_kept_by_its_name(request_: dict[str, Any]) -> None:
    stand_in = StandIn()
    app = Starlette(routes=infobip_omni.routes(stand_in.services, infobip_omni.OmniSettings()))
    created = await call(app, "POST", SCENARIO["path"], SCENARIO["headers"], json.dumps(SCENARIO["body"]).encode())
    body = request_["body"] if isinstance(request_["body"], str) else json.dumps(request_["body"])
    body = body.replace("{key}", created.json()["key"])
    answer = await call(app, "POST", request_["path"], request_["headers"], body.encode())
    assert answer.status == 200, answer.body
    (order,) = stand_in.send.orders
    told = msgspec.to_builtins(order.content)
    assert told == {**WRITTEN["content"], "VK": WRITTEN["content"]["VKONTAKTE"]}
    assert order.validity == WRITTEN["validity"]


def test_nothing_of_what_is_carried_loses_its_type() -> None:
    carried = {"a": [1, 1.5, True, "x", {"b": None}, None]}
    tidied = {"a": [1, 1.5, True, "x", {}]}
    told = content(
        {
            "push": {"customPayload": carried},
            "line": {"contents": carried},
            "vKontakte": {"templateName": "t", "templateData": carried},
        }
    )
    assert told["PUSH"].options == {"customPayload": carried}
    assert told["LINE"].options == {"contents": tidied}
    assert told["VK"].options == {"templateName": "t", "templateData": tidied}


@pytest.mark.parametrize(("told", "kept"), [(1500, 1500), ("1500", 1500), (" 7 ", 7), (0, 0), ("", None), (None, None)])
def test_a_duration_is_a_number_however_it_is_written(told: Any, kept: int | None) -> None:
    expected = {"type": "VIDEO"} if kept is None else {"type": "VIDEO", "duration": kept}
    assert content({"line": {"text": "l", "type": "VIDEO", "duration": told}})["LINE"].options == expected


@pytest.mark.parametrize(
    ("member", "block"),
    [
        ("sms", {"transliteration": "ALL"}),
        ("push", {"notificationOptions": {"title": "T", "isSilent": False}, "customPayload": {}}),
        ("email", {"text": "", "subject": ""}),
        ("viber", {"isPromotional": False}),
        ("viber", {"trackingData": "t", "text": None}),
        ("whatsApp", {"language": "en", "previewUrl": True, "contacts": [], "templateData": []}),
        ("voice", {"language": "en"}),
        ("facebook", {"type": "TEXT"}),
        ("line", {"type": "TEXT", "packageId": "1", "contents": {}}),
        ("vKontakte", {"templateData": {}}),
        ("kakaoAlim", {"title": "T", "buttons": [{"buttonText": "b"}]}),
        ("kakaoChingu", {"isPromotional": True}),
        ("parseco", {}),
    ],
)
def test_blocks_that_say_nothing(member: str, block: dict[str, Any]) -> None:
    assert content({member: block}) == {}


@pytest.mark.parametrize(
    ("member", "block"),
    [
        ("push", {"notificationOptions": {"isSilent": True}}),
        ("whatsApp", {"latitude": 0, "longitude": 0}),
        ("whatsApp", {"mediaTemplateData": {"body": {"placeholders": []}}}),
        ("line", {"type": "STICKER", "packageId": "1", "stickerId": "2"}),
        ("viber", {"imageURL": "http://x.example"}),
        ("viber", {"fileUrl": "https://x.example/f.pdf", "fileName": "f", "fileType": "pdf"}),
        ("viber", {"text": "v", "buttonText": "b", "buttonURL": "tel:1"}),
        ("kakaoAlim", {"templateCode": "c"}),
    ],
)
def test_blocks_that_say_something_without_a_plain_text(member: str, block: dict[str, Any]) -> None:
    assert set(content({member: block})) == {next(kind for kind in BLOCKS if kind.member == member).channels[0]}


@pytest.mark.parametrize("member", [block.member for block in BLOCKS])
def test_a_null_is_an_absent_member(member: str) -> None:
    (struct,) = [block.struct for block in BLOCKS if block.member == member]
    nulls: dict[str, Any] = {field.encode_name: None for field in msgspec.structs.fields(struct)}
    said = content({member: nulls | {"text": "t"}})
    assert list(said.values()) == [Content(text="t")] * len(said)


def test_what_is_carried_may_not_be_bottomless() -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH + 1):
        deep = {"a": deep}
    said = read_blocks(read_send(json.dumps({"push": {"customPayload": deep}}).encode()), OmniSettings())
    assert said.faults == {"PUSH": {"push.customPayload": [f"must not be nested more than {MAX_DEPTH} deep"]}}


@pytest.mark.parametrize("member", ["customPayload", "personSubscriptions"])
def test_no_depth_at_all_breaks_the_reading(member: str) -> None:
    """Where a body can just be parsed, going through it once more may be too much."""
    told: set[str] = set()
    for depth in range(MAX_DEPTH + 1, 1200):
        inner = "[" * depth + "1" + "]" * depth
        payload = f'{{"a":{inner}}}' if member == "customPayload" else inner
        try:
            request = read_send(f'{{"push":{{"text":"p","{member}":{payload}}}}}'.encode())
        except BadRequest as error:
            told |= set(error.faults)
            continue
        told |= set(read_blocks(request, OmniSettings()).faults["PUSH"])
    assert {f"push.{member}"} < told <= {f"push.{member}", "push", "body"}


# -- What is told of them ----------------------------------------------------------------------------------------

LIMITS = ("maxLength", "minLength", "maximum", "minimum", "maxItems", "pattern", "enum")


def schemas() -> dict[str, Any]:
    return msgspec.json.schema_components([block.struct for block in BLOCKS])[1]


def limits(schema: dict[str, Any]) -> dict[str, Any]:
    """What bounds a member, whichever of its types says so."""
    found = {name: schema[name] for name in LIMITS if name in schema}
    for one in schema.get("anyOf", []):
        found |= limits(one)
    return found


def names(value: Any) -> set[str]:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return set(value if isinstance(value, dict) else ()).union(*map(names, inner))


def test_schemas_and_the_truth_file_name_the_same_members() -> None:
    named = {name for schema in schemas().values() for name in schema["properties"]}
    carried = {"order", "lines", "shop", "topic", "bubble", "body", "layout", "name", "day"}
    assert names(list(WHOLE.values())) - carried == named - {"fileName", "fileType"} - carried


@pytest.mark.parametrize(
    ("schema", "member", "bounds"),
    [
        ("SmsIn", "validityPeriodTimeUnit", {"enum": list(UNITS)}),
        ("SmsIn", "text", {"maxLength": 4000}),
        ("PushIn", "text", {"maxLength": 2000}),
        ("Korea", "title", {"maxLength": 66}),
        ("ViberIn", "imageURL", {"maxLength": 1000}),
        ("ViberIn", "fileUrl", {"pattern": "^https?://"}),
        ("NotificationOptions", "inAppStyle", {"enum": ["BANNER", "MODAL"]}),
        ("Header", "latitude", {"minimum": -90, "maximum": 90}),
        ("TemplateButton", "urlPlaceholder", {"maxLength": 1500}),
        ("WhatsAppIn", "videoUrl", {"maxLength": 2048}),
        ("LineIn", "altText", {"maxLength": 400}),
        ("KakaoAlimIn", "templateCode", {"minLength": 1, "maxLength": 30}),
        ("KakaoAlimIn", "buttons", {"maxItems": 5}),
        ("KakaoChinguIn", "imageLink", {"maxLength": 250}),
    ],
)
def test_schemas_tell_limits(schema: str, member: str, bounds: dict[str, Any]) -> None:
    assert limits(schemas()[schema]["properties"][member]) == bounds


# -- Anything at all ---------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
ROWS = plain("SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM deliveries)")


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for name, item in inner for place in places(item, (*at, name)))]


def planted(place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    whole = json.loads(json.dumps(WHOLE))
    spot = whole
    for name in place[:-1]:
        spot = spot[name]
    spot[place[-1]] = value
    return whole


@pytest.fixture
async def served(house: Running) -> Running:
    """A server whose default scenario of Aladdin's goes through every channel."""
    aladdin, _ = await house.store.accounts.all()
    steps = tuple(ScenarioStep(channel=channel) for block in BLOCKS for channel in block.channels)
    await house.services.scenarios.create(aladdin, "All", steps, True)
    return house


async def rows(store: Any) -> tuple[int, int]:
    return (await store.db.rows(ROWS))[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(st.sampled_from(places(WHOLE)[1:]), VALUES)
async def test_any_value_anywhere_is_kept_or_refused_without_a_row(
    served: Running, place: tuple[Any, ...], value: Any
) -> None:
    app = Starlette(routes=infobip_omni.routes(served.services, infobip_omni.OmniSettings()))
    before = await rows(served.store)
    asked = planted(place, value) | {"destinations": [{"to": {"phoneNumber": "41793026727"}}]}
    answer = await call(app, "POST", "/omni/1/advanced", IN_JSON["headers"], json.dumps(asked).encode())
    after = await rows(served.store)
    if answer.status == 200:
        assert after == (before[0] + 1, before[1] + 1)
        return
    assert (answer.status, after) == (400, before)
    paths = answer.json()["requestError"]["serviceException"]["validationErrors"]
    assert all(re.match(place[0], path) or path == "body" for path in paths), paths
