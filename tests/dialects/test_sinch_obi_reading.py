"""OBI's bodies and queries: what is read, and what is refused in whose words."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from omnibound.dialects.sinch_obi import bodies
from omnibound.dialects.sinch_obi.dates import write_at
from omnibound.dialects.sinch_obi.errors import Told
from omnibound.dialects.sinch_obi.query import (
    StatisticsWish,
    flag_of,
    range_of,
    read_campaign_search,
    read_search,
    read_statistics,
)
from omnibound.dialects.sinch_obi.reading import read_customer, read_customers
from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY
from omnibound.domain.member import UNRANKED, Doing, Member, Mode, Progress, Stand, Traits
from omnibound.domain.status import Reason
from omnibound.ports.members import ALWAYS

LAST = Traits(priority=UNRANKED)
CAMPAIGN = Campaign(id="c", account=1, name="n")


def member(phone: str, custom: dict[str, str] | None = None, **other: Any) -> Member:
    values = {"traits": LAST, "custom": custom, **other}
    return Member(id=0, account=0, campaign="", phone=phone, **values)


def wrapped(**attributes: str) -> dict[str, Any]:
    return {"attribute": [{"name": name, "value": value} for name, value in attributes.items()]}


READ: list[tuple[dict[str, Any], Member]] = [
    ({"numbers": "0215428754;98521542"}, member("0215428754;98521542")),
    ({"numbers": "+52145200;"}, member("+52145200")),
    ({"numbers": " +48 (22) 123-45.67 ; ;12"}, member("+48 (22) 123-45.67;12")),
    ({"numbers": 215428754}, member("215428754")),
    ({"numbers": "951254875;951254875"}, member("951254875;951254875")),
    ({"attributes": wrapped(Phone1="12345", Phone3="99")}, member("12345;99")),
    ({"numbers": "", "attributes": wrapped(Phone1="12345")}, member("12345")),
    ({"numbers": "77", "attributes": wrapped(Phone1="12345", Phone2="1", City="Oulu")}, member("77", {"City": "Oulu"})),
    ({"numbers": "77", "attributes": [{"name": "City", "value": "Oulu"}]}, member("77", {"City": "Oulu"})),
    ({"numbers": "77", "attributes": {"name": "City", "value": "Oulu"}}, member("77", {"City": "Oulu"})),
    ({"numbers": "77", "attributes": {"attribute": {"name": "City", "value": "O"}}}, member("77", {"City": "O"})),
    ({"numbers": "77", "attributes": {"attribute": []}}, member("77")),
    ({"numbers": "77", "attributes": None}, member("77")),
    (
        {"numbers": "77", "attributes": [{"name": "n"}, {"name": "f", "value": 1.5}, {"name": "t", "value": True}]},
        member("77", {"n": "", "f": "1.5", "t": "true"}),
    ),
    ({"numbers": "77", "id": "whatever", "unknown": {"x": 1}}, member("77")),
    ({"numbers": "77", "externalId": "007"}, member("77", external="007")),
    ({"numbers": "77", "externalId": 7}, member("77", external="7")),
    ({"numbers": "77", "externalId": None}, member("77")),
    ({"numbers": "77", "priority": 1}, member("77", traits=Traits(priority=1))),
    (
        {"numbers": "77", "dialingMode": "PREVIEW", "previewTime": 30, "agentId": "anna", "timeZone": "Asia/Tokyo"},
        member("77", traits=Traits(UNRANKED, Mode.PREVIEW, 30, "anna", "Asia/Tokyo")),
    ),
    ({"numbers": "77", "date": "1970-01-02T00:00:00Z"}, member("77", not_before=DAY)),
    ({"numbers": "77", "date": "1970-01-02T02:00:00.5+02:00"}, member("77", not_before=DAY + 500_000)),
    ({"numbers": "77", "date": "1919-01-02T00:00:00Z"}, member("77")),
]  # fmt: skip


@pytest.mark.parametrize(("item", "expected"), READ)
def test_a_customer_is_read(item: dict[str, Any], expected: Member) -> None:
    assert read_customer(item) == expected


REFUSED: list[tuple[Any, str]] = [
    ({}, "Invalid numbers: ''"),
    ({"numbers": "+number;"}, "Invalid numbers: '+number;'"),
    ({"numbers": ";;"}, "Invalid numbers: ';;'"),
    ({"numbers": "1"}, "Invalid numbers: '1'"),
    ({"numbers": "1" * 21}, f"Invalid numbers: '{'1' * 21}'"),
    ({"numbers": "11;22;33;44"}, "Invalid numbers: '11;22;33;44'"),
    ({"numbers": "٤٨٢٢٣"}, "Invalid numbers: '٤٨٢٢٣'"),
    ({"numbers": True}, "Invalid numbers: 'true'"),
    ({"numbers": ["77"]}, "Invalid numbers: '[\"77\"]'"),
    ({"attributes": wrapped(City="x")}, "Invalid numbers: ''"),
    ({"attributes": wrapped(Phone1="x", Phone2="12")}, "Invalid numbers: 'x;12'"),
    ({"numbers": "77", "attributes": [{"value": "x"}]}, "Invalid attributes: a name is missing"),
    ({"numbers": "77", "attributes": "x"}, "Invalid attributes: a name is missing"),
    ({"numbers": "77", "attributes": [{"name": "n", "value": {}}]}, "Invalid attributes: n"),
    ({"numbers": "77", "attributes": [{"name": "n"}] * 201}, "Invalid attributes: more than 200"),
    ({"numbers": "77", "externalId": {"a": 1}}, 'Invalid externalId: {"a":1}'),
    ({"numbers": "77", "date": "x"}, "Invalid date: x"),
    ({"numbers": "77", "date": "2020-02-30"}, "Invalid date: 2020-02-30"),
    ({"numbers": "77", "dialingMode": "FOO"}, "Invalid dialingMode: FOO"),
    ({"numbers": "77", "dialingMode": "PROGRESSIVE"}, "Invalid dialingMode: PROGRESSIVE"),
    ({"numbers": "77", "timeZone": "X"}, "Invalid timeZone: X"),
    ({"numbers": "77", "timeZone": "../etc"}, "Invalid timeZone: ../etc"),
    ({"numbers": "77", "agentId": "a" * 201}, f"Invalid agentId: {'a' * 200}"),
    ({"numbers": "77", "previewTime": -1}, "Invalid previewTime: -1"),
    ({"numbers": "77", "previewTime": 5.5}, "Invalid previewTime: 5.5"),
    ({"numbers": "77", "priority": 999_999}, "Invalid priority: 999999"),
    ({"numbers": "77", "priority": "x"}, "Invalid priority: x"),
    ("x", "Invalid body: a customer is an object"),
    (None, "Invalid body: a customer is an object"),
]


@pytest.mark.parametrize(("item", "words"), REFUSED)
def test_a_customer_is_refused(item: Any, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_customer(item)
    assert refused.value.text == words


def test_of_a_list_each_is_read_by_itself() -> None:
    read = asyncio.run(read_customers([{"numbers": "77"}, {}, {"numbers": "78"}] * 400))
    assert [isinstance(each, Member) for each in read] == [True, False, True] * 400


# --- bodies -----------------------------------------------------------------------------------------------------------


def request(body: bytes, content_type: str) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "headers": [(b"content-type", content_type.encode())]}, receive)


XML = "application/xml"


def attribute(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


CUSTOMERS: list[tuple[str, dict[str, Any]]] = [
    ("<customer><numbers>77</numbers><priority> 5 </priority></customer>", {"numbers": "77", "priority": " 5 "}),
    ("<newCustomer xmlns='urn:x'><numbers>77</numbers></newCustomer>", {"numbers": "77"}),
    (
        "<c><attributes><attribute><name>a</name><value>1 2</value></attribute><attribute/></attributes></c>",
        {"attributes": [attribute("a", "1 2"), ""]},
    ),
    (
        "<c><attributes><name>a</name><value>1</value></attributes><attributes><name>b</name></attributes></c>",
        {"attributes": [attribute("a", "1"), {"name": "b"}]},
    ),
    ("<c><attributes/></c>", {"attributes": []}),
    ("<c/>", {}),
]


@pytest.mark.parametrize(("body", "expected"), CUSTOMERS)
def test_a_customer_in_xml(body: str, expected: dict[str, Any]) -> None:
    assert asyncio.run(bodies.read_one(request(body.encode(), XML), 10_000)) == expected
    listed = f"<customers>{body}{body}</customers>".encode()
    assert asyncio.run(bodies.read_list(request(listed, "text/xml; charset=utf-8"), 10_000)) == [expected, expected]


BOMB = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><c><numbers>&c;</numbers></c>'
BROKEN: list[tuple[bytes, str, int, str]] = [
    (b'{"numbers": "77"}}', "application/json", 400, "Invalid body: JSON is malformed: trailing characters (byte 18)"),
    (b"", "application/json", 400, "Invalid body: Input data was truncated"),
    (b'{"numbers": "\xff"}', "application/json", 400, "Invalid body: it is not UTF-8"),
    (b'{"numbers": "\\u0000"}', "application/json", 400, "Invalid body: texts hold no NUL character"),
    (b"[" * 100_000, "application/json", 400, "Invalid body: it is nested too deeply"),
    (BOMB, XML, 400, "Invalid body: a document type is not allowed"),
    (b"<a><b></a>", XML, 400, "Invalid body: not well-formed XML: mismatched tag: line 1, column 8"),
    (b"a=b", "application/x-www-form-urlencoded", 415, "application/json and application/xml are understood"),
    (b" " * 200_001, "application/json", 413, "the body is too long: at most 200000 bytes are taken"),
]


@pytest.mark.parametrize(("body", "content_type", "status", "words"), BROKEN)
@pytest.mark.parametrize("read", [bodies.read_one, bodies.read_list], ids=["one", "list"])
def test_a_body_is_refused(read: Callable[..., Any], body: bytes, content_type: str, status: int, words: str) -> None:
    with pytest.raises((Invalid, Told)) as refused:
        asyncio.run(read(request(body, content_type), 200_000))
    assert (getattr(refused.value, "status", 400), refused.value.text) == (status, words)


def test_a_list_is_a_list() -> None:
    with pytest.raises(Invalid, match="Invalid body: a list of customers is needed"):
        asyncio.run(bodies.read_list(request(b"{}", "application/json"), 100))


STATUSES = [
    (b"Active", "text/plain", "Active"),
    (b" passive\n", "text/plain; charset=utf-8", "passive"),
    (b"Active", "", "Active"),
    (b'"Active"', "application/json", "Active"),
    (b'"Active"', "text/plain", "Active"),
    (b"<status> Active </status>", XML, "Active"),
    (b"7", "application/json", "7"),
]


@pytest.mark.parametrize(("body", "content_type", "word"), STATUSES)
def test_a_status(body: bytes, content_type: str, word: str) -> None:
    assert asyncio.run(bodies.read_status(request(body, content_type))) == word


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["numbers", "externalId", "date", "agentId", "dialingMode", "previewTime", "priority", "timeZone", "attributes"]


@given(st.dictionaries(st.sampled_from(NAMES), JSONS, max_size=5))
def test_whatever_a_customer_holds_it_is_read_or_refused(item: dict[str, Any]) -> None:
    with contextlib.suppress(Invalid):
        assert read_customer({"numbers": "77", **item}).phone


@given(st.binary(max_size=200), st.sampled_from(["application/json", XML, "text/plain", "text/xml; charset=utf-16"]))
def test_whatever_a_body_holds_it_is_read_or_refused(body: bytes, content_type: str) -> None:
    for read in (bodies.read_one, bodies.read_list):
        with contextlib.suppress(Invalid, Told):
            asyncio.run(read(request(body, content_type), 1_000))
    with contextlib.suppress(Invalid, Told):
        assert isinstance(asyncio.run(bodies.read_status(request(body, content_type))), str)


# --- dates ------------------------------------------------------------------------------------------------------------

DATES = [
    (1_601_017_670_243_000, "2020-09-25T07:07:50.243Z"),
    (1_601_017_670_243_999, "2020-09-25T07:07:50.243Z"),
    (1_608_501_600_000_000, "2020-12-20T22:00:00Z"),
    (1_608_501_600_000_999, "2020-12-20T22:00:00Z"),
    (1_608_501_600_007_000, "2020-12-20T22:00:00.007Z"),
    (NEVER, "9999-12-31T23:59:59Z"),
    (1 << 62, "9999-12-31T23:59:59Z"),
    (0, "1970-01-01T00:00:00Z"),
]


@pytest.mark.parametrize(("at", "text"), DATES)
def test_dates_are_written(at: int, text: str) -> None:
    assert write_at(at) == text


RANGES = [
    ({}, ALWAYS),
    ({"date": ""}, ALWAYS),
    ({"date": "1970-01-02T00:00:00.000Z"}, (DAY, ALWAYS[1])),
    ({"dateEnd": "1970-01-02T00:00:00Z"}, (0, DAY + 999)),
    ({"dateEnd": "1970-01-02T00:00:00.000001Z"}, (0, DAY + 1)),
    ({"date": "1970-01-02 02:00:00 0200", "dateEnd": "1970-01-03"}, (DAY, 2 * DAY + 999)),
    ({"dateEnd": "9999-12-31T23:59:59Z"}, ALWAYS),
]


@pytest.mark.parametrize(("query", "span"), RANGES)
def test_pairs_of_dates(query: dict[str, str], span: tuple[int, int]) -> None:
    assert range_of(query, "date") == span


# --- searches ---------------------------------------------------------------------------------------------------------

BUSY = Stand(reason=Reason.BUSY, tries=2, last_number=3)
DONE = Stand(progress=Progress.HANDLED, closed=True, reason=Reason.SUCCESS, entry=1, tries=1, last_number=1)
STANDS: list[tuple[dict[str, str], list[Stand]]] = [
    ({"result": "CALL"}, [Stand(), BUSY]),
    ({"result": "dial*"}, [Stand(doing=Doing.CALLING)]),
    ({"callResult": "SUCCESS*"}, [DONE]),
    ({"callResult": "*"}, [BUSY, DONE]),
    ({"classifier": "Succ?ssful"}, [DONE]),
    ({"callCount": "2"}, [BUSY]),
    ({"callCount": "0", "lastBNumber": "0"}, [Stand(), Stand(doing=Doing.CALLING)]),
    ({"lastBNumber": "?", "callResult": "busy"}, [BUSY]),
    ({"callResult": "BUS"}, []),
]


@pytest.mark.parametrize(("query", "fitting"), STANDS)
def test_who_is_found_by_what_calls_made_of_them(query: dict[str, str], fitting: list[Stand]) -> None:
    fits = read_search(query, CAMPAIGN).stands
    assert fits is not None
    assert [each for each in (Stand(), Stand(doing=Doing.CALLING), BUSY, DONE) if fits(each)] == fitting


ANNA = Traits(5, Mode.PREVIEW, 30, "anna", "Europe/Helsinki")
TRAITS: list[tuple[dict[str, str], list[Traits]]] = [
    ({"priority": "5"}, [ANNA]),
    ({"priority": "*"}, [ANNA]),
    ({"agentId": "ann?"}, [ANNA]),
    ({"dialingMode": "preview"}, [ANNA]),
    ({"previewTime": "30", "timeZone": "europe/*"}, [ANNA]),
    ({"previewTime": "0"}, []),
]


@pytest.mark.parametrize(("query", "fitting"), TRAITS)
def test_who_is_found_by_what_is_wanted_of_them(query: dict[str, str], fitting: list[Traits]) -> None:
    fits = read_search(query, CAMPAIGN).traits
    assert fits is not None
    assert [each for each in (LAST, ANNA) if fits(each)] == fitting


def test_a_search_without_anything_asks_for_the_first_hundred() -> None:
    search = read_search({"unknown": "x", "limit": "", "name": ""}, CAMPAIGN)
    assert (search.account, search.campaign, search.offset, search.limit) == (1, "c", 0, 100)
    assert (search.stands, search.traits, search.external, search.numbers) == (None, None, None, None)
    assert (search.due, search.changed, search.attribute, search.value) == (ALWAYS, ALWAYS, None, None)


def test_a_search_by_everything_else() -> None:
    query = {
        "externalId": "1*", "numbers": "*22*", "attributeName": "City", "attributeValue": "New*", "offset": "900000",
        "limit": "5000", "modificationDate": "1970-01-02",
    }  # fmt: skip
    search = read_search(query, CAMPAIGN)
    assert (search.external, search.numbers, search.attribute, search.value) == ("1*", "*22*", "City", "New*")
    assert (search.offset, search.limit, search.changed) == (900_000, 1_000, (DAY, ALWAYS[1]))


BAD_QUERIES = [
    ({"attributeValue": "gold"}, "Invalid attributeValue: attributeName is mandatory"),
    ({"offset": "-1"}, "Invalid offset: -1"),
    ({"limit": "x"}, "Invalid limit: x"),
    ({"limit": "1" * 30}, f"Invalid limit: {'1' * 30}"),
    ({"date": "yesterday"}, "Invalid date: yesterday"),
    ({"modificationDateEnd": "x"}, "Invalid modificationDateEnd: x"),
    ({"numbers": "a\0"}, "Invalid numbers: 'a?'"),
    ({"result": "\0"}, "Invalid result: ?"),
]


@pytest.mark.parametrize(("query", "words"), BAD_QUERIES)
def test_a_search_is_refused(query: dict[str, str], words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_search(query, CAMPAIGN)
    assert refused.value.text == words


WRITTEN = {"name": "Test Campaign", "status": "Active", "total": 10, "dialerId": "88B8B41C99E6484A94F402EA5E465FC5"}
CAMPAIGNS = [
    ({"name": "test*"}, True),
    ({"name": "test"}, False),
    ({"status": "Passive, Active"}, True),
    ({"status": "Passive,Handled"}, False),
    ({"total": "1?", "name": "*"}, True),
    ({"total": "10", "name": "x"}, False),
    ({"queueName": "*"}, False),
    ({"dialerId": "88b8b41c-99e6-484a-94f4-02ea5e465fc5"}, True),
    ({"notHandled": "77", "remarks": "x"}, True),
]


@pytest.mark.parametrize(("query", "fitting"), CAMPAIGNS)
def test_campaigns_are_found(query: dict[str, str], fitting: bool) -> None:
    assert read_campaign_search(query).passes(WRITTEN) is fitting


CAMPAIGN_DATES = [
    ({}, True),
    ({"registered": "1970-01-01T00:00:00.001Z"}, True),
    ({"registeredEnd": "1970-01-01T00:00:00.000Z"}, False),
    ({"startDateEnd": "2020-01-01"}, True),
    ({"endDateEnd": "2020-01-01"}, False),
]


@pytest.mark.parametrize(("query", "fitting"), CAMPAIGN_DATES)
def test_campaigns_are_found_by_their_dates(query: dict[str, str], fitting: bool) -> None:
    campaign = Campaign(id="c", account=1, name="n", created_at=1_500, not_before=DAY)
    assert read_campaign_search(query).begins_as(campaign) is fitting


WISHES: list[tuple[dict[str, str], StatisticsWish | None]] = [
    ({}, None),
    ({"statistics": "false"}, None),
    ({"statistics": "true"}, StatisticsWish(day=3 * DAY, agents=(), total=True)),
    ({"statistics": "TRUE", "agentId": "a, b"}, StatisticsWish(day=3 * DAY, agents=("a", "b"), total=True)),
    (
        {"statistics": "true", "statisticsDate": "1970-01-02T11:00:00Z"},
        StatisticsWish(day=DAY, agents=(), total=False),
    ),
]


@pytest.mark.parametrize(("query", "wish"), WISHES)
def test_which_statistics_are_wanted(query: dict[str, str], wish: StatisticsWish | None) -> None:
    assert read_statistics(query, 3 * DAY + 5) == wish


@pytest.mark.parametrize("query", [{"statistics": "x"}, {"statisticsDate": "2020-01-01"}, {"agentId": "a"}])
def test_statistics_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        read_statistics(query, 0)


@pytest.mark.parametrize(("text", "flag"), [("true", True), ("False", False), ("", False)])
def test_flags(text: str, flag: bool) -> None:
    assert flag_of({"f": text}, "f") is flag


@given(st.dictionaries(st.sampled_from([*STANDS[0][0], "date", "limit", "offset", "numbers"]), st.text(max_size=20)))
def test_whatever_a_query_holds_it_is_read_or_refused(query: dict[str, str]) -> None:
    with contextlib.suppress(Invalid):
        assert msgspec.structs.asdict(read_search(query, CAMPAIGN))["limit"] >= 0
