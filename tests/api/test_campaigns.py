"""Campaigns through the native API, with the real engine: a scripted telephone answers for those who are called."""

import asyncio
import csv
import io
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from omnibound.bootstrap import now_us
from omnibound.domain import law
from omnibound.domain.call import Call
from omnibound.domain.call_outcome import By, CallEnd, outcome_of
from omnibound.domain.changes import Changes
from omnibound.domain.facts import Accepted, Fact, Failed, Failure, Receipt
from omnibound.domain.flow import DAY, HOUR
from omnibound.domain.message import Attempt
from omnibound.domain.outbound import QUEUE_DIALER
from omnibound.domain.status import Reason, end_status
from omnibound.ports import Emit
from omnibound.services.check_dials import CheckDials, Dial
from omnibound.services.place_requests import CallRequest
from tests.api.house import ALADDIN, JAFAR, House, Way, a_house

pytestmark = pytest.mark.anyio

CAMPAIGNS = "/api/v1/campaigns"
ANSWERED = CallEnd(sip=200, rang=True, by=By.US)
LOST = CallEnd(sip=200, rang=True, by=By.LOST)
BUSY = CallEnd(sip=486, rang=True)
ENDS = {"1": ANSWERED, "2": BUSY, "3": CallEnd(sip=487, rang=True, by=By.CANCEL), "4": CallEnd(sip=404)}
"""What becomes of a call by the last digit of the number."""


class Telephone(Way):
    """Asks before it dials, as the real one must; each call ends at once as its number's last digit says."""

    def __init__(self) -> None:
        super().__init__("trunk", "VOICE")
        self.check: CheckDials
        self.dials: list[Dial] = []
        self.closed: list[Failure] = []
        self.scripts: dict[str, list[CallEnd]] = {}

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        self.emit = emit

    async def send(self, attempts: list[Attempt]) -> None:
        verdicts = await self.check(attempts)
        facts: list[Fact] = []
        for attempt in attempts:
            key = (attempt.delivery, attempt.number, self.name)
            verdict = verdicts[attempt.delivery]
            if isinstance(verdict, Failure):
                self.closed.append(verdict)
                facts.append(Failed(*key, verdict, now_us()))
            else:
                self.dials.append(verdict)
                facts += self._call(attempt, key)
        await self.emit(facts)

    def _call(self, attempt: Attempt, key: tuple[int, int, str]) -> list[Fact]:
        script = self.scripts.get(attempt.address) or [ENDS[attempt.address[-1]]]
        reason, detail = outcome_of(script.pop(0) if len(script) > 1 else script[0])
        call = f"{attempt.delivery}-{attempt.number}"
        return [
            Accepted(*key, self.carrier, (call,), now_us()),
            Receipt(self.carrier, call, end_status(reason), reason, detail, now_us()),
        ]


@pytest.fixture
def telephone() -> Telephone:
    return Telephone()


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, telephone: Telephone) -> AsyncIterator[House]:
    async with a_house(monkeypatch, tmp_path, telephone) as opened:
        telephone.check = CheckDials(opened.running.store, now_us, {}, law.NONE)
        yield opened


async def made(house: House, id_: str = "c", **members: Any) -> dict[str, Any]:
    answer = await house.call("POST", CAMPAIGNS, {"id": id_, "name": "Winter", "pause_s": 0, **members})
    assert answer.status == 201, answer.body
    return answer.json()


async def called(house: House, *phones: str, id_: str = "c", **members: Any) -> list[dict[str, Any]]:
    body = {"requests": [{"phone": phone, **members} for phone in phones]}
    answer = await house.call("POST", f"{CAMPAIGNS}/{id_}/requests", body)
    assert answer.status == 202, answer.body
    return answer.json()["requests"]


async def say(house: House, wish: str, id_: str = "c") -> None:
    answer = await house.call("POST", f"{CAMPAIGNS}/{id_}/{wish}")
    assert answer.status == 200, answer.body


async def counts(house: House, id_: str = "c") -> dict[str, Any]:
    told = (await house.call("GET", f"{CAMPAIGNS}/{id_}/counts")).json()
    return {name: value for name, value in told.items() if value and name != "progress"}


async def until(wanted: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await wanted():  # noqa: ASYNC110 - a client has no event for it
            await asyncio.sleep(0.02)


async def results(house: House, id_: str = "c") -> list[dict[str, str]]:
    answer = await house.call("GET", f"{CAMPAIGNS}/{id_}/results")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


# -- Making --------------------------------------------------------------------------------------------------------

FULL = {
    "id": "full", "name": "Full", "caller": "48221234567", "trunk": "trunk", "speech": {"text": "a", "voice": "espeak"},
    "actions": [
        {"on": "1", "do": "play", "play": {"ssml": "<p>a</p>"}}, {"on": "9", "do": "opt_out"},
        {"on": "end", "do": "http", "http": {"url": "https://a.example/", "headers": {"a": "b"}, "body": "{}"}},
    ],
    "attempts": 2, "pause_s": 1.5, "pauses_s": {"busy": 60.0},
    "hours": [{"begin": "09:00", "end": "24:00", "days": ["monday", "sunday"], "since": "2026-01-01"}],
    "closed": ["2026-12-24"], "zone": "Europe/Warsaw", "priority": 7, "not_before": "2026-11-21T10:00:00Z",
    "lasts_days": 2.0,
}  # fmt: skip


PLAIN = {
    "remarks": "", "kind": "announcement", "lacks": [], "schedule": "", "end_at": None, "dialer": "",
    "mode": "predictive", "queue": "", "number": "", "scenario": "", "message": {}, "pace": 0, "results": "",
    "script": "", "excluded": [], "lines": 30, "ring_s": 15.0, "per_day": 0, "machine": "nothing",
    "priority_order": "ascending", "reserve": True, "farewell": {},
}  # fmt: skip
"""What one has that no dialer dials."""


async def test_a_campaign_is_told_as_it_was_made(house: House) -> None:
    answer = await house.call("POST", CAMPAIGNS, FULL)
    told = answer.json()
    assert answer.status == 201
    guid = told["guid"]
    assert re.fullmatch("[0-9A-F]{32}", guid)
    assert {**told, "created_at": "", "changed_at": ""} == {
        **PLAIN, **FULL, "state": "new", "guid": guid, "created_at": "", "changed_at": ""
    }  # fmt: skip
    assert (await house.call("GET", f"{CAMPAIGNS}/full")).json() == told
    assert (await house.call("GET", CAMPAIGNS)).json() == {"campaigns": [told]}
    assert (await house.call("GET", f"{CAMPAIGNS}/full", headers=JAFAR)).status == 404


@pytest.mark.parametrize(
    ("members", "status", "field"),
    [
        ({"name": " "}, 400, "name"),
        ({"id": "a/b"}, 400, "id"),
        ({"id": "taken"}, 400, "id"),
        ({"attempts": 0}, 400, "attempts"),
        ({"pauses_s": {"nothing": 1}}, 400, "pauses_s"),
        ({"pauses_s": {"busy": -1}}, 400, "pauses"),
        ({"hours": [{"begin": "10:00", "end": "09:00"}]}, 400, "hours[0]"),
        ({"hours": [{"begin": "10:00", "end": "25:00"}]}, 400, "hours[0].end"),
        ({"hours": [{"begin": "10:00", "end": "11:00", "since": "x"}]}, 400, "hours[0].since"),
        ({"closed": ["2026-02-30"]}, 400, "closed[0]"),
        ({"zone": "Mars/Base"}, 400, "zone"),
        ({"zone": "../../etc/passwd"}, 400, "zone"),
        ({"actions": [{"on": "10", "do": "repeat"}]}, 400, "actions[0].on"),
        ({"actions": [{"on": "1", "do": "repeat"}, {"on": "1", "do": "repeat"}]}, 400, "actions[1].on"),
        ({"actions": [{"on": "1", "do": "play"}]}, 400, "actions[0].play"),
        ({"actions": [{"on": "1", "do": "http"}]}, 400, "actions[0].http"),
        ({"actions": [{"on": "1", "do": "play", "play": {"announcement": "none"}}]}, 404, "announcement"),
        ({"actions": [{"on": "1", "do": "http", "http": {"url": "x"}}]}, 400, "actions[0].http.url"),
        ({"actions": [{"on": "1", "do": "http", "http": {"url": "http://a/{{"}}]}, 400, "actions[0].http.url"),
        ({"speech": {"announcement": "none"}}, 404, "announcement"),
        ({"unknown": 1}, 400, "unknown"),
    ],
)
async def test_what_makes_no_campaign(house: House, members: dict[str, Any], status: int, field: str) -> None:
    await made(house, "taken")
    answer = await house.call("POST", CAMPAIGNS, {"name": "n", **members})
    assert (answer.status, answer.json()["field"]) == (status, field)
    assert len((await house.call("GET", CAMPAIGNS)).json()["campaigns"]) == 1


# -- Calling -------------------------------------------------------------------------------------------------------


async def test_people_are_called_once_it_is_started_until_their_attempts_are_used_up(
    house: House, telephone: Telephone
) -> None:
    await made(house, attempts=3, speech={"text": "Hi {{ voice_sms.name }}"}, caller="48221")
    telephone.scripts["48000000005"] = [BUSY, ANSWERED]
    phones = [f"4800000000{digit}" for digit in "12345"]
    asked = await called(house, *phones, custom={"name": "Anna"})
    assert (await counts(house), telephone.dials) == ({"waiting": 5, "why": {"new": 5}}, [])
    await say(house, "start")
    await until(lambda: over(house))
    assert await counts(house) == {"answered": 2, "busy": 1, "no_answer": 1, "failed": 1}
    assert {dial.speech.text for dial in telephone.dials} == {"Hi Anna"}
    assert {dial.caller for dial in telephone.dials} == {"48221"}
    told = [(row["id"], row["phone"], row["state"], row["reason"], row["detail"], row["calls"], row["custom"])
            for row in await results(house)]  # fmt: skip
    custom = '{"name":"Anna"}'
    assert told == [
        (asked[0]["id"], phones[0], "closed", "answered", "sip:200", "1", custom),
        (asked[1]["id"], phones[1], "closed", "busy", "sip:486", "3", custom),
        (asked[2]["id"], phones[2], "closed", "no_answer", "sip:487", "3", custom),
        (asked[3]["id"], phones[3], "closed", "invalid_number", "sip:404", "1", custom),
        (asked[4]["id"], phones[4], "closed", "answered", "sip:200", "2", custom),
    ]
    assert (await house.call("GET", "/api/v1/reports")).json()["reports"] == []


async def over(house: House) -> bool:
    return "waiting" not in await counts(house)


async def test_a_pause_holds_back_what_was_asked_before_and_after_it(house: House, telephone: Telephone) -> None:
    await made(house, attempts=2, pause_s=3600)
    await say(house, "start")
    await called(house, "48000000002")
    await until(lambda: some_wait_for(house, {"busy": 1}))
    await say(house, "pause")
    await called(house, "48000000001")
    assert (await counts(house))["why"] == {"busy": 1, "new": 1}
    await say(house, "start")
    await until(lambda: some_wait_for(house, {"busy": 1}))
    assert await counts(house) == {"waiting": 1, "answered": 1, "why": {"busy": 1}}
    assert [dial.member.phone for dial in telephone.dials] == ["48000000002", "48000000001"]


async def some_wait_for(house: House, why: dict[str, int]) -> bool:
    return (await counts(house)).get("why") == why


async def test_who_is_finished_is_called_no_more(house: House, telephone: Telephone) -> None:
    await made(house)
    await called(house, "48000000001", "48000000002")
    await say(house, "finish")
    await until(lambda: over(house))
    assert await counts(house) == {"stopped": 2}
    assert {(row["reason"], row["calls"]) for row in await results(house)} == {("cancelled", "0")}
    answer = await house.call("POST", f"{CAMPAIGNS}/c/requests", {"requests": [{"phone": "48000000001"}]})
    assert (answer.status, telephone.dials) == (403, [])


async def test_suppressed_numbers_are_refused_at_once_and_before_each_call(house: House, telephone: Telephone) -> None:
    await made(house)
    body = {"phones": ["+48 000 000 001"]}
    assert (await house.call("POST", "/api/v1/suppressions", body)).status == 204
    await called(house, "48000000001", "48000000011")
    assert await counts(house) == {"stopped": 1, "waiting": 1, "why": {"new": 1}}
    assert (await house.call("POST", "/api/v1/suppressions", {"phones": ["48000000011"]})).status == 204
    await say(house, "start")
    await until(lambda: over(house))
    assert await counts(house) == {"stopped": 2}
    assert telephone.dials == []
    assert [(row["reason"], row["calls"]) for row in await results(house)] == [("blocked", "0"), ("blocked", "0")]
    assert (await house.call("DELETE", "/api/v1/suppressions/48000000001")).status == 204
    assert (await house.call("DELETE", "/api/v1/suppressions/48000000001")).status == 404


async def test_nobody_is_called_outside_the_hours(house: House, telephone: Telephone) -> None:
    await made(house, hours=[{"begin": "00:00", "end": "24:00", "since": "2999-01-01"}])
    refused = await house.call("POST", f"{CAMPAIGNS}/c/requests", {"requests": [{"phone": "48000000001"}]})
    assert (refused.status, refused.json()["field"]) == (400, "calendar")
    assert await counts(house) == {}
    assert await results(house) == []


async def test_ten_thousand_requests_are_taken_in_under_a_second(house: House) -> None:
    await made(house, speech={"text": "Hi {{ voice_sms.name }}"})
    requests = [CallRequest(phone=f"48{n:09}", custom={"name": str(n)}) for n in range(10_000)]
    began = time.process_time()
    taken = await house.running.services.requests.add(house.accounts["Aladdin"], "c", requests)
    assert time.process_time() - began < 1
    assert [standing.member.phone for standing in taken] == [request.phone for request in requests]
    assert await counts(house) == {"waiting": 10_000, "why": {"new": 10_000}}


async def test_all_or_nothing(house: House) -> None:
    await made(house)
    body = {"requests": [{"phone": "48000000001"}, {"phone": "0"}]}
    answer = await house.call("POST", f"{CAMPAIGNS}/c/requests", body, headers=ALADDIN)
    assert (answer.status, answer.json()["field"]) == (400, "[1].phone")
    assert await counts(house) == {}


# -- Lost calls ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", ["", "?again=true"])
async def test_lost_calls_are_held_until_they_are_released(house: House, telephone: Telephone, again: str) -> None:
    telephone.scripts = {"48600100009": [LOST, ANSWERED], "48600100008": [LOST, ANSWERED]}
    await made(house, attempts=2)
    await called(house, "48600100009", "48600100008", "48600100001")
    await say(house, "start")

    async def held() -> bool:
        return await counts(house) == {"waiting": 2, "answered": 1, "why": {"lost": 2}}

    await until(held)
    assert [(row["state"], row["reason"], row["calls"]) for row in await results(house)][:2] == [
        ("open", "lost", "1")
    ] * 2
    released = await house.call("POST", f"{CAMPAIGNS}/c/release{again}")
    assert (released.status, released.json()) == (200, {"released": 2})

    async def over() -> bool:
        return await counts(house) == {"answered": 3}

    await until(over)
    assert (await house.call("POST", f"{CAMPAIGNS}/c/release{again}")).json() == {"released": 0}
    assert len(telephone.dials) == 5


async def test_released_with_no_call_left_is_over(house: House, telephone: Telephone) -> None:
    telephone.scripts = {"48600100009": [LOST]}
    await made(house, attempts=1)
    await called(house, "48600100009")
    await say(house, "start")

    async def held() -> bool:
        return await counts(house) == {"waiting": 1, "why": {"lost": 1}}

    await until(held)
    assert (await house.call("POST", f"{CAMPAIGNS}/c/release")).json() == {"released": 1}
    assert await counts(house) == {"failed": 1}
    (row,) = await results(house)
    assert (row["state"], row["reason"], row["calls"]) == ("closed", "redial", "1")


@pytest.mark.parametrize(
    ("path", "status"), [("none/release", 404), ("c/release?again=maybe", 400), ("c/release?now=1", 400)]
)
async def test_releases_that_are_refused(house: House, path: str, status: int) -> None:
    await made(house)
    assert (await house.call("POST", f"{CAMPAIGNS}/{path}")).status == status


async def test_a_trunk_that_is_not_configured_is_refused(house: House) -> None:
    answer = await house.call("POST", CAMPAIGNS, {"name": "Winter", "trunk": "elsewhere"})
    assert (answer.status, answer.json()["field"]) == (400, "trunk")
    assert (await house.call("GET", CAMPAIGNS)).json() == {"campaigns": []}


# -- Changing, forgetting, explaining --------------------------------------------------------------------------------


async def change(house: House, members: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await house.call("PATCH", f"{CAMPAIGNS}/c", members)
    assert answer.status == status, answer.body
    return answer.json()


QUEUE_ID = "AB" * 16
DIALLED = {
    "id": "dialled", "name": "D", "remarks": "r", "dialer": QUEUE_DIALER.id, "mode": "preview", "queue": QUEUE_ID,
    "results": "r", "script": "s", "schedule": "h", "excluded": ["City = 'New York'", "Age BETWEEN 18 AND 30"],
    "not_before": "2026-11-21T10:00:00Z", "end_at": "2026-12-31T20:00:00Z", "lines": 5, "ring_s": 20.0, "per_day": 2,
    "farewell": {"text": "Sorry"},
}  # fmt: skip


async def _with_parts(house: House) -> None:
    for path, id_ in (("queues", QUEUE_ID), ("result-sets", "r"), ("scripts", "s"), ("schedules", "h")):
        more = {"zone": "Europe/Zurich"} if path == "schedules" else {}
        assert (await house.call("POST", f"/api/v1/{path}", {"id": id_, "name": "n", **more})).status == 201


async def test_a_dialled_campaign_is_told_as_it_was_made_and_copied(house: House) -> None:
    await _with_parts(house)
    answer = await house.call("POST", CAMPAIGNS, {**DIALLED, "dialer": "default"})
    told = answer.json()
    assert answer.status == 201, answer.body
    assert {**told, **DIALLED, "kind": "queue", "lacks": [], "zone": "Europe/Zurich"} == told
    copy = (await house.call("POST", f"{CAMPAIGNS}/dialled/copy", {"name": "Again", "id": "other"})).json()
    own = {name: copy[name] for name in ("id", "name", "guid", "created_at", "changed_at")}
    assert copy == {**told, **own}
    for name in ("remarks", "queue", "excluded", "lines", "end_at"):
        assert (await house.call("PATCH", f"{CAMPAIGNS}/other", {name: told[name]})).status == 200
    assert {**(await house.call("GET", f"{CAMPAIGNS}/other")).json(), **own} == copy


@pytest.mark.parametrize(
    ("members", "status", "field"),
    [
        ({"queue": QUEUE_ID, "number": "48123"}, 400, "number"),
        ({"kind": "queue", "number": "48123"}, 400, "number"),
        ({"kind": "messages", "queue": QUEUE_ID}, 400, "queue"),
        ({"queue": "none"}, 404, "queue"),
        ({"dialer": "none"}, 404, "dialer"),
        ({"dialer": "default", "results": "none"}, 404, "results"),
        ({"scenario": "none"}, 404, "scenario"),
        ({"excluded": ["City ="]}, 400, "excluded[0]"),
        ({"excluded": ["City = 1"]}, 400, "excluded"),
        ({"schedule": "h", "hours": [{"begin": "10:00", "end": "11:00"}]}, 400, "hours"),
        ({"schedule": "h", "zone": "UTC"}, 400, "zone"),
        ({"dialer": "default", "not_before": "2026-11-21T10:00:00Z", "end_at": "2026-11-21T10:00:00Z"}, 400, "end_at"),
        ({"dialer": "default", "lines": 0}, 400, "lines"),
        ({"dialer": "default", "ring_s": 14}, 400, "ring_s"),
        ({"scenario": "k", "message": {"SMS": {}}}, 400, "message.SMS"),
    ],
)
async def test_what_makes_no_dialled_campaign(house: House, members: dict[str, Any], status: int, field: str) -> None:
    await _with_parts(house)
    answer = await house.call("POST", CAMPAIGNS, {"name": "n", **members})
    assert (answer.status, answer.json()["field"]) == (status, field)
    assert (await house.call("GET", CAMPAIGNS)).json() == {"campaigns": []}


async def test_a_campaign_that_lacks_something_is_kept_and_started_when_it_has_it(house: House) -> None:
    await _with_parts(house)
    assert (await made(house, kind="queue", caller="48221"))["lacks"] == ["dialer", "queue"]
    refused = await house.call("POST", f"{CAMPAIGNS}/c/start")
    assert (refused.status, refused.json()["field"]) == (400, "dialer")
    assert (await change(house, {"dialer": "default", "queue": QUEUE_ID}))["lacks"] == []
    await say(house, "start")
    assert (await change(house, {"queue": "", "number": "48123"}))["kind"] == "number"


async def test_counters_are_the_sum_of_their_parts(house: House) -> None:
    await made(house, dialer="default", excluded=["City = 'Bern'"], speech={"text": "Hi"})
    cities = ("Bern", "Basel", "Bern")
    people = [{"phones": [f"4812300{n}"], "attributes": {"City": city}} for n, city in enumerate(cities)]
    assert (await house.call("POST", f"{CAMPAIGNS}/c/members", {"members": people})).status == 201

    async def progress() -> dict[str, Any]:
        return (await house.call("GET", f"{CAMPAIGNS}/c/counts")).json()["progress"]

    passive = {"status": "passive", "dialer": "passive", "handled": 0, "max_calls": 0}
    assert await progress() == {**passive, "total": 3, "not_handled": 1, "filtered": 2}
    assert (await house.call("DELETE", f"{CAMPAIGNS}/c/members/1")).status == 204
    assert await progress() == {**passive, "total": 2, "not_handled": 1, "filtered": 1}
    await change(house, {"excluded": []})
    assert await progress() == {**passive, "total": 2, "not_handled": 2, "filtered": 0}


async def test_hours_of_a_schedule_stay_when_it_is_left(house: House) -> None:
    await _with_parts(house)
    hours = [{"begin": "10:00", "end": "11:00", "days": ["monday"]}]
    assert (await house.call("PATCH", "/api/v1/schedules/h", {"hours": hours})).status == 200
    await made(house, schedule="h")
    assert (await change(house, {"zone": "UTC"}, 400))["field"] == "zone"
    assert (await change(house, {"closed": ["2026-12-24"], "schedule": ""}))["hours"] == hours
    assert (await house.call("DELETE", "/api/v1/schedules/h")).status == 204


async def test_a_campaign_of_messages(house: House) -> None:
    key = await house.scenario("SMS")
    message = {"SMS": {"text": "Hi {{ voice_sms.name }}"}}
    told = await made(house, scenario=key, message=message)
    assert (told["kind"], told["lacks"], told["scenario"], told["message"]) == ("messages", [], key, message)
    assert (await change(house, {"message": {"SMS": {"text": "{{"}}}, 400))["field"] == "message.SMS.text"
    assert (await change(house, {"message": {"EMAIL": {"text": "a"}}}, 400))["field"] == "message.EMAIL"


CHANGES = {name: value for name, value in FULL.items() if name not in {"id", "trunk"}}


async def test_each_member_is_changed_alone_and_the_rest_stays(house: House) -> None:
    told = after = await made(house)
    for name, value in CHANGES.items():
        told = {**told, name: value}
        after = await change(house, {name: value})
        assert {**after, "changed_at": ""} == {**told, "changed_at": ""}
    assert (await house.call("GET", f"{CAMPAIGNS}/c")).json() == after
    assert (await change(house, {"not_before": None}))["not_before"] is None
    assert (await change(house, {"trunk": "trunk"}))["trunk"] == "trunk"


@pytest.mark.parametrize(
    ("members", "status", "field"),
    [
        ({"id": "d"}, 400, "id"),
        ({"state": "started"}, 400, "state"),
        ({"attempts": 0}, 400, "attempts"),
        ({"zone": "Mars/Base"}, 400, "zone"),
        ({"trunk": "none"}, 400, "trunk"),
        ({"speech": {"announcement": "none"}}, 404, "announcement"),
        ({"name": None}, 400, "name"),
    ],
)
async def test_what_is_no_change(house: House, members: dict[str, Any], status: int, field: str) -> None:
    told = await made(house)
    assert (await change(house, members, status))["field"] == field
    assert (await house.call("GET", f"{CAMPAIGNS}/c")).json() == told


async def test_who_waits_for_hours_is_called_once_they_are_wider(house: House, telephone: Telephone) -> None:
    await made(house, hours=[{"begin": "00:00", "end": "24:00", "since": "2027-11-21"}], attempts=1, caller="48221")
    await say(house, "start")
    await called(house, "48000000002", "48000000011")
    (waits,) = (await waiting(house))["waiting"]
    assert (waits["cause"], waits["number"], waits["until"][:10]) == ("closed", 2, "2027-11-20")
    await change(house, {"hours": [], "caller": "48222", "speech": {"text": "Hi {{ voice_sms.nobody }}"}})
    await until(lambda: over(house))
    assert await counts(house) == {"answered": 1, "busy": 1}
    assert [(dial.caller, dial.speech.text) for dial in telephone.dials] == [("48222", "Hi ")] * 2


async def test_more_attempts_and_a_shorter_pause_are_followed_by_who_waits(house: House, telephone: Telephone) -> None:
    await made(house, attempts=2, pause_s=3600)
    await say(house, "start")
    await called(house, "48000000002")
    await until(lambda: some_wait_for(house, {"busy": 1}))
    (waits,) = (await waiting(house))["waiting"]
    assert (waits["cause"], waits["number"]) == ("retry", 1)
    await change(house, {"attempts": 4, "pause_s": 0})
    await until(lambda: over(house))
    assert (await counts(house), len(telephone.dials)) == ({"busy": 1}, 4)


async def waiting(house: House) -> dict[str, Any]:
    return (await house.call("GET", f"{CAMPAIGNS}/c/waiting")).json()


async def test_start_right_after_all_were_cancelled_calls_who_comes_then(house: House, telephone: Telephone) -> None:
    await made(house)
    await say(house, "start")
    await say(house, "pause")
    await called(house, "48000000001", "48000000001")
    cancelled = await house.running.services.requests.cancel_open(house.accounts["Aladdin"], "c")
    await called(house, "48000000011")
    await say(house, "start")
    await until(lambda: over(house))
    assert (cancelled, await counts(house)) == (2, {"stopped": 2, "answered": 1})
    assert [dial.member.phone for dial in telephone.dials] == ["48000000011"]


async def test_a_finished_campaign_is_deleted_with_its_people(house: House) -> None:
    await made(house)
    (anna,) = await called(house, "48000000001")
    assert (await house.call("DELETE", f"{CAMPAIGNS}/c")).status == 403
    await say(house, "finish")
    await until(lambda: over(house))
    assert (await house.call("DELETE", f"{CAMPAIGNS}/c", headers=JAFAR)).status == 404
    assert (await house.call("DELETE", f"{CAMPAIGNS}/c")).status == 204
    for path in ("", "/counts", "/results", "/waiting"):
        assert (await house.call("GET", f"{CAMPAIGNS}/c{path}")).status == 404
    assert (await house.running.store.deliveries.one(house.accounts["Aladdin"].id, int(anna["id"], 16))) is None
    await made(house)
    await called(house, "48000000001")
    await say(house, "start")
    await until(lambda: over(house))
    assert await counts(house) == {"answered": 1}


async def test_numbers_of_a_do_not_call_list(house: House) -> None:
    path = "/api/v1/suppressions"
    assert (await house.call("POST", path, {"phones": ["48123"]})).status == 204
    body = {"phones": ["48123", "48124"], "reason": "do_not_disturb"}
    assert (await house.call("POST", path, body)).status == 204
    told = (await house.call("GET", path)).json()["suppressions"]
    assert [(each["phone"], each["reason"]) for each in told] == [("48123", "blocked"), ("48124", "do_not_disturb")]
    assert (await house.call("POST", path, {**body, "reason": "busy"})).json()["field"] == "reason"


async def test_suppressions_are_read_by_pages(house: House) -> None:
    path = "/api/v1/suppressions"
    assert (await house.call("POST", path, {"phones": ["+48 2", "481234", "x"]})).json()["field"] == "phones[0]"
    assert (await house.call("POST", path, {"phones": ["+48 200", "481234"]})).status == 204
    told = (await house.call("GET", path)).json()["suppressions"]
    assert [(each["phone"], each["reason"]) for each in told] == [("481234", "blocked"), ("48200", "blocked")]
    assert (await house.call("GET", f"{path}?after=481234&limit=1")).json()["suppressions"] == told[1:]
    assert (await house.call("GET", path, headers=JAFAR)).json() == {"suppressions": []}


async def test_all_that_is_wrong_with_a_list_is_told(house: House) -> None:
    await made(house)
    speech = {"text": "Hi {{ voice_sms.name"}
    body = {"requests": [{"phone": "48000000001", "speech": speech}, {"phone": "0", "speech": speech}]}
    answer = await house.call("POST", f"{CAMPAIGNS}/c/requests/check", body)
    faults = [(each["place"], each["field"]) for each in answer.json()["faults"]]
    assert (answer.status, faults, answer.json()["suppressed"]) == (200, [(0, "text"), (1, "phone"), (1, "text")], 0)
    assert await counts(house) == {}


def spoken(house: House, delivery: int, reason: Reason, ended_at: int, account: str = "Aladdin") -> Call:
    return Call(
        delivery=delivery, attempt=1, connector="t", reason=reason, ended_at=ended_at, campaign="c",
        account=house.accounts[account].id,
    )  # fmt: skip


async def test_who_found_nobody_there_by_windows(house: House) -> None:
    await made(house)
    now = now_us()
    ends = [
        (Reason.ANSWERED, now - HOUR), (Reason.ANSWERED, now - HOUR), (Reason.ABANDONED, now - HOUR),
        (Reason.BUSY, now - HOUR), (Reason.HUNG_UP, now - 2 * DAY), (Reason.ABANDONED, now - 29 * DAY),
        (Reason.ABANDONED, now - 31 * DAY),
    ]  # fmt: skip
    calls = [spoken(house, n, reason, at) for n, (reason, at) in enumerate(ends, 1)]
    calls.append(spoken(house, 99, Reason.ABANDONED, now - HOUR, "Jafar"))
    await house.running.store.record(Changes(calls=calls))
    told = (await house.call("GET", f"{CAMPAIGNS}/c/abandonment")).json()
    columns = ("answered", "connected", "abandoned", "percent")
    assert {name: [window[column] for column in columns] for name, window in told.items()} == {
        "day": [3, 2, 1, 33.333],
        "month": [5, 2, 2, 40.0],
    }
    assert (await house.call("GET", f"{CAMPAIGNS}/c/abandonment", headers=JAFAR)).status == 404
