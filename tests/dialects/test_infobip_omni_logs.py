"""The log as it is written, which filters are read from what clients write, and who may read it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.datastructures import QueryParams

from omnibound.bootstrap import running
from omnibound.config import Config
from omnibound.dialects import infobip_omni
from omnibound.dialects.infobip_omni.channels import CHANNELS
from omnibound.dialects.infobip_omni.codes import GROUPS
from omnibound.dialects.infobip_omni.errors import BadRequest, Faults
from omnibound.dialects.infobip_omni.forms import FORMS
from omnibound.dialects.infobip_omni.habits import habits_of
from omnibound.dialects.infobip_omni.reading_logs import MAX_BULKS, MAX_MESSAGES, group_of, read_log_filter
from omnibound.dialects.infobip_omni.writing_logs import write_logs
from omnibound.domain.ids import Mint
from omnibound.domain.live import Stage
from omnibound.domain.logs import FOREVER, LogRow, Shelf, Standing
from omnibound.domain.message import Addresses, Delivery
from omnibound.domain.status import Reason, Status, end_status
from omnibound.services.base import Services
from omnibound.services.keep_accounts import Accounts
from tests.asgi import call
from tests.dialects.conftest import ALADDIN
from tests.dialects.test_infobip_omni_truth import CASES, differences, tree

CASE: dict[str, Any] = json.loads((Path(CASES) / "logs.written.json").read_text())
TEN_MILLISECONDS = 10_000
BASIC = {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}


def row(told: dict[str, Any]) -> LogRow:
    at, reason = CASE["sent_at"], Reason[told["reason"]] if told["reason"] else None
    standing = Standing(
        Delivery(id=1, message=1, account=1, to=Addresses(phone=told["to"])),
        Stage[told["stage"]] if told["stage"] else None,
        0,
        at if told["stage"] != "WAITING" else 0,
        told["parts"],
        Status.PENDING if reason is None else end_status(reason),
        reason,
        told["detail"],
        0 if reason is None else at + TEN_MILLISECONDS,
    )
    return LogRow(
        message_id=told["message_id"],
        bulk=told["bulk"],
        to=told["to"],
        shelf=Shelf(told["channel"], told["sender"], reason),
        text=told["text"],
        at=at,
        standing=standing,
        currency="EUR",
        price=0.01,
        mcc_mnc="22801",
    )


def test_rows_in_json() -> None:
    written = write_logs([row(each) for each in CASE["rows"]], FORMS["json"].encode)
    assert differences(CASE["answer"], msgspec.json.decode(written)) == []


def test_whoever_needs_an_end_is_told_the_beginning() -> None:
    written = write_logs([row(each) for each in CASE["rows"]], FORMS["json"].encode, always_done=True)
    wanted = [{"doneAt": each["sentAt"], **each} for each in CASE["answer"]["results"]]
    assert msgspec.json.decode(written) == {"results": wanted}
    assert wanted != CASE["answer"]["results"]


@pytest.mark.parametrize(
    ("agent", "needs"),
    [("Python-Client-Library", True), ("C#-Client-Library", True), ("python-requests/2.31", False), ("", False)],
)
def test_who_needs_an_end(agent: str, needs: bool) -> None:
    assert habits_of({"user-agent": agent}).needs_done_at is needs


def test_rows_in_xml() -> None:
    written = write_logs([row(each) for each in CASE["rows"]], FORMS["xml"].encode)
    assert differences(tree(CASE["answer_xml"]), tree(written.decode())) == []


# -- Filters -------------------------------------------------------------------------------------------------------

READ: dict[str, dict[str, Any]] = {
    "": {},
    "from=InfoSMS": {"sender": "InfoSMS"},
    "to=%2B41%2079%20302": {"to": "4179302"},
    "to=Ann@Shop.example": {"to": "Ann@Shop.example"},
    "bulkId=a&bulkId=b": {"bulks": ("a", "b")},
    "bulkId=a,b": {"bulks": ("a,b", "a", "b")},
    "bulkid=a&bulkId=b,": {"bulks": ("b,", "b", "a")},
    "messageId=1,2&messageId=3&messageid=4": {"message_ids": ("1,2", "1", "2", "3", "4")},
    "messageId=%20,": {"message_ids": (",",)},
    "channel=SMS": {"channel": "SMS"},
    "mcc=228&mnc=01": {"network": "22801"},
    "sentSince=2030-01-02T03:04:05.678": {"since": 1_893_553_445_678_000},
    "sentUntil=2030-01-02T03:04:05.678+00:00": {"until": 1_893_553_445_678_999},
    "sentUntil=2030-01-02T04:04:05.678 0100": {"until": 1_893_553_445_678_999},
    "sentUntil=2030-01-02T03:04:05.6780001Z": {"until": 1_893_553_445_678_999},
    "sentUntil=2030-01-02T03:04:05.6785Z": {"until": 1_893_553_445_678_500},
    "limit=1000": {"limit": 1000},
    "unknown=1": {},
}


@pytest.mark.parametrize("query", READ)
def test_what_is_read(query: str) -> None:
    plain = {"sender": "", "to": "", "bulks": (), "message_ids": (), "channel": "", "kind": None, "network": ""}
    expected = {**plain, "since": 0, "until": FOREVER, "limit": 50, **READ[query]}
    assert msgspec.structs.asdict(read_log_filter(QueryParams(query))) == expected


@pytest.mark.parametrize(("name", "most"), [("messageId", MAX_MESSAGES), ("bulkId", MAX_BULKS)])
def test_so_many_ids_and_no_more(name: str, most: int) -> None:
    many = [(name, str(number)) for number in range(most + 1)]
    wish = read_log_filter(QueryParams(many[:-1]))
    assert len(wish.message_ids or wish.bulks) == most
    with pytest.raises(BadRequest, match=f"must not be more than {most}"):
        read_log_filter(QueryParams(many))


@pytest.mark.parametrize("group", GROUPS)
def test_each_reason_is_of_one_general_status(group: str) -> None:
    kind = read_log_filter(QueryParams({"generalStatus": group})).kind
    assert kind
    for channel in CHANNELS:
        for reason in (*Reason, None):
            assert kind(channel, reason) == (group_of(channel, reason) == group)
    found = {group_of(channel, reason) for channel in CHANNELS for reason in (*Reason, None)}
    assert (group in found) == (group != "ACCEPTED")


names = st.sampled_from(
    ["from", "to", "bulkId", "messageId", "generalStatus", "channel", "sentSince", "sentUntil", "limit", "mcc", "mnc"]
)


@given(st.lists(st.tuples(names, st.text(max_size=30)), max_size=6))
def test_whatever_is_asked_is_read_or_refused_by_name(query: list[tuple[str, str]]) -> None:
    faults: Faults = {}
    try:
        assert 1 <= read_log_filter(QueryParams(query)).limit <= 1000
    except BadRequest as error:
        faults = error.faults
    assert set(faults) <= {name for name, _ in query}


# -- Who -----------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (["omni-failover:logs:read"], 200),
        (["omni-failover:manage"], 200),
        (["message:send"], 403),
        (["omni-failover:message:send"], 403),
    ],
)
async def test_scopes(services: Services, scopes: list[str], status: int) -> None:
    app = Starlette(routes=infobip_omni.routes(services, infobip_omni.OmniSettings()))
    wish = json.dumps({"name": "reader", "permissions": scopes}).encode()
    headers = {**BASIC, "Content-Type": "application/json"}
    made = await call(app, "POST", "/settings/1/accounts/_/api-keys", headers, wish)
    assert made.status == 201
    app_key = {"Authorization": f"App {made.json()['publicApiKey']}"}
    assert (await call(app, "GET", "/omni/1/logs", app_key, b"")).status == status


@pytest.mark.anyio
async def test_without_credentials_and_with_another_verb(services: Services) -> None:
    app = Starlette(routes=infobip_omni.routes(services, infobip_omni.OmniSettings()))
    assert (await call(app, "GET", "/omni/1/logs", {}, b"")).status == 401
    posted = await call(app, "POST", "/omni/1/logs", {}, b"")
    assert (posted.status, posted.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.anyio
async def test_the_121st_in_a_minute_has_to_wait(tmp_path: Path) -> None:
    async with running(Config(data=str(tmp_path))) as parts:
        await Accounts(parts.store.accounts, Mint(1), lambda: 1).add("Aladdin", **ALADDIN)
        app = Starlette(routes=infobip_omni.routes(parts.services, infobip_omni.OmniSettings()))
        answers = [await call(app, "GET", "/omni/1/logs", BASIC, b"") for _ in range(121)]
    assert [answer.status for answer in answers] == [200] * 120 + [429]
    assert 50 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["requestError"]["serviceException"]["messageId"] == "TOO_MANY_REQUESTS"
