import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from omnibound.dialects import infobip_omni
from omnibound.dialects.base import App
from omnibound.dialects.infobip_omni.channels import CHANNELS
from omnibound.domain.account import Account
from omnibound.domain.errors import Backlogged, Forbidden, Invalid, NotFound, Stopping, Throttled, Unavailable
from omnibound.domain.live import Outcome
from omnibound.domain.message import Addresses
from omnibound.domain.order import Report
from omnibound.domain.status import Reason, Status
from tests.asgi import Answer, call
from tests.dialects.stand_in import API_KEYS, StandIn

pytestmark = pytest.mark.anyio

ALADDIN = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
JAFAR = "Basic " + base64.b64encode(b"Jafar:lamp:oil").decode()
JSON = {"Authorization": ALADDIN, "Content-Type": "application/json"}
SCENARIO = {"name": "n", "flow": [{"from": "InfoSMS", "channel": "SMS"}]}
SEND = {"destinations": [{"to": {"phoneNumber": "41793026727"}}], "sms": {"text": "x"}}


def app_over(stand_in: StandIn, **settings: Any) -> App:
    return Starlette(routes=infobip_omni.routes(stand_in.services, infobip_omni.OmniSettings(**settings)))


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def app(stand_in: StandIn) -> App:
    return app_over(stand_in)


async def post(app: App, path: str, members: Any, headers: dict[str, str] = JSON) -> Answer:
    return await call(app, "POST", path, headers, json.dumps(members).encode())


def envelope(answer: Answer) -> tuple[int, str, str]:
    exception = answer.json()["requestError"]["serviceException"]
    assert set(exception) <= {"messageId", "text", "validationErrors"}
    return answer.status, exception["messageId"], exception["text"]


def faults(answer: Answer) -> list[str]:
    return list(answer.json()["requestError"]["serviceException"].get("validationErrors", {}))


BAD_REQUEST = (400, "BAD_REQUEST", "Bad request")

# -- Who asks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        ALADDIN,
        ALADDIN.replace("Basic", "basic"),
        ALADDIN.replace("Basic ", "BASIC   "),
        JAFAR,
        "App " + next(iter(API_KEYS)),
        "APP " + next(iter(API_KEYS)),
    ],
)
async def test_who_may(app: App, authorization: str) -> None:
    assert (await call(app, "GET", "/omni/1/reports", {"Authorization": authorization})).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !",
        "Basic QWxhZGRpbg==",
        "Basic OnBhc3M=",
        "Basic /w==",
        "Basic QWxhZGRpbjp3cm9uZw==",
        "Basic QQA6QQ==",
        "App",
        "App nonsense",
        "Bearer x",
        next(iter(API_KEYS)),
        "é",
    ],
)
async def test_who_may_not(app: App, authorization: str) -> None:
    answer = await call(app, "GET", "/omni/1/reports", {"Authorization": authorization} if authorization else {})
    assert envelope(answer) == (401, "UNAUTHORIZED", "Unauthorized")
    assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_credentials_are_checked_once(app: App, stand_in: StandIn) -> None:
    for _ in range(3):
        await call(app, "GET", "/omni/1/reports", JSON)
    await call(app, "GET", "/omni/1/reports", {"Authorization": "Basic QWxhZGRpbjp3cm9uZw=="})
    await call(app, "GET", "/omni/1/reports", {"Authorization": "Basic QWxhZGRpbjp3cm9uZw=="})
    assert (stand_in.sign_in.checks, list(stand_in.sign_in.memory)) == (3, [ALADDIN])


async def test_nobody_sees_anothers_scenarios(app: App) -> None:
    key = (await post(app, "/omni/1/scenarios", SCENARIO)).json()["key"]
    theirs = {**JSON, "Authorization": JAFAR}
    assert (await call(app, "GET", f"/omni/1/scenarios/{key}", theirs)).status == 404
    assert (await call(app, "PUT", f"/omni/1/scenarios/{key}", theirs, b"{}")).status == 404
    assert (await call(app, "GET", "/omni/1/scenarios", theirs)).json() == {"scenarios": []}
    assert faults(await post(app, "/omni/1/advanced", {**SEND, "scenarioKey": key}, theirs)) == ["scenarioKey"]


# -- Paths and methods -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/omni/1/scenarios", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/omni/1/scenarios/KEY", "GET, HEAD, OPTIONS, PUT"),
        ("GET", "/omni/1/advanced", "OPTIONS, POST"),
        ("HEAD", "/omni/1/advanced/", "OPTIONS, POST"),
        ("POST", "/sms/1/omni/1/reports/", "GET, HEAD, OPTIONS"),
        ("BREW", "/omni/1/reports", "GET, HEAD, OPTIONS"),
    ],
)
async def test_methods_that_are_not_there(app: App, method: str, path: str, allow: str) -> None:
    answer = await call(app, method, path, JSON)
    assert envelope(answer) == (405, "METHOD_NOT_ALLOWED", "Method not allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize("path", ["/omni/1", "/omni/1/", "/omni/1/nothing", "/omni/9/reports", "/sms/1/omni/2/x"])
async def test_paths_that_are_not_there(app: App, path: str) -> None:
    assert envelope(await call(app, "GET", path)) == (404, "NOT_FOUND", "Not found")


@pytest.mark.parametrize(
    "path", ["/omni/1/reports", "/omni/1/reports/", "/sms/1/omni/1/reports", "/sms/1/omni/1/reports/"]
)
async def test_paths_that_mean_the_same(app: App, path: str) -> None:
    assert (await call(app, "GET", path, JSON)).json() == {"results": []}


async def test_a_browser_asks_first(app: App) -> None:
    answer = await call(app, "OPTIONS", "/omni/1/scenarios", {"Origin": "https://page.example"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"


async def test_a_key_is_any_text(app: App) -> None:
    for key in ("x", "%00", "a b", "ключ", "\0"):
        assert envelope(await call(app, "GET", f"/omni/1/scenarios/{key}", JSON))[:2] == (404, "NOT_FOUND")


# -- Bodies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "text/json", None])
async def test_json_by_its_type(app: App, content_type: str | None) -> None:
    headers = {"Authorization": ALADDIN, **({"Content-Type": content_type} if content_type else {})}
    assert (await post(app, "/omni/1/scenarios", SCENARIO, headers)).status == 201


@pytest.mark.parametrize("content_type", ["image/svg+xml", "application/x-www-form-urlencoded", "nonsense"])
async def test_other_types(app: App, content_type: str) -> None:
    answer = await post(app, "/omni/1/scenarios", SCENARIO, {**JSON, "Content-Type": content_type})
    assert (envelope(answer), faults(answer)) == (BAD_REQUEST, ["Content-Type"])


@pytest.mark.parametrize("pieces", [b"x" * 101, [b"x" * 60, b"x" * 60]])
async def test_too_big(stand_in: StandIn, pieces: Any) -> None:
    answer = await call(app_over(stand_in, max_body=100), "POST", "/omni/1/advanced", JSON, pieces)
    assert (envelope(answer), faults(answer)) == (BAD_REQUEST, ["body"])


async def test_a_body_in_pieces(app: App) -> None:
    body = json.dumps(SCENARIO).encode()
    answer = await call(app, "POST", "/omni/1/scenarios", JSON, [body[:7], b"", body[7:]])
    assert answer.status == 201


@pytest.mark.parametrize("agent", ["Python-Client-Library", "Php-Client-Library-1.1.3"])
async def test_libraries_of_2018_cannot_read_faults(app: App, agent: str) -> None:
    answer = await post(app, "/omni/1/advanced", {}, {**JSON, "User-Agent": agent})
    assert answer.status == 400
    assert answer.json() == {"requestError": {"serviceException": {"messageId": "BAD_REQUEST", "text": "Bad request"}}}


async def test_a_client_that_leaves(app: App) -> None:
    assert envelope(await call(app, "POST", "/omni/1/scenarios", JSON, [])) == BAD_REQUEST


# -- What services refuse ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "told", "retry_after"),
    [
        (NotFound("no", "key"), BAD_REQUEST, None),
        (Invalid("no", "x"), BAD_REQUEST, None),
        (Forbidden("no"), (403, "FORBIDDEN", "Forbidden"), None),
        (Throttled("slowly", 7), (429, "TOO_MANY_REQUESTS", "Too many requests"), "7"),
        (Backlogged("full", 0), (429, "TOO_MANY_REQUESTS", "Too many requests"), "1"),
        (Stopping("bye", 10), (503, "SERVICE_UNAVAILABLE", "Service unavailable"), "10"),
        (Unavailable("away"), (503, "SERVICE_UNAVAILABLE", "Service unavailable"), "5"),
    ],
)
async def test_errors_of_a_send(
    app: App, stand_in: StandIn, error: Exception, told: tuple[int, str, str], retry_after: str | None
) -> None:
    stand_in.send.error = error
    answer = await post(app, "/omni/1/advanced", SEND)
    assert (envelope(answer), answer.headers.get("retry-after")) == (told, retry_after)


async def test_our_own_fault_is_logged_and_told_without_details(
    app: App, stand_in: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in.send.error = ZeroDivisionError("secret")
    answer = await post(app, "/omni/1/advanced", SEND)
    assert envelope(answer) == (500, "GENERAL_ERROR", "Something went wrong. Please contact support.")
    assert b"secret" not in answer.body
    assert "ZeroDivisionError: secret" in caplog.text


async def test_content_that_makes_no_scenario(app: App, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(account: Account, *given: Any) -> None:
        raise Invalid("too many steps", "flow")

    monkeypatch.setattr(stand_in.scenarios, "create", refuse)
    answer = await post(app_over(stand_in), "/omni/1/scenarios", SCENARIO)
    assert (envelope(answer), faults(answer)) == ((400, "INVALID_ARGUMENT", "Invalid argument"), ["flow"])


# -- Settings ----------------------------------------------------------------------------------------------------


async def test_what_may_be_switched(stand_in: StandIn) -> None:
    app = app_over(stand_in, create_status=200, accepted_status="enroute", max_destinations=1, min_validity_s=120)
    assert (await post(app, "/omni/1/scenarios", SCENARIO)).status == 200
    assert (await post(app, "/omni/1/advanced", SEND)).json()["messages"][0]["status"]["name"] == "PENDING_ENROUTE"
    assert faults(await post(app, "/omni/1/advanced", {**SEND, "destinations": [{}, {}]})) == ["destinations"]
    short = {**SEND, "sms": {"text": "x", "validityPeriod": 1}}
    assert faults(await post(app, "/omni/1/advanced", short)) == ["sms.validityPeriod"]


# -- Lists and reports -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["0", "1", "2"]),
        ("?limit=2", ["0", "1"]),
        ("?limit=2&page=1", ["2"]),
        ("?limit=0", []),
        ("?isDefault=True", ["0"]),
        ("?default=true", ["0"]),
        ("?isDefault=FALSE", ["1", "2"]),
        ("?isDefault=&limit=", ["0", "1", "2"]),
    ],
)
async def test_pages_of_scenarios(app: App, query: str, names: list[str]) -> None:
    for name in range(3):
        await post(app, "/omni/1/scenarios", {**SCENARIO, "name": str(name)})
    answer = await call(app, "GET", f"/omni/1/scenarios{query}", JSON)
    assert [scenario["name"] for scenario in answer.json()["scenarios"]] == names


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("scenarios?isDefault=perhaps", "isDefault"),
        ("scenarios?limit=-1", "limit"),
        ("scenarios?limit=99999999999", "limit"),
        ("scenarios?page=1.5", "page"),
        ("reports?limit=0", "limit"),
        ("reports?limit=-1", "limit"),
        ("reports?limit=1001", "limit"),
        ("reports?limit=ten", "limit"),
        ("reports?limit=%D9%A1", "limit"),
        ("reports?channel=SMOKE", "channel"),
        ("reports?bulkId=%00", "bulkId"),
    ],
)
async def test_queries_that_cannot_be_read(app: App, target: str, path: str) -> None:
    answer = await call(app, "GET", f"/omni/1/{target}", JSON)
    assert (envelope(answer), faults(answer)) == (BAD_REQUEST, [path])


def reports() -> list[Report]:
    return [
        Report(
            message_id=f"M-{number}",
            bulk=f"B-{number % 2}",
            channel=channel,
            sender="s",
            to="41",
            addresses=Addresses(phone="41"),
            outcome=Outcome(number, account, 1, Status.DELIVERED, Reason.DELIVERED, "", 0, 0, "", 1, 1, 1),
            callback_data="",
            many=True,
        )
        for number, (channel, account) in enumerate([("SMS", 1), ("PUSH", 1), ("SMS", 1), ("SMS", 2)])
    ]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["M-0", "M-1", "M-2"]),
        ("?limit=1", ["M-0"]),
        ("?bulkId=B-0", ["M-0", "M-2"]),
        ("?messageId=M-1", ["M-1"]),
        ("?channel=SMS&limit=1000", ["M-0", "M-2"]),
        ("?channel=VIBER", []),
    ],
)
async def test_reports_are_taken_once(app: App, stand_in: StandIn, query: str, ids: list[str]) -> None:
    stand_in.reports.waiting = reports()
    first = await call(app, "GET", f"/omni/1/reports{query}", JSON)
    assert [row["messageId"] for row in first.json()["results"]] == ids
    taken = {report.message_id for report in stand_in.reports.waiting}
    assert taken == {"M-0", "M-1", "M-2", "M-3"} - set(ids)


async def test_looking_takes_nothing(app: App, stand_in: StandIn) -> None:
    stand_in.reports.waiting = reports()
    assert (await call(app, "HEAD", "/omni/1/reports", JSON)).status == 200
    assert (await call(app, "HEAD", "/omni/1/reports?limit=0", JSON)).status == 400
    assert (await call(app, "HEAD", "/omni/1/reports")).status == 401
    assert len(stand_in.reports.waiting) == 4


# -- Anything at all ---------------------------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))
SAMPLE: dict[str, Any] = {
    "scenarioKey": None,
    "bulkId": "B",
    "sendAt": "2030-01-01T00:00:00Z",
    "notify": True,
    "notifyUrl": "http://x",
    "notifyContentType": "application/json",
    "callbackData": "c",
    "destinations": [
        {"messageId": "M", "to": {"phoneNumber": "41793026727", "emailAddress": "a@b", "lineUserKey": "l"}}
    ],
    "sms": {"text": "s", "validityPeriod": 1, "validityPeriodTimeUnit": "HOURS", "language": {"languageCode": "TR"}},
    "push": {"text": "p", "customPayload": {"a": 1}, "notificationOptions": {"badge": 1}},
    "email": {"subject": "s"},
    "viber": {"text": "v", "imageURL": "http://x", "buttonText": "b", "buttonURL": "tel:1", "isPromotional": True},
    "whatsApp": {"templateData": ["a"], "contacts": [{"name": {"firstName": "F", "formattedName": "F"}}]},
    "line": {"duration": "5", "contents": {"a": [1]}},
    "vKontakte": {"templateName": "t", "templateData": {"a": 1}},
    "kakaoAlim": {"text": "k", "buttons": [{"buttonText": "b", "type": "URL"}]},
}


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for name, item in inner for place in places(item, (*at, name)))]


def planted(place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    whole = json.loads(json.dumps(SAMPLE))
    spot = whole
    for name in place[:-1]:
        spot = spot[name]
    spot[place[-1]] = value
    return whole


async def is_answered_well(path: str, body: bytes) -> None:
    stand_in = StandIn()
    app = app_over(stand_in)
    await post(app, "/omni/1/scenarios", {"name": "n", "flow": [{"channel": channel} for channel in CHANNELS]})
    answer = await call(app, "POST", path, JSON, body)
    if answer.status >= 300:
        assert envelope(answer)[0] == 400
    for order in stand_in.send.orders:
        msgspec.msgpack.encode(order)


@given(st.sampled_from(places(SAMPLE)), VALUES)
async def test_any_value_anywhere_in_a_send(place: tuple[Any, ...], value: Any) -> None:
    await is_answered_well("/omni/1/advanced", json.dumps(planted(place, value)).encode())


@given(VALUES)
async def test_any_value_as_a_scenario(value: Any) -> None:
    await is_answered_well("/omni/1/scenarios", json.dumps({"name": "n", "flow": value}).encode())
    await is_answered_well("/omni/1/scenarios", json.dumps(value).encode())


@given(st.binary())
async def test_any_bytes(body: bytes) -> None:
    await is_answered_well("/omni/1/advanced", body)
