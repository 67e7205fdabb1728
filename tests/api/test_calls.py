"""Calls through the native API: a table of filters, pages, CSV that no spreadsheet runs, and ladders for operators."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.applications import Starlette

from omnibound.api import routes
from omnibound.api.base import ApiParts
from omnibound.bootstrap import now_us
from omnibound.domain.call import Call, Rtp
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Unavailable
from omnibound.domain.status import Reason
from omnibound.services.fill_speech import public_id
from omnibound.services.read_calls import Calls
from omnibound.wire.telephone import Rung
from tests.api.house import ADMIN, ALADDIN, JAFAR, House, Way

pytestmark = pytest.mark.anyio

CALLS = "/api/v1/calls"
SECOND = 1_000_000
NOON = 1_800_000_000 * SECOND
"""2027-01-15T08:00:00Z."""


def call(house: House, delivery: int, account: str = "Aladdin", **other: Any) -> Call:
    values = {
        "attempt": 1, "connector": "trunk-a", "reason": Reason.BUSY, "ended_at": NOON + delivery * SECOND,
        "number": "48111", "account": house.accounts[account].id,
    }  # fmt: skip
    return Call(delivery=delivery, **{**values, **other})


def whole(house: House) -> Call:
    return call(
        house, 1, attempt=2, reason=Reason.ANSWERED, detail="sip:200", number="+48600100200", caller="48221234567",
        begun_at=NOON - 3 * SECOND, rang_at=NOON - 2 * SECOND, answered_at=NOON, talked_ms=1_000, why="hung_up",
        who="us", sip=200, q850=16, text="=cmd|' /C calc'!A0", said=True, digits="12#", campaign="winter",
        agent="ann", joined_at=NOON + SECOND // 2, unserved=True,
        rtp=Rtp(sent=50, received=49, lost=1, late=2, jitter_ms=0.5, their_lost=0, their_jitter_ms=1.5),
    )  # fmt: skip


async def kept(house: House, *calls: Call) -> list[str]:
    """Record them; their public ids."""
    await house.running.store.record(Changes(calls=list(calls)))
    return [house.running.services.ids.attempt_text(each.delivery, each.attempt) for each in calls]


async def test_a_call_as_it_was(house: House) -> None:
    (id_,) = await kept(house, whole(house))
    told = (await house.call("GET", f"{CALLS}/{id_}")).json()
    assert told == {
        "id": id_, "delivery": house.running.services.ids.text(1), "attempt": 2, "account": "Aladdin",
        "campaign": "winter", "request": public_id(1), "connector": "trunk-a", "number": "+48600100200",
        "caller": "48221234567", "begun_at": "2027-01-15T07:59:57Z", "rang_at": "2027-01-15T07:59:58Z",
        "answered_at": "2027-01-15T08:00:00Z", "ended_at": "2027-01-15T08:00:01Z", "talked_ms": 1000,
        "reason": "answered", "meaning": "The call was answered.", "detail": "sip:200", "why": "hung_up", "who": "us",
        "sip": 200, "q850": 16, "text": "=cmd|' /C calc'!A0", "said": True, "digits": "12#",
        "agent": "ann", "joined_at": "2027-01-15T08:00:00.500000Z", "unserved": True,
        "price": 0.0, "currency": "", "mcc_mnc": "", "cost": None,
        "rtp": {
            "sent": 50, "received": 49, "lost": 1, "late": 2, "jitter_ms": 0.5, "their_lost": 0, "their_jitter_ms": 1.5,
            "round_trip_ms": None,
        },
    }  # fmt: skip
    assert (await house.call("GET", f"{CALLS}/{id_}", headers=ADMIN)).json() == {**told, "cost": 0.0}
    assert (await house.call("GET", CALLS)).json()["calls"] == [told]


async def test_who_may_read(house: House) -> None:
    mine, theirs = await kept(house, call(house, 1), call(house, 2, account="Jafar"))
    seen: dict[str, list[str]] = {}
    for name, headers in {"mine": ALADDIN, "theirs": JAFAR, "all": ADMIN}.items():
        seen[name] = [each["id"] for each in (await house.call("GET", CALLS, headers=headers)).json()["calls"]]
    assert seen == {"mine": [mine], "theirs": [theirs], "all": [mine, theirs]}
    assert (await house.call("GET", f"{CALLS}/{theirs}")).status == 404
    assert (await house.call("GET", f"{CALLS}/{theirs}", headers=JAFAR)).status == 200
    assert (await house.call("GET", CALLS, headers={})).status == 401
    everybody = (await house.call("GET", CALLS, headers=ADMIN)).json()["calls"]
    assert [each["account"] for each in everybody] == ["Aladdin", "Jafar"]


@pytest.mark.parametrize("id_", ["nonsense", "00000000-0000-0000-0000-000000000000", "a/b"])
async def test_no_such_call(house: House, id_: str) -> None:
    assert (await house.call("GET", f"{CALLS}/{id_}")).status == 404
    assert (await house.call("GET", f"{CALLS}/{id_}/ladder", headers=ADMIN)).status == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3]),
        ("campaign=winter", [1]),
        ("number=%2B48%20222", [2]),
        ("connector=trunk-b", [3]),
        ("reason=busy", [2, 3]),
        ("since=2027-01-15T08:00:02Z", [2, 3]),
        ("until=2027-01-15T08:00:02Z", [1]),
        ("since=2027-01-15T09:00:02%2B01:00&until=2027-01-15T08:00:03Z&reason=busy", [2]),
    ],
)
async def test_filters(house: House, query: str, found: list[int]) -> None:
    calls = [whole(house), call(house, 2, number="48222"), call(house, 3, connector="trunk-b")]
    ids = await kept(house, *calls)
    told = (await house.call("GET", f"{CALLS}?{query}")).json()["calls"]
    assert [each["id"] for each in told] == [ids[n - 1] for n in found]
    lines = list(csv.DictReader(io.StringIO((await house.call("GET", f"{CALLS}.csv?{query}")).body.decode())))
    assert [each["id"] for each in lines] == [ids[n - 1] for n in found]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("reason=unheard_of", "reason"),
        ("after=5", "after"),
        ("after=x.00000000-0000-0000-0000-000000000000", "after"),
        ("since=2027-01-15", "since"),
        ("since=2027-01-15T08:00:00", "since"),
        ("limit=0", "limit"),
        ("colour=red", "colour"),
        (f"after={'9' * 81}", "after"),
    ],
)
async def test_what_is_refused(house: House, query: str, field: str) -> None:
    answer = await house.call("GET", f"{CALLS}?{query}")
    assert (answer.status, answer.json()["field"]) == (400, field)


async def test_pages_of_calls_that_ended_at_once(house: House) -> None:
    ids = await kept(house, *[call(house, n, ended_at=NOON) for n in range(1, 6)])
    found: list[str] = []
    after = ""
    while (page := (await house.call("GET", f"{CALLS}?limit=2&after={after}")).json())["calls"]:
        found += [each["id"] for each in page["calls"]]
        after = page["next"]
    assert (found, page["next"]) == (ids, after)


async def test_csv_that_no_spreadsheet_runs(house: House) -> None:
    (id_,) = await kept(house, whole(house))
    answer = await house.call("GET", f"{CALLS}.csv")
    (line,) = csv.DictReader(io.StringIO(answer.body.decode()))
    assert line == {
        "id": id_, "delivery": house.running.services.ids.text(1), "attempt": "2", "account": "Aladdin",
        "campaign": "winter", "request": public_id(1), "connector": "trunk-a", "number": "48600100200",
        "caller": "48221234567", "begun_at": "2027-01-15T07:59:57Z", "rang_at": "2027-01-15T07:59:58Z",
        "answered_at": "2027-01-15T08:00:00Z", "ended_at": "2027-01-15T08:00:01Z", "talked_ms": "1000",
        "reason": "answered", "detail": "sip:200", "why": "hung_up", "who": "us", "sip": "200", "q850": "16",
        "text": "'=cmd|' /C calc'!A0", "said": "yes", "digits": "12#", "sent": "50", "received": "49", "lost": "1",
        "late": "2", "jitter_ms": "0.5", "their_lost": "0", "their_jitter_ms": "1.5", "round_trip_ms": "",
        "agent": "ann", "joined_at": "2027-01-15T08:00:00.500000Z", "unserved": "yes",
        "price": "0.0", "currency": "", "mcc_mnc": "", "cost": "",
    }  # fmt: skip


async def test_csv_of_more_than_a_chunk(house: House) -> None:
    ids = await kept(house, *[call(house, n) for n in range(1, 2_502)])
    lines = (await house.call("GET", f"{CALLS}.csv")).body.decode().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["id", *ids]


async def test_a_delivery_tells_its_calls(house: House) -> None:
    way = house.running.channels[0]
    assert isinstance(way, Way)
    await house.scenario(way.channel)
    body = {"to": [{"phone": "48600100200"}], "content": {way.channel: {"text": "hi"}}}
    message = (await house.call("POST", "/api/v1/messages", body)).json()["messages"][0]["id"]
    delivery = (await way.sent.get()).delivery
    first, second = await kept(
        house, call(house, delivery, ended_at=NOON), call(house, delivery, attempt=2, ended_at=NOON)
    )
    told = (await house.call("GET", f"/api/v1/deliveries/{message}")).json()["calls"]
    assert [(each["id"], each["attempt"], each["delivery"]) for each in told] == [
        (first, 1, message), (second, 2, message),
    ]  # fmt: skip


async def test_results_of_a_campaign_tell_the_last_call(house: House) -> None:
    assert (await house.call("POST", "/api/v1/campaigns", {"id": "c", "name": "n"})).status == 201
    phones = {"requests": [{"phone": phone} for phone in ("+48600100200", "+48600100201")]}
    called, waits = (await house.call("POST", "/api/v1/campaigns/c/requests", phones)).json()["requests"]
    first = call(house, int(called["id"], 16), ended_at=NOON)
    last = call(house, first.delivery, attempt=2, ended_at=NOON, answered_at=NOON, talked_ms=7, digits="1")
    await kept(house, first, last)
    body = (await house.call("GET", "/api/v1/campaigns/c/results")).body.decode()
    told = list(csv.DictReader(io.StringIO(body, newline="")))
    assert [[row[name] for name in ("id", "phone", "answered_at", "talked_ms", "digits")] for row in told] == [
        [called["id"], "+48600100200", "2027-01-15T08:00:00Z", "7", "1"],
        [waits["id"], "+48600100201", "", "", ""],
    ]


# --- ladders ----------------------------------------------------------------------------------------------------------

RUNGS = (
    Rung(at=1_800_000_000.25, out=True, peer="203.0.113.7:5060", text="INVITE sip:48 SIP/2.0\r\nTo: <sip:48>\r\n\r\n"),
    Rung(at=1_800_000_000.5, out=False, peer="203.0.113.7:5060", text="SIP/2.0 486 \x1b[31mBusy\r\n\r\n"),
)


class Ladders:
    """The API with a telephone that keeps the messages of one call."""

    def __init__(self, house: House, rungs: Mapping[str, tuple[Rung, ...]]) -> None:
        self.ids = house.running.services.ids
        store = house.running.store

        async def show(name: str) -> tuple[Rung, ...]:
            return rungs.get(name, ())

        services = house.running.services._replace(calls=Calls(store, self.ids, show))
        parts = ApiParts(
            [], house.running.worker.load, house.running.worker.receiver.emit, store, now_us, ADMIN["Authorization"][4:]
        )
        house.app = Starlette(routes=routes(services, parts))


async def test_a_ladder(house: House) -> None:
    id_ = Ladders(house, {"1f-2": RUNGS}).ids.attempt_text(0x1F, 2)
    assert (await house.call("GET", f"{CALLS}/{id_}/ladder", headers=ADMIN)).json() == {
        "id": id_,
        "rungs": [
            {
                "at": "2027-01-15T08:00:00.250000Z", "out": True, "peer": "203.0.113.7:5060",
                "title": "INVITE sip:48 SIP/2.0", "text": "INVITE sip:48 SIP/2.0\r\nTo: <sip:48>\r\n\r\n",
            },
            {
                "at": "2027-01-15T08:00:00.500000Z", "out": False, "peer": "203.0.113.7:5060",
                "title": "SIP/2.0 486 \x1b[31mBusy", "text": "SIP/2.0 486 \x1b[31mBusy\r\n\r\n",
            },
        ],
    }  # fmt: skip
    printed = await house.call("GET", f"{CALLS}/{id_}/ladder.txt", headers=ADMIN)
    assert printed.body.decode() == (
        "2027-01-15T08:00:00.250Z -> 203.0.113.7:5060\nINVITE sip:48 SIP/2.0\nTo: <sip:48>\n\n"
        "2027-01-15T08:00:00.500Z <- 203.0.113.7:5060\nSIP/2.0 486 ?[31mBusy\n"
    )
    other = Ladders(house, {}).ids.attempt_text(0x1F, 2)
    missing = await house.call("GET", f"{CALLS}/{other}/ladder", headers=ADMIN)
    assert (missing.status, "not kept" in missing.json()["detail"]) == (404, True)


@pytest.mark.parametrize("end", ["ladder", "ladder.txt"])
async def test_ladders_are_the_operators(house: House, end: str) -> None:
    id_ = Ladders(house, {"1f-2": RUNGS}).ids.attempt_text(0x1F, 2)
    assert (await house.call("GET", f"{CALLS}/{id_}/{end}")).status == 401


async def test_no_telephone(house: House) -> None:
    id_ = house.running.services.ids.attempt_text(5, 1)
    answer = await house.call("GET", f"{CALLS}/{id_}/ladder", headers=ADMIN)
    assert (answer.status, answer.json()["type"]) == (503, "urn:omnibound:problem:unavailable")
    with pytest.raises(Unavailable):
        await house.running.services.calls.ladder(id_)
