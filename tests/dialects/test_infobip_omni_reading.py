import json
from collections.abc import Sequence
from typing import Any

import pytest

from omnibound.dialects.infobip_omni.blocks.table import BLOCKS
from omnibound.dialects.infobip_omni.bodies import NAMED, reader_of
from omnibound.dialects.infobip_omni.errors import BadArgument, BadRequest
from omnibound.dialects.infobip_omni.reading import (
    in_slices,
    read_destinations,
    read_new_scenario,
    read_order,
    read_scenario_changes,
)
from omnibound.dialects.infobip_omni.reading_people import read_people
from omnibound.dialects.infobip_omni.schemas import ScenarioIn, SendIn
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND
from omnibound.domain.message import Addresses, Content
from omnibound.domain.order import Order, Person
from omnibound.domain.push import Notify
from omnibound.domain.scenario import ScenarioStep
from omnibound.domain.status import Reason

NOW = 1_700_000_000_000_000
SETTINGS = OmniSettings(max_destinations=3)
TO = [{"to": {"phoneNumber": "41793026727"}}]
PERSON = Person(Addresses(phone="41793026727"))
EVERY_CHANNEL = [channel for block in BLOCKS for channel in block.channels]

read_send = reader_of(SendIn)
read_scenario = reader_of(ScenarioIn)


def order(members: dict[str, Any], flow: Sequence[str] = EVERY_CHANNEL) -> Order:
    request = read_send(json.dumps({"destinations": TO, **members}).encode())
    people = read_people(read_destinations(request, SETTINGS))
    return read_order(request, people, SETTINGS, NOW).check(flow)


def faults(members: dict[str, Any]) -> dict[str, list[str]]:
    with pytest.raises(BadRequest) as caught:
        order(members)
    return caught.value.faults


# -- Bodies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b'{"a":', "body"),
        (b'{"a":1}x', "body"),
        (b'{"x":"\xff"}', "body"),
        (b'{"bulkId":"\\ud800"}', "body"),
        (b"[" * 100_000, "body"),
        (b'{"line":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, "body"),
        (b'{"destinations":7}', "destinations"),
        (b'{"destinations":["x"]}', "destinations[0]"),
        (b'{"destinations":[{"to":{"phoneNumber":[]}}]}', "destinations[0].to.phoneNumber"),
        (b'{"destinations":[{},{"messageId":5}]}', "destinations[1].messageId"),
        (b'{"notify":"true"}', "notify"),
        (b'{"sms":{"text":"a\\u0000b"}}', "sms.text"),
        (b'{"line":{"a":["\\u0000"]}}', "line.a[0]"),
        (b'{"line":{"\\u0000":1}}', "line"),
        (b'{"callbackData":"' + b"x" * 4001 + b'"}', "callbackData"),
        (b'{"bulkId":"' + b"x" * 101 + b'"}', "bulkId"),
    ],
)
def test_bodies_that_cannot_be_read(body: bytes, path: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_send(body)
    assert list(caught.value.faults) == [path]
    assert all(text for text in caught.value.faults[path])


def test_bodies_that_look_odd_but_can_be_read() -> None:
    assert read_send(b'\xef\xbb\xbf{"bulkId":"B"}').bulk_id == "B"
    assert read_send(b'{"bulkId":"a\\\\u0000b"}').bulk_id == "a\\u0000b"
    assert read_send(b'{"bulkId":null,"unknown":{"a":[1]}}').bulk_id is None
    assert read_send(b'{"bulkId":"' + b"x" * 100 + b'"}').bulk_id == "x" * 100


@pytest.mark.parametrize("count", range(1, 8))
def test_an_odd_backslash_makes_a_nul_and_an_even_one_a_text(count: int) -> None:
    for before in ("", "a", r"\\u00", r"\n"):
        text = f'"{before}' + "\\" * count + 'u0000"'
        body = b'{"bulkId":' + text.encode() + b"}"
        if count % 2:
            with pytest.raises(BadRequest, match="NUL") as caught:
                read_send(body)
            assert list(caught.value.faults) == ["bulkId"]
        else:
            assert read_send(body).bulk_id == json.loads(text)


def test_backslashes_that_a_nul_would_need_on_both_sides() -> None:
    assert read_send(rb'{"bulkId":"\u00e9\\u00\\00"}').bulk_id == "\u00e9\\u00\\00"


def test_a_nul_in_a_long_body_is_refused_without_a_walk() -> None:
    """The body is not even parsed: its end is missing."""
    with pytest.raises(BadRequest, match="NUL") as caught:
        read_send(b'{"line":["\\u0000"' + b',"a"' * NAMED)
    assert caught.value.faults == {"body": ["must not hold a NUL character"]}


def test_a_nul_in_a_member_that_is_given_again_is_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        read_send(b'{"bulkId":"\\u0000","bulkId":"a"}')
    assert list(caught.value.faults) == ["body"]


# -- Scenarios ---------------------------------------------------------------------------------------------------

STEPS = (ScenarioStep(channel="SMS", sender="InfoSMS"),)
FLOW = [{"from": "InfoSMS", "channel": "SMS"}]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"name": "n", "flow": FLOW}, ("n", STEPS, False)),
        ({"name": "n", "flow": FLOW, "default": True}, ("n", STEPS, True)),
        ({"name": "n", "flow": FLOW, "defaultScenario": True}, ("n", STEPS, True)),
        ({"name": "n", "flow": FLOW, "default": False, "defaultScenario": True}, ("n", STEPS, False)),
        ({"name": "n", "flow": FLOW, "default": None, "defaultScenario": True}, ("n", STEPS, True)),
        ({"name": "n", "flow": [None, *FLOW], "x": 1}, ("n", STEPS, False)),
        (
            {"name": "n", "flow": [{"channel": "VK", "from": 3045}]},
            ("n", (ScenarioStep(channel="VK", sender="3045"),), False),
        ),
        ({"name": "n", "flow": [{"channel": "SMS", "from": None}]}, ("n", (ScenarioStep(channel="SMS"),), False)),
    ],
)  # fmt: skip
def test_new_scenarios(members: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert read_new_scenario(read_scenario(json.dumps(members).encode())) == expected


@pytest.mark.parametrize(
    ("members", "paths"),
    [
        ({}, ["name", "flow"]),
        ({"name": None, "flow": None}, ["name", "flow"]),
        ({"name": " ", "flow": FLOW}, ["name"]),
        ({"name": "n", "flow": []}, ["flow"]),
        ({"name": "n", "flow": [None]}, ["flow"]),
        ({"name": "n", "flow": [*FLOW, {"from": "x"}]}, ["flow[1].channel"]),
        ({"name": "n", "flow": [{"channel": "sms"}, {"channel": ""}]}, ["flow[0].channel", "flow[1].channel"]),
    ],
)
def test_scenarios_that_make_no_sense(members: dict[str, Any], paths: list[str]) -> None:
    with pytest.raises(BadArgument) as caught:
        read_new_scenario(read_scenario(json.dumps(members).encode()))
    assert list(caught.value.faults) == paths


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, (None, None, None)),
        ({"default": False}, (None, None, False)),
        ({"defaultScenario": False}, (None, None, False)),
        ({"name": "n"}, ("n", None, None)),
        ({"flow": FLOW}, (None, STEPS, None)),
    ],
)
def test_partial_changes(members: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert read_scenario_changes(read_scenario(json.dumps(members).encode())) == expected


# -- Orders ------------------------------------------------------------------------------------------------------


def test_the_least_order() -> None:
    notify = Notify(format="infobip_omni.json")
    assert order({}) == Order(people=[PERSON], content={}, notify=notify)


def test_a_whole_order() -> None:
    asked = order(
        {
            "scenarioKey": "KEY",
            "key": "OTHER",
            "bulkId": "BULK-1",
            "sendAt": "2023-11-14T23:13:20.000+0000",
            "notify": True,
            "notifyUrl": "https://cb.example/dlr",
            "notifyContentType": "application/XML; charset=utf-8",
            "intermediateReport": True,
            "callbackData": "order 7",
            "sms": {"text": "s", "validityPeriod": 2, "validityPeriodTimeUnit": "HOURS"},
        }
    )
    assert asked == Order(
        people=[PERSON],
        content={"SMS": Content(text="s")},
        scenario="KEY",
        bulk="BULK-1",
        validity={"SMS": 2 * HOUR},
        send_at=NOW + HOUR,
        callback_data="order 7",
        notify=Notify(url="https://cb.example/dlr", format="infobip_omni.xml", steps=True),
    )


def test_nobody_is_told_of_what_shall_not_be_told() -> None:
    assert order({"notify": False, "notifyUrl": "https://cb.example/dlr"}).notify is None


@pytest.mark.parametrize(
    ("members", "content"),
    [
        ({"sms": {}}, {}),
        ({"sms": {"text": "", "transliteration": "ALL"}}, {}),
        ({"sms": {"text": None}, "viber": None}, {}),
        (
            {
                "sms": {
                    "text": "s",
                    "transliteration": "TURKISH",
                    "language": {"languageCode": "TR", "singleShift": True, "lockingShift": False},
                    "regional": {"indiaDlt": {"principalEntityId": "p", "x": None}, "korea": {"title": "t"}},
                }
            },
            {
                "SMS": Content(
                    text="s",
                    options={
                        "languageCode": "TR",
                        "singleShift": True,
                        "lockingShift": False,
                        "transliteration": "TURKISH",
                        "regional": {"indiaDlt": {"principalEntityId": "p"}, "korea": {"title": "t"}},
                    },
                )
            },
        ),
        (
            {
                "push": {
                    "text": "p",
                    "customPayload": {"a": None, "b": [1, None]},
                    "notificationOptions": {"title": "T", "badge": 3, "isSilent": False},
                    "targetOnlyPrimaryDevices": True,
                }
            },
            {
                "PUSH": Content(
                    text="p",
                    options={
                        "title": "T",
                        "badge": 3,
                        "isSilent": False,
                        "customPayload": {"a": None, "b": [1, None]},
                        "targetOnlyPrimaryDevices": True,
                    },
                )
            },
        ),
        ({"push": {"notificationOptions": {"isSilent": True}}}, {"PUSH": Content(options={"isSilent": True})}),
        ({"push": {"notificationOptions": {"title": "T"}}}, {}),
        ({"email": {"text": "t", "subject": "s"}}, {"EMAIL": Content(text="t", subject="s")}),
        ({"email": {"subject": "s"}}, {"EMAIL": Content(subject="s")}),
        (
            {"viber": {"text": "v", "fileUrl": None, "unknown": [1], "validityPeriod": 1, "trackingData": "1"}},
            {"VIBER": Content(text="v", options={"trackingData": "1"})},
        ),
        ({"whatsApp": {"templateName": "t"}}, {"WHATSAPP": Content(options={"templateName": "t"})}),
        ({"vKontakte": {"text": "k"}}, {"VKONTAKTE": Content(text="k"), "VK": Content(text="k")}),
        (
            {name: {"text": "t"} for name in ("voice", "facebook", "line", "kakaoAlim", "kakaoChingu", "parseco")},
            {
                channel: Content(text="t")
                for channel in ("VOICE", "FACEBOOK", "LINE", "KAKAO_ALIM", "KAKAO_CHINGU", "PARSECO")
            },
        ),
    ],
)  # fmt: skip
def test_content(members: dict[str, Any], content: dict[str, Content]) -> None:
    assert order(members).content == content


@pytest.mark.parametrize(
    ("block", "micros"),
    [
        ({}, None),
        ({"validityPeriod": None}, None),
        ({"validityPeriod": 1}, MINUTE),
        ({"validityPeriod": "90", "validityPeriodTimeUnit": "SECONDS"}, 90 * SECOND),
        ({"validityPeriod": 0.5}, 30 * SECOND),
        ({"validityPeriod": 30, "validityPeriodTimeUnit": "SECONDS"}, 30 * SECOND),
        ({"validityPeriod": 30000, "validityPeriodTimeUnit": "MILLISECONDS"}, 30 * SECOND),
        ({"validityPeriod": 30_000_000_000, "validityPeriodTimeUnit": "NANOSECONDS"}, 30 * SECOND),
        ({"validityPeriod": 30_000_000, "validityPeriodTimeUnit": "MICROSECONDS"}, 30 * SECOND),
        ({"validityPeriod": 1, "validityPeriodTimeUnit": "days"}, DAY),
        ({"validityPeriod": 49, "validityPeriodTimeUnit": "HOURS"}, 2 * DAY),
        ({"validityPeriod": 10**30}, 2 * DAY),
        ({"validityPeriod": 1e300}, 2 * DAY),
    ],
)
def test_validity(block: dict[str, Any], micros: int | None) -> None:
    expected = {} if micros is None else {"SMS": micros, "WHATSAPP": micros}
    assert order({"sms": {"text": "s", **block}, "whatsApp": {"text": "v", **block}}).validity == expected


@pytest.mark.parametrize(
    ("period", "unit", "micros"),
    [
        (36, "SECONDS", 36 * SECOND),
        (35_001, "MILLISECONDS", 35_001_000),
        (49, "HOURS", 49 * HOUR),
        (14, "DAYS", 14 * DAY),
        (15, "DAYS", 14 * DAY),
    ],
)
def test_viber_has_its_own_span(period: int, unit: str, micros: int) -> None:
    block = {"text": "v", "validityPeriod": period, "validityPeriodTimeUnit": unit}
    assert order({"viber": block}).validity == {"VIBER": micros}


@pytest.mark.parametrize(
    ("sent", "send_at"),
    [
        (None, 0),
        ("", 0),
        ("2015-01-01T00:00:00Z", 0),
        ("2023-11-14T22:13:20.000+0000", 0),
        ("2023-11-14T22:13:20.001", NOW + 1000),
        ("2024-05-12T22:13:20Z", NOW + 180 * DAY),
    ],
)
def test_send_at(sent: str | None, send_at: int) -> None:
    assert order({"sendAt": sent}).send_at == send_at


@pytest.mark.parametrize(
    ("members", "paths"),
    [
        ({"destinations": None}, ["destinations"]),
        ({"destinations": []}, ["destinations"]),
        ({"destinations": [None]}, ["destinations"]),
        ({"destinations": TO * 4}, ["destinations"]),
        ({"sendAt": "tomorrow"}, ["sendAt"]),
        ({"sendAt": "2024-05-12T22:13:21Z"}, ["sendAt"]),
        ({"notifyUrl": "ftp://x"}, ["notifyUrl"]),
        ({"notifyUrl": "http://"}, ["notifyUrl"]),
        ({"notifyUrl": "http://[x"}, ["notifyUrl"]),
        ({"notifyUrl": "http://x/" + "y" * 2048}, ["notifyUrl"]),
        ({"notifyContentType": "text/csv"}, ["notifyContentType"]),
        ({"sms": {"validityPeriod": 29, "validityPeriodTimeUnit": "SECONDS"}}, ["sms.validityPeriod"]),
        ({"sms": {"validityPeriod": 0}}, ["sms.validityPeriod"]),
        ({"sms": {"validityPeriod": -5}}, ["sms.validityPeriod"]),
        ({"viber": {"validityPeriod": 35, "validityPeriodTimeUnit": "SECONDS"}}, ["viber.validityPeriod"]),
        ({"whatsApp": {"validityPeriod": "soon"}}, ["whatsApp.validityPeriod"]),
        ({"whatsApp": {"validityPeriod": "nan"}}, ["whatsApp.validityPeriod"]),
        ({"whatsApp": {"validityPeriod": True}}, ["whatsApp.validityPeriod"]),
        ({"whatsApp": {"validityPeriod": [1]}}, ["whatsApp.validityPeriod"]),
        ({"line": {"validityPeriodTimeUnit": 5}}, ["line.validityPeriodTimeUnit"]),
        ({"sms": {"validityPeriodTimeUnit": "EPOCHS"}}, ["sms.validityPeriodTimeUnit"]),
        ({"line": {"text": 5}}, ["line.text"]),
        ({"line": {"contents": {"a": [2**63]}}}, ["line.contents"]),
        ({"push": {"text": "p", "customPayload": {"a": 2**64}}}, ["push.customPayload"]),
        ({"sms": {"text": "s", "regional": {"indiaDlt": {}}}}, ["sms.regional.indiaDlt.principalEntityId"]),
        ({"sms": {"validityPeriod": 0}, "sendAt": "", "notifyUrl": "x"}, ["sms.validityPeriod", "notifyUrl"]),
    ],
)  # fmt: skip
def test_orders_that_cannot_be_taken(members: dict[str, Any], paths: list[str]) -> None:
    assert list(faults(members)) == paths


def test_nesting_has_an_end() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = {"a": deep}
    assert list(faults({"line": {"contents": deep}})) == ["line.contents"]


def test_only_blocks_of_the_flow_must_be_right() -> None:
    wrong = {"viber": "no object", "line": {"type": "SONG"}, "vKontakte": {"text": 1}, "sms": {"text": "s"}}
    assert order(wrong, ["SMS", "PUSH"]).content == {"SMS": Content(text="s")}
    with pytest.raises(BadRequest) as caught:
        order(wrong, ["SMS", "VK", "VIBER"])
    assert caught.value.faults == {
        "vKontakte.text": ["Expected `str | null`, got `int`"],
        "viber": ["Expected `object`, got `str`"],
    }


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"sms": {"text": "x" * 4000}}, None),
        ({"sms": {"text": "x" * 4001}}, Reason.TOO_LONG),
        ({"push": {"text": "x" * 2000}}, None),
        ({"push": {"text": "x" * 2001}}, Reason.TOO_LONG),
        ({"push": {"text": "x", "customPayload": {"a": "x" * 4000}}}, Reason.TOO_LONG),
        ({"push": {"text": "x" * 2001}, "sms": {"text": "short"}}, None),
        ({"vKontakte": {"text": "x" * 9000}}, None),
    ],
)
def test_too_long_for_the_only_channel(members: dict[str, Any], fault: Reason | None) -> None:
    assert [person.fault for person in order(members).people] == [fault]


@pytest.mark.anyio
@pytest.mark.parametrize(("count", "rests"), [(0, 0), (1, 0), (1000, 0), (1001, 1), (3000, 2)])
async def test_long_lists_rest(count: int, rests: int) -> None:
    rested: list[int] = []

    async def rest() -> None:
        rested.append(1)

    assert await in_slices(lambda part: [item * 2 for item in part], list(range(count)), rest) == [
        item * 2 for item in range(count)
    ]
    assert len(rested) == rests
