"""What holds for every operation: the document, sign-in, errors, and that accounts do not see each other."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from omnibound.api.announcements import WAV
from omnibound.api.base import Line, from_date, to_date
from omnibound.api.messages import SendIn
from omnibound.api.parts import SHAPES
from omnibound.api.problems import KINDS, problem_of
from omnibound.api.resource import MAX_BODY, OPERATOR, Resource, read_json
from omnibound.api.routes import TABLE, described, routes
from omnibound.domain import errors
from omnibound.domain.call import Call
from omnibound.domain.changes import Changes
from omnibound.domain.status import Reason
from tests.api.house import ALADDIN, JAFAR, House, basic
from tests.asgi import call
from tests.voice.speech.conftest import audio_file

pytestmark = pytest.mark.anyio

LINES = [pytest.param(line, id=line.operation.name) for line in TABLE]
SIGNED = [pytest.param(line, id=line.operation.name) for line in TABLE if line.operation.security]


def target(line: Line) -> str:
    return re.sub(r"\{\w+\}", "x", line.operation.path)


# -- The document ------------------------------------------------------------------------------------------------


def test_the_document_is_valid() -> None:
    validate(json.decode(json.encode(described())))


def served(found: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in found:
        if isinstance(route, Mount):
            yield from served(list(route.routes), prefix + route.path)
        elif isinstance(route, Route):
            path = prefix + route.path.replace(":path}", "}")
            assert isinstance(route.app, Resource)
            yield from ((method.lower(), path) for method in route.app.methods)


async def test_the_document_lists_exactly_the_routes(house: House) -> None:
    paths = json.decode((await house.call("GET", "/api/openapi.json", headers={})).body)["paths"]
    listed = {(method, path) for path, methods in paths.items() for method in methods}
    assert listed == set(served(list(house.app.routes)))
    assert len(listed) == len(TABLE)


def test_operations_have_names_of_their_own() -> None:
    names = [line.operation.name for line in TABLE]
    assert sorted(set(names)) == sorted(names)


def test_every_member_of_every_schema_has_a_type() -> None:
    for name, schema in described()["components"]["schemas"].items():
        assert schema["type"] == "object", name
        assert schema["description"], name


@pytest.mark.parametrize("line", LINES)
async def test_every_answer_to_a_stranger_is_in_the_document(house: House, line: Line) -> None:
    method, path = line.operation.method, target(line)
    answer = await house.call(method, path, headers={})
    operation = described()["paths"][line.operation.path][method.lower()]
    assert str(answer.status) in operation["responses"]


# -- Who may ask -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", SIGNED)
@pytest.mark.parametrize(
    "header",
    ["", "App", "App wrong", "Bearer aladdin-key", "Basic ???", "Basic bm9jb2xvbg==", "Basic OnBhc3M=", "Basic /w=="],
)
async def test_nobody_gets_in_without_credentials(house: House, line: Line, header: str) -> None:
    answer = await house.call(line.operation.method, target(line), headers={"Authorization": header})
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "App" in answer.headers["www-authenticate"]


async def test_user_name_and_password_work_as_well(house: House) -> None:
    from omnibound.bootstrap import now_us
    from omnibound.domain.ids import Mint
    from omnibound.services.keep_accounts import Accounts

    made = await Accounts(house.running.store.accounts, Mint(2), now_us).add("Iago", username="parrot")
    for _ in range(2):
        answer = await house.call("GET", "/api/v1/reports", headers=basic("parrot", made.password))
        assert answer.status == 200
    assert (await house.call("GET", "/api/v1/reports", headers=basic("parrot", "cracker"))).status == 401


async def test_an_empty_operators_key_opens_nothing(house: House) -> None:
    from omnibound.api.base import ApiParts

    parts = ApiParts([], dict, house.running.worker.receiver.emit, house.running.store, lambda: 0, "")
    app = Starlette(routes=routes(house.running.services, parts))
    for header in ("", "App", "App "):
        assert (await call(app, "GET", "/api/v1/load", {"Authorization": header})).status == 401


async def test_an_account_cannot_see_what_is_another_s(house: House) -> None:
    """Every operation of accounts that names something: the owner finds it, another account does not."""
    from omnibound.bootstrap import now_us

    await house.scenario("SMS")
    key = await house.scenario("PUSH", account="Jafar")
    body: dict[str, Any] = {
        "to": [{"phone": "48600100200", "id": "own"}], "content": {"SMS": {"text": "x"}}, "bulk": "b"
    }  # fmt: skip
    sent = (await house.call("POST", "/api/v1/messages", body)).json()["messages"][0]["id"]
    await house.running.services.reports.take(house.accounts["Aladdin"])
    device = {"application": "app", "token": "t", "registration": "r", "phone": "48600100200"}
    assert (await house.call("POST", "/api/v1/devices", device)).status == 201
    assert (await house.call("POST", "/api/v1/people-lists", {"name": "n", "key": "k"})).status == 201
    bell, wav = audio_file("WAV", 0.1), {"Content-Type": WAV}
    for id_ in "ab":
        assert (await house.call("POST", f"/api/v1/announcements?id={id_}", bell, {**ALADDIN, **wav})).status == 201
    for id_ in "cd":
        assert (await house.call("POST", "/api/v1/campaigns", {"id": id_, "name": "n"})).status == 201
    somebody = {"members": [{"phones": ["48123"], "external": "1"}]}
    assert (await house.call("POST", "/api/v1/campaigns/d/members", somebody)).status == 201
    assert (await house.call("POST", "/api/v1/suppressions", {"phones": ["48123"]})).status == 204
    assert (await house.call("POST", "/api/v1/mail-suppressions", {"emails": ["a@example.com"]})).status == 204
    theirs = house.accounts["Aladdin"].id
    said = Call(delivery=5, attempt=1, connector="t", reason=Reason.BUSY, ended_at=1, account=theirs)
    await house.running.store.record(Changes(calls=[said]))
    spoken = house.running.services.ids.attempt_text(5, 1)
    assert (await house.call("GET", f"/api/v1/calls/{spoken}")).status == 200
    campaign_verbs = ("start", "pause", "finish", "release")
    later, verbs = {"send_at": to_date(now_us() + 60_000_000)}, ("pause", "resume", "cancel")
    asked = {
        "readPeopleLists": ("GET", "/api/v1/people-lists", None, JAFAR, b'{"lists":[],"count":0}'),
        "readPeople": ("GET", "/api/v1/people-lists/k/people", None, JAFAR, 404),
        "makePeopleList": ("POST", "/api/v1/people-lists", {"name": "n", "key": "k"}, JAFAR, 201),
        "send": ("POST", "/api/v1/messages", {**body, "scenario": key}, ALADDIN, 400),
        "readDelivery": ("GET", f"/api/v1/deliveries/{sent}", None, JAFAR, 404),
        "readBulk": ("GET", "/api/v1/bulks/b", None, JAFAR, 404),
        "rescheduleBulk": ("PUT", "/api/v1/bulks/b/schedule", later, JAFAR, 404),
        "rescheduleMessage": ("PUT", f"/api/v1/messages/{sent}/schedule", later, JAFAR, 404),
        **{f"{verb}Bulk": ("POST", f"/api/v1/bulks/b/{verb}", None, JAFAR, 404) for verb in verbs},
        **{f"{verb}Message": ("POST", f"/api/v1/messages/{sent}/{verb}", None, JAFAR, 404) for verb in verbs},
        "readReportsAgain": ("GET", "/api/v1/reports", None, JAFAR, b'{"reports":[],"next":0}'),
        "readPushes": ("GET", "/api/v1/pushes", None, JAFAR, b'{"pushes":[],"next":""}'),
        "pushAgain": ("POST", "/api/v1/pushes/again", {"id": sent}, JAFAR, 404),
        "readPushSecret": ("GET", "/api/v1/pushes/secret", None, JAFAR, 200),
        "findDevices": ("GET", "/api/v1/devices?application=app&phone=48600100200", None, JAFAR, b'{"devices":[]}'),
        "registerDevice": ("POST", "/api/v1/devices", {**device, "registration": "", "primary": True}, JAFAR, 201),
        "dropDevice": ("DELETE", "/api/v1/devices/app/r", None, JAFAR, 404),
        "readInbound": ("GET", "/api/v1/inbound", None, JAFAR, b'{"messages":[],"next":0}'),
        "addAnnouncement": ("POST", "/api/v1/announcements?id=a", bell, {**JAFAR, **wav}, 201),
        "listAnnouncements": ("GET", "/api/v1/announcements?after=a", None, JAFAR, b'{"announcements":[]}'),
        "readAnnouncement": ("GET", "/api/v1/announcements/b", None, JAFAR, 404),
        "hearAnnouncement": ("GET", "/api/v1/announcements/b/audio", None, JAFAR, 404),
        "dropAnnouncement": ("DELETE", "/api/v1/announcements/b", None, JAFAR, 404),
        "addCampaign": ("POST", "/api/v1/campaigns", {"id": "c", "name": "n"}, JAFAR, 201),
        "listCampaigns": ("GET", "/api/v1/campaigns?after=c", None, JAFAR, b'{"campaigns":[]}'),
        "readCampaign": ("GET", "/api/v1/campaigns/d", None, JAFAR, 404),
        **{f"{verb}Campaign": ("POST", f"/api/v1/campaigns/d/{verb}", None, JAFAR, 404) for verb in campaign_verbs},
        "changeCampaign": ("PATCH", "/api/v1/campaigns/d", {"name": "n"}, JAFAR, 404),
        "forgetCampaign": ("DELETE", "/api/v1/campaigns/d", None, JAFAR, 404),
        "explainWaiting": ("GET", "/api/v1/campaigns/d/waiting", None, JAFAR, 404),
        "checkRequests": ("POST", "/api/v1/campaigns/d/requests/check", {"requests": [{"phone": "48123"}]}, JAFAR, 404),
        "listSuppressions": ("GET", "/api/v1/suppressions", None, JAFAR, b'{"suppressions":[]}'),
        "countCampaign": ("GET", "/api/v1/campaigns/d/counts", None, JAFAR, 404),
        "readResults": ("GET", "/api/v1/campaigns/d/results", None, JAFAR, 404),
        "addRequests": ("POST", "/api/v1/campaigns/d/requests", {"requests": [{"phone": "48123"}]}, JAFAR, 404),
        "copyCampaign": ("POST", "/api/v1/campaigns/d/copy", {"name": "n"}, JAFAR, 404),
        **await _parts(house),
        "explainMember": ("GET", "/api/v1/campaigns/d/members/1/why", None, JAFAR, 404),
        "readAbandonment": ("GET", "/api/v1/campaigns/d/abandonment", None, JAFAR, 404),
        "changeResult": ("PUT", "/api/v1/campaigns/d/members/1/result", {"result": 1}, JAFAR, 404),
        "setResult": ("POST", "/api/v1/campaigns/d/members/1/result", {"result": 1}, JAFAR, 404),
        "importMembers": ("POST", "/api/v1/campaigns/d/import", b"a", {**JAFAR, "Content-Type": "text/csv"}, 404),
        "readImport": ("GET", "/api/v1/campaigns/d/import", None, JAFAR, 404),
        "exportMembers": ("GET", "/api/v1/campaigns/d/members.csv", None, JAFAR, 404),
        "exportMemberLines": ("GET", "/api/v1/campaigns/d/members.jsonl", None, JAFAR, 404),
        **await _agents(house),
        "addMembers": ("POST", "/api/v1/campaigns/d/members", somebody, JAFAR, 404),
        "findMembers": ("GET", "/api/v1/campaigns/d/members", None, JAFAR, 404),
        "readMember": ("GET", "/api/v1/campaigns/d/members/1", None, JAFAR, 404),
        "changeMember": ("PATCH", "/api/v1/campaigns/d/members/1", {"zone": "UTC"}, JAFAR, 404),
        "deleteMember": ("DELETE", "/api/v1/campaigns/d/members/1", None, JAFAR, 404),
        "readMemberCalls": ("GET", "/api/v1/campaigns/d/members/1/calls", None, JAFAR, 404),
        "readAnswers": ("GET", "/api/v1/campaigns/d/members/1/answers", None, JAFAR, 404),
        "writeAnswers": ("PUT", "/api/v1/campaigns/d/members/1/answers", {"answers": []}, JAFAR, 404),
        "listCalls": ("GET", "/api/v1/calls", None, JAFAR, b'{"calls":[],"next":""}'),
        "exportCalls": ("GET", "/api/v1/calls.csv?campaign=none", None, JAFAR, 200),
        "readCall": ("GET", f"/api/v1/calls/{spoken}", None, JAFAR, 404),
        "suppress": ("POST", "/api/v1/suppressions", {"phones": ["48124"]}, JAFAR, 204),
        "listMailSuppressions": ("GET", "/api/v1/mail-suppressions", None, JAFAR, b'{"suppressions":[]}'),
        "suppressMail": ("POST", "/api/v1/mail-suppressions", {"emails": ["b@example.com"]}, JAFAR, 204),
        "unsuppressMail": ("DELETE", "/api/v1/mail-suppressions/a@example.com", None, JAFAR, 404),
        "readOwnBalance": ("GET", "/api/v1/balance", None, JAFAR, 200),
        "unsuppress": ("DELETE", "/api/v1/suppressions/48123", None, JAFAR, 404),
    }
    accounts = {line.operation.name for line in TABLE if line.operation.security not in ((), (OPERATOR,))}
    assert set(asked) == accounts
    for name, (method, path, content, headers, expected) in asked.items():
        answer = await house.call(method, path, content, headers)
        assert expected in (answer.status, answer.body), name
    assert (await house.call("GET", "/api/v1/deliveries/own", headers=JAFAR)).status == 404


async def _agents(house: House) -> dict[str, tuple[str, str, Any, Any, Any]]:
    """What is asked of an agent that another account made, of its queue."""
    own = {"name": "Eva", "address": "48123", "trunk": "t", "queues": ["EE" * 16]}
    made = await house.call("POST", "/api/v1/agents", own)
    assert made.status == 201
    one = f"/api/v1/agents/{made.json()['id']}"
    return {
        "listAgents": ("GET", "/api/v1/agents", None, JAFAR, b'{"agents":[]}'),
        "addAgent": ("POST", "/api/v1/agents", own, JAFAR, 201),
        "signOnAgent": ("POST", f"{one}/sign-on", {}, JAFAR, 404),
        "signOffAgent": ("POST", f"{one}/sign-off", None, JAFAR, 404),
        "setAgentReady": ("POST", f"{one}/ready", {"ready": True}, JAFAR, 404),
        "hangUpAgent": ("POST", f"{one}/hang-up", None, JAFAR, 404),
        "readAgent": ("GET", one, None, JAFAR, 404),
        "changeAgent": ("PATCH", one, {"name": "theirs"}, JAFAR, 404),
        "dropAgent": ("DELETE", one, None, JAFAR, 404),
    }


async def _parts(house: House) -> dict[str, tuple[str, str, Any, Any, Any]]:
    """What is asked of the parts of each kind that another account made."""
    asked: dict[str, tuple[str, str, Any, Any, Any]] = {}
    for shape in SHAPES:
        stem, path = shape.wish.__name__.removesuffix("In"), f"/api/v1/{shape.path}"
        body = {"name": "n", "id": "EE" * 16}
        assert (await house.call("POST", path, body)).status == 201
        one, told = f"{path}/{body['id']}", json.encode({shape.many: []})
        asked |= {
            f"list{stem}s": ("GET", f"{path}?after={body['id']}", None, JAFAR, told),
            f"read{stem}": ("GET", one, None, JAFAR, 404),
            f"change{stem}": ("PATCH", one, {"name": "theirs"}, JAFAR, 404),
            f"drop{stem}": ("DELETE", one, None, JAFAR, 404),
            f"add{stem}": ("POST", path, body, JAFAR, 201),
        }
    return asked


# -- What is wrong -----------------------------------------------------------------------------------------------


def all_errors(kind: type[errors.Refused]) -> set[type[errors.Refused]]:
    return {kind}.union(*(all_errors(each) for each in kind.__subclasses__()))


def test_every_error_of_the_domain_has_its_own_line() -> None:
    assert {kind for kind in all_errors(errors.Refused) if kind.__module__ == errors.__name__} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_errors_are_problems(kind: type[errors.Refused]) -> None:
    error = kind("why", 0) if issubclass(kind, errors.Busy) else kind("why", "where")
    answer = problem_of(error)
    told = json.decode(bytes(answer.body))
    where = {} if issubclass(kind, errors.Busy) else {"field": "where"}
    assert (answer.status_code, answer.media_type) == (KINDS[kind].status, "application/problem+json")
    assert told == {
        "type": f"urn:omnibound:problem:{KINDS[kind].word}",
        "title": KINDS[kind].title,
        "status": KINDS[kind].status,
        "detail": "why",
        **where,
    }
    assert answer.headers.get("retry-after") == ("1" if issubclass(kind, errors.Busy) else None)


async def test_a_fault_of_ours_tells_nothing_of_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_given: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(house.running.services.deliveries, "story", broken)
    answer = await house.call("GET", "/api/v1/deliveries/x")
    assert (answer.status, answer.json()["type"]) == (500, "urn:omnibound:problem:internal")
    assert b"secret" not in answer.body


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v2/load", "/api/v1/load/", "/api/v1/devices/only-one"])
async def test_unknown_path(house: House, path: str) -> None:
    answer = await house.call("GET", path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_unknown_method(house: House) -> None:
    answer = await house.call("PATCH", "/api/v1/devices")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


async def test_head_and_options(house: House) -> None:
    whole = await house.call("GET", "/api/v1/reports")
    head = await house.call("HEAD", "/api/v1/reports")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))
    assert (await house.call("HEAD", "/api/v1/reports", headers={})).status == 401
    asked = await house.call("OPTIONS", "/api/v1/reports", headers={})
    assert (asked.status, asked.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


async def test_nul_in_a_path(house: House) -> None:
    assert (await house.call("GET", "/api/v1/deliveries/a%00b")).status == 404


BROKEN = [b"", b"{", b"[]", b"null", b'"x"', b'{"\xff":1}', b"[" * 100_000, b'{"a":"\\u0000"}', b"{}"]


def is_read(line: Line, body: bytes) -> bool:
    """Whether an operation takes it after all: of some every member may be left out."""
    try:
        msgspec.json.decode(body, type=line.operation.body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("line", "body"),
    [
        pytest.param(line, body, id=f"{line.operation.name}-{place}")
        for line in TABLE
        for place, body in enumerate(BROKEN)
        if line.operation.body and not is_read(line, body)
    ],
)
async def test_broken_bodies(house: House, line: Line, body: bytes) -> None:
    headers = {"Authorization": "App the operators' own"} if OPERATOR in line.operation.security else ALADDIN
    path = line.operation.path.replace("{name}", "push-a")
    answer = await house.call(line.operation.method, path, body, headers)
    assert (answer.status, answer.json()["type"]) == (400, "urn:omnibound:problem:invalid")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/xml"])
async def test_a_body_that_is_no_json(house: House, kind: str) -> None:
    answer = await house.call("POST", "/api/v1/devices", b"{}", ALADDIN, **{"Content-Type": kind})
    assert answer.status == 415


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_big(house: House, chunked: bool) -> None:
    headers = {**ALADDIN, "Content-Type": "application/json"}
    piece = b" " * (MAX_BODY // 2)
    body = [piece, piece, b" "] if chunked else piece * 2 + b" "
    answer = await call(house.app, "POST", "/api/v1/messages", headers, body)
    assert answer.status == 413
    whole = await call(house.app, "POST", "/api/v1/messages", headers, [piece, piece])
    assert whole.status == 400


async def test_a_body_that_ends_too_early(house: House) -> None:
    answer = await call(house.app, "POST", "/api/v1/devices", ALADDIN, [])
    assert answer.status == 400


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["to", "content", "phone", "SMS", "text", "send_at", "x"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    ).map(json.encode)
)
def test_no_body_breaks_the_reader(body: bytes) -> None:
    with suppress(errors.Invalid):
        assert isinstance(read_json(json.Decoder(SendIn), body), SendIn)


def test_an_escaped_backslash_is_no_nul() -> None:
    assert read_json(json.Decoder(str), rb'"\\u0000"') == "\\u0000"
    for text in (rb'"\u0000"', rb'"\\\u0000"'):
        with pytest.raises(errors.Invalid):
            read_json(json.Decoder(str), text)


@given(st.integers(min_value=1, max_value=253_402_300_799_999_999))
def test_dates_keep_their_microseconds(at: int) -> None:
    assert from_date(to_date(at)) == at


@pytest.mark.parametrize("at", [0, -1, 253_402_300_800_000_000, 2**62])
def test_what_is_no_date(at: int) -> None:
    assert to_date(at) is None
