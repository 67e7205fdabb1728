"""People of campaigns in files: imported, told what was wrong, exported as they stand."""

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.house import JAFAR, House
from tests.asgi import Answer

pytestmark = pytest.mark.anyio
CAMPAIGN = "/api/v1/campaigns/c"
DIALLED = {"id": "c", "name": "C", "dialer": "default", "speech": {"text": "Hi"}, "caller": "48221234567"}


async def sent(house: House, table: str | bytes, query: str = "", kind: str = "text/csv") -> Answer:
    octets = table if isinstance(table, bytes) else table.encode()
    more: Any = {"Content-Type": kind}
    return await house.call("POST", f"{CAMPAIGN}/import{query}", octets, **more)


@pytest.fixture
async def campaign(house: House) -> House:
    assert (await house.call("POST", "/api/v1/campaigns", DIALLED)).status == 201
    return house


async def test_a_table_goes_in_and_comes_out(campaign: House) -> None:
    table = "\ufeffExternal ID;Phone1;City;Priority\n7;+48111;Łódź;3\n8;12;;\n=9;48113;=1+1;\n"
    told = (await sent(campaign, table)).json()
    assert told == {
        "rows": 3, "added": 2, "deleted": 0,
        "rejected": [{
            "line": 3, "external": "8", "field": "phones[0]",
            "fault": "must be an international number of 4 to 15 digits",
        }],
    }  # fmt: skip
    out = await campaign.call("GET", f"{CAMPAIGN}/members.csv")
    assert (out.status, out.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    first, second = csv.DictReader(io.StringIO(out.body.decode()))
    assert {name: first[name] for name in ("external", "phones", "priority", "progress", "attributes")} == {
        "external": "7", "phones": "+48111", "priority": "3", "progress": "not_handled",
        "attributes": '{"City":"Łódź"}',
    }  # fmt: skip
    assert (second["external"], second["attributes"]) == ("'=9", '{"City":"=1+1"}')
    lines = await campaign.call("GET", f"{CAMPAIGN}/members.jsonl")
    assert lines.headers["content-type"] == "application/x-ndjson"
    read = [json.loads(line) for line in lines.body.splitlines()]
    assert read == (await campaign.call("GET", f"{CAMPAIGN}/members")).json()["members"]


async def test_a_dry_run_and_columns_with_other_names(campaign: House) -> None:
    columns = quote("Kunde=External ID, Telefon = Phone1,Alt=-")
    table = "Kunde\tTelefon\tAlt\n1\t48111\tx\n1\t48112\t\n"
    for query, left in (("&dry_run=true", 0), ("", 1)):
        told = (await sent(campaign, table, f"?columns={columns}{query}")).json()
        assert (told["added"], [each["line"] for each in told["rejected"]]) == (1, [3])
        assert len((await campaign.call("GET", f"{CAMPAIGN}/members")).json()["members"]) == left


async def test_the_deleted_are_not_exported(campaign: House) -> None:
    await sent(campaign, "External ID,Phone1\na,48111\nb,48112\n")
    told = (await sent(campaign, "External ID,Phone1,Delete\na,,D\n")).json()
    assert (told["deleted"], told["rejected"]) == (1, [])
    out = (await campaign.call("GET", f"{CAMPAIGN}/members.csv")).body.decode()
    assert [row["external"] for row in csv.DictReader(io.StringIO(out))] == ["b"]


@pytest.mark.parametrize(
    ("table", "query", "field"),
    [
        (b"", "", "table"),
        (b"\xff\xfeP\0", "", "table"),
        (b"Phone1\n\xff", "", "table"),
        (b"City\nx\n", "", "columns"),
        (b"Phone1\n48111\n", "?columns=Phone1", "columns"),
        (b"Phone1\n48111\n", "?columns=Tel%3DPhone1", "columns"),
        (b"Phone1\n48111\n", "?dry_run=perhaps", "dry_run"),
    ],
)
async def test_what_is_no_table_is_refused(campaign: House, table: bytes, query: str, field: str) -> None:
    refused = await sent(campaign, table, query)
    assert (refused.status, refused.json()["field"]) == (400, field)


async def test_what_is_no_upload_is_refused(campaign: House) -> None:
    for kind in ("multipart/form-data", "application/json"):
        refused = await sent(campaign, "Phone1\n48111\n", kind=kind)
        assert (refused.status, "curl --data-binary" in refused.json()["detail"]) == (400, True)


async def test_nothing_runs_and_nobody_elses_is_touched(campaign: House) -> None:
    assert (await campaign.call("GET", f"{CAMPAIGN}/import")).status == 404
    octets = b"Phone1\n48111\n"
    more = {"Content-Type": "text/csv"}
    for method, path in (("POST", "import"), ("GET", "import"), ("GET", "members.csv"), ("GET", "members.jsonl")):
        body = octets if method == "POST" else None
        assert (await campaign.call(method, f"{CAMPAIGN}/{path}", body, headers=JAFAR, **more)).status == 404


async def test_numbers_are_attributes_of_who_was_imported(house: House) -> None:
    """For searches, filters and templates: as they are of who comes by OBI."""
    body = {
        "id": "c", "name": "C", "dialer": "default", "speech": {"text": "Is it {{ voice_sms.Phone1 }}?"},
        "caller": "48221", "excluded": ["Phone2 LIKE '49%'"],
    }  # fmt: skip
    assert (await house.call("POST", "/api/v1/campaigns", body)).status == 201
    told = await sent(house, "External ID,Phone1,Phone2\na,48111,49111\nb,48112,\nc,+48113,48113\n")
    assert told.json()["added"] == 3
    for query, found in (
        ("?attribute=Phone1&value=*481*", ["a", "b", "c"]),
        ("?attribute=Phone1&value=48*", ["a", "b"]),
        ("?attribute=Phone2", ["a", "c"]),
        ("?attribute=phone2&value=*113", ["c"]),
        ("?attribute=Phone3", []),
        ("?progress=filtered", ["a"]),
    ):
        members = (await house.call("GET", f"{CAMPAIGN}/members{query}")).json()["members"]
        assert [each["external"] for each in members] == found, query
    changed = await house.call("PATCH", CAMPAIGN, {"excluded": ["Phone1 = '+48113'"]})
    assert changed.status == 200
    members = (await house.call("GET", f"{CAMPAIGN}/members?progress=filtered")).json()["members"]
    assert [(each["external"], each["detail"], each["attributes"]) for each in members] == [("c", "filtered", {})]
