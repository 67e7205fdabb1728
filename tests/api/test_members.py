"""People of campaigns through the native API: added, read, changed, deleted; read by their changes; their answers."""

import asyncio
import time
from typing import Any

import pytest

from omnibound.bootstrap import now_us
from omnibound.domain.call import Call
from omnibound.domain.changes import Changes
from omnibound.domain.member import Doing, Member, Progress, Result, Stand
from omnibound.domain.status import Reason
from omnibound.services.fill_speech import member_id
from omnibound.services.read_customers import SETTLED
from tests.api.house import JAFAR, House

pytestmark = pytest.mark.anyio

CAMPAIGNS = "/api/v1/campaigns"
MEMBERS = f"{CAMPAIGNS}/c/members"
FULL: dict[str, Any] = {
    "phones": ["+48 123 123 123", "48124"], "external": "A/7", "attributes": {"City": "Bern", "n": 1}, "priority": 3,
    "zone": "Europe/Zurich", "agent": "anna", "mode": "preview", "preview_s": 30, "not_before": "2099-01-01T08:00:00Z",
}  # fmt: skip
STANDS: dict[str, Any] = {
    "progress": "not_handled", "doing": "waiting", "reason": None, "meaning": "", "result": "", "detail": "",
    "calls": 0, "last_phone": 0, "deleted": False,
}  # fmt: skip


async def made(house: House, id_: str = "c", **members: Any) -> None:
    body = {"id": id_, "name": "C", "dialer": "default", "speech": {"text": "Hi"}, "caller": "48221", **members}
    answer = await house.call("POST", CAMPAIGNS, body)
    assert answer.status == 201, answer.body


async def added(house: House, *members: dict[str, Any], whole: bool = True) -> list[dict[str, Any]]:
    answer = await house.call("POST", MEMBERS, {"members": members, "whole": whole})
    assert answer.status == 201, answer.body
    return answer.json()["members"]


async def read(house: House, query: str = "") -> list[str]:
    return [each["external"] for each in (await house.call("GET", f"{MEMBERS}{query}")).json()["members"]]


def people(*externals: str, **more: Any) -> list[dict[str, Any]]:
    return [{"phones": [f"4812300{n}"], "external": each, **more} for n, each in enumerate(externals)]


async def test_somebody_is_told_as_they_were_added(house: House) -> None:
    await made(house)
    (told,) = await added(house, FULL)
    assert told == {"id": told["id"], "fault": "", "field": ""}
    (one,) = (await house.call("GET", MEMBERS)).json()["members"]
    times = {name: one[name] for name in ("created_at", "changed_at", "due_at")}
    assert one == {**FULL, **STANDS, "id": told["id"], **times}
    for who in (told["id"], told["id"].upper(), "A/7"):
        path = f"{MEMBERS}/{who}"
        assert (await house.call("GET", path)).json() == one
        assert (await house.call("GET", path, headers=JAFAR)).status == 404
    assert (await house.call("GET", f"{MEMBERS}/none")).status == 404


async def test_the_priority_of_who_has_none_is_the_campaigns(house: House) -> None:
    await made(house, priority=7)
    await added(house, {"phones": ["48123"]}, {"phones": ["48124"], "priority": 0})
    told = (await house.call("GET", MEMBERS)).json()["members"]
    assert [(each["external"], each["priority"]) for each in told] == [("1", 7), ("2", 0)]


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"phones": []}, "members[1].phones"),
        ({"phones": ["1"]}, "members[1].phones[0]"),
        ({"phones": ["48123", "x"]}, "members[1].phones[1]"),
        ({"phones": ["48123"] * 4}, "members[1].phones"),
        ({"zone": "Mars/Base"}, "members[1].zone"),
        ({"mode": "fast"}, "members[1].mode"),
        ({"priority": -1}, "members[1].priority"),
        ({"external": "first"}, "members[1].external"),
        ({"attributes": {" ": 1}}, "members[1].attributes. "),
        ({"attributes": {"a": 1 << 70}}, "members[1].attributes"),
        ({"attributes": {"a": "x" * 10_001}}, "members[1].attributes.a"),
        ({"attributes": {str(n): n for n in range(201)}}, "members[1].attributes"),
        ({"unknown": 1}, "members[1].unknown"),
    ],
)
async def test_all_are_added_or_none(house: House, members: dict[str, Any], field: str) -> None:
    await made(house)
    (first,) = people("first")
    answer = await house.call("POST", MEMBERS, {"members": [first, {"phones": ["48124"], **members}]})
    assert (answer.status, answer.json()["field"]) == (400, field)
    assert await read(house) == []


async def test_those_are_added_who_can_be(house: House) -> None:
    await made(house)
    told = await added(house, *people("a", "b", "a", "c"), whole=False)
    assert [(bool(each["id"]), each["field"]) for each in told] == [
        (True, ""), (True, ""), (False, "external"), (True, ""),
    ]  # fmt: skip
    assert await read(house) == ["a", "b", "c"]


async def test_who_fits_is_found(house: House) -> None:
    await made(house, excluded=["City = 'Bern'"])
    await added(house, *people("a1", "a2", attributes={"City": "Bern"}), *people("b1", attributes={"City": "Basel"}))
    for query, found in (
        ("?external=a*", ["a1", "a2"]),
        ("?external=?1&limit=1", ["a1"]),
        ("?external=?1&offset=1", ["b1"]),
        ("?phone=48123001", ["a2"]),
        ("?progress=filtered", ["a1", "a2"]),
        ("?progress=not_handled", ["b1"]),
        ("?attribute=City&value=ba*", ["b1"]),
        ("?offset=3", []),
    ):
        assert await read(house, query) == found, query
    assert (await house.call("GET", f"{MEMBERS}?progress=gone")).status == 400
    assert (await house.call("GET", f"{CAMPAIGNS}/none/members")).status == 404


async def test_each_member_is_changed_alone(house: House) -> None:
    await made(house)
    await added(house, {"phones": ["48123"], "external": "x"}, *people("y"))
    told = (await house.call("GET", f"{MEMBERS}/x")).json()
    for name in ("phones", "attributes", "zone", "agent", "mode", "preview_s", "priority", "not_before"):
        answer = await house.call("PATCH", f"{MEMBERS}/x", {name: FULL[name]})
        after = answer.json()
        assert answer.status == 200, answer.body
        told = {**told, name: FULL[name], "changed_at": after["changed_at"], "due_at": after["due_at"]}
        assert after == told
    assert told["due_at"] == FULL["not_before"]
    after = (await house.call("PATCH", f"{MEMBERS}/x", {"mode": None, "not_before": None, "attributes": {}})).json()
    assert (after["mode"], after["not_before"], after["attributes"]) == (None, None, {})
    for body, field in (
        ({}, ""),
        ({"zone": "x"}, "zone"),
        ({"phones": []}, "phones"),
        ({"phones": ["48124", "x"]}, "phones[1]"),
        ({"external": ""}, "external"),
        ({"external": "y"}, "external"),
        ({"attributes": {"Phone1": "48124"}}, "attributes.Phone1"),
    ):
        refused = await house.call("PATCH", f"{MEMBERS}/x", body)
        assert (refused.status, refused.json().get("field", "")) == (400, field)
    assert (await house.call("PATCH", f"{MEMBERS}/none", {"zone": "UTC"})).status == 404
    assert (await house.call("GET", f"{MEMBERS}/x")).json() == after


async def test_somebody_has_other_numbers_and_another_id(house: House) -> None:
    await made(house)
    await added(house, *people("x", "y"))
    path = "/api/v1/suppressions"
    assert (await house.call("POST", path, {"phones": ["48999"]})).status == 204
    body = {"phones": ["0048 777", "+48 999"], "external": "X/2"}
    answer = await house.call("PATCH", f"{MEMBERS}/x", body)
    told = answer.json()
    assert (answer.status, told["phones"], told["external"]) == (200, body["phones"], "X/2")
    assert (told["progress"], told["detail"]) == ("filtered", "blocked")
    assert (await house.call("GET", f"{MEMBERS}/x")).status == 404
    assert (await house.call("GET", f"{MEMBERS}/X%2F2")).json() == told
    for query, found in (
        ("?external=x", []), ("?external=x*", ["X/2"]), ("?phone=48123000", []), ("?phone=*777;*", ["X/2"]),
        ("?attribute=Phone2&value=*999", ["X/2"]), ("?attribute=Phone1&value=48123001", ["y"]),
    ):  # fmt: skip
        assert await read(house, query) == found, query
    assert (await house.call("PATCH", f"{MEMBERS}/X%2F2", {"phones": ["48777"]})).json()["progress"] == "not_handled"
    await added(house, *people("x"))


async def test_who_has_a_number_that_only_others_take_can_be_changed(house: House) -> None:
    """OBI takes national numbers, too."""
    await made(house, "E" * 32)
    store = house.running.store
    one = Member(id=1, account=house.accounts["Aladdin"].id, campaign="E" * 32, phone="0215428754", external="x")
    await store.record(Changes(members=[one]))
    path = f"{CAMPAIGNS}/{one.campaign}/members/x"
    assert (await house.call("PATCH", path, {"agent": "anna"})).json()["agent"] == "anna"
    assert (await house.call("PATCH", path, {"phones": ["0215428754"]})).json()["field"] == "phones[0]"


async def test_who_is_changed_is_judged_anew_and_waits_by_their_priority(house: House) -> None:
    await made(house, excluded=["City = 'Bern'"])
    await added(house, *people("x"))
    for city, progress in (("Bern", "filtered"), ("Basel", "not_handled")):
        answer = await house.call("PATCH", f"{MEMBERS}/x", {"attributes": {"City": city}})
        assert answer.json()["progress"] == progress
        assert (await house.call("GET", f"{MEMBERS}/x")).json() == answer.json()
    assert (await house.call("PATCH", f"{MEMBERS}/x", {"priority": 5})).status == 200
    assert [lane[-6:] for lane in await house.running.store.deliveries.lanes()] == ["000005"]


@pytest.mark.parametrize("reason", ["blocked", "do_not_disturb"])
async def test_who_is_suppressed_is_excluded_until_it_is_taken_off(house: House, reason: str) -> None:
    await made(house)
    await added(house, {"phones": ["48124", "+48 123"], "external": "x"})
    path = "/api/v1/suppressions"
    assert (await house.call("POST", path, {"phones": ["48123"], "reason": reason})).status == 204
    one = (await house.call("GET", f"{MEMBERS}/x")).json()
    assert (one["progress"], one["detail"], one["due_at"]) == ("filtered", reason, None)
    assert (await house.call("DELETE", f"{path}/48123")).status == 204
    assert (await house.call("GET", f"{MEMBERS}/x")).json()["progress"] == "not_handled"


async def test_who_is_called_is_changed_later(house: House) -> None:
    await made(house)
    ((told), *_) = await added(house, *people("x"))
    id_, store = member_id(told["id"]), house.running.store
    (loaded,) = await store.deliveries.load([id_])
    await store.record(Changes(moved=[(loaded.live, 7, loaded.live.version)]))
    for body in ({"agent": "anna"}, {"phones": ["48124"]}, {"external": "y"}):
        refused = await house.call("PATCH", f"{MEMBERS}/x", body)
        assert (refused.status, refused.json()["title"]) == (409, "A call is under way")
        assert refused.headers["retry-after"] == "5"


async def test_somebody_is_deleted(house: House) -> None:
    await made(house)
    await added(house, *people("x", "y"))
    assert (await house.call("DELETE", f"{MEMBERS}/x")).status == 204
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"agent": "anna"})):
        assert (await house.call(method, f"{MEMBERS}/x", body)).status == 404
    assert await read(house) == ["y"]
    taken = await house.call("POST", MEMBERS, {"members": people("x")})
    assert (taken.status, taken.json()["field"]) == (400, "members[0].external")


async def test_changes_are_read_in_their_order(house: House) -> None:
    await made(house)
    await added(house, *people("a", "b", "c"))
    path = f"{MEMBERS}?changed_after="
    at_once = (await house.call("GET", path)).json()
    assert at_once == {"members": [], "next": ""}
    first = await _until(house, path, 3)
    assert [each["external"] for each in first["members"]] == ["a", "b", "c"]
    some = (await house.call("GET", f"{path}&limit=2")).json()
    rest = (await house.call("GET", f"{path}{some['next']}")).json()
    assert (some["members"] + rest["members"], rest["next"]) == (first["members"], first["next"])
    assert (await house.call("PATCH", f"{MEMBERS}/b", {"agent": "anna"})).status == 200
    assert (await house.call("DELETE", f"{MEMBERS}/a")).status == 204
    later = await _until(house, path + first["next"], 2)
    assert [(each["external"], each["agent"], each["deleted"]) for each in later["members"]] == [
        ("b", "anna", False), ("a", "", True),
    ]  # fmt: skip
    assert (await house.call("GET", path + later["next"])).json() == {"members": [], "next": later["next"]}


async def _until(house: House, path: str, number: int) -> dict[str, Any]:
    """What is told once it is settled."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        told = (await house.call("GET", path)).json()
        if len(told["members"]) == number:
            return told
        await asyncio.sleep(SETTLED / 20_000_000)
    raise AssertionError(path)


@pytest.mark.parametrize(
    "query", ["changed_after=x", "changed_after=1.99999999999999999999", "changed_after=&external=a"]
)
async def test_what_is_no_cursor(house: House, query: str) -> None:
    await made(house)
    assert (await house.call("GET", f"{MEMBERS}?{query}")).status == 400


async def test_calls_and_what_came_of_them(house: House) -> None:
    await made(house)
    (told,) = await added(house, *people("x"))
    id_, now = member_id(told["id"]), now_us()
    account = house.accounts["Aladdin"].id
    calls = [
        Call(delivery=id_, attempt=n, connector="t", reason=reason, ended_at=now + n, account=account, campaign="c")
        for n, reason in ((1, Reason.BUSY), (2, Reason.SUCCESS))
    ]
    stand = Stand(
        progress=Progress.HANDLED, doing=Doing.WAITING, closed=True, reason=Reason.SUCCESS, entry=1, tries=2,
        last_number=1,
    )  # fmt: skip
    result = Result(id_, stand.pack(), 0, "sip:200", now, now)
    await house.running.store.record(Changes(calls=calls, results=[result]))
    one = (await house.call("GET", f"{MEMBERS}/x")).json()
    names = ("progress", "reason", "result", "detail", "calls", "last_phone", "due_at")
    assert [one[name] for name in names] == ["handled", "success", "Successful", "sip:200", 2, 1, None]
    told = (await house.call("GET", f"{MEMBERS}/x/calls")).json()
    assert [(each["attempt"], each["reason"]) for each in told["calls"]] == [(1, "busy"), (2, "success")]


# --- answers ----------------------------------------------------------------------------------------------------------


async def test_answers_are_written_and_read(house: House) -> None:
    questions = [{"text": "Who?", "answers": ["I", "you"]}, {"text": "Why?"}]
    body = {"id": "s", "name": "S", "questions": questions}
    assert (await house.call("POST", "/api/v1/scripts", body)).status == 201
    await made(house, script="s")
    await added(house, *people("x"))
    path = f"{MEMBERS}/x/answers"
    assert (await house.call("GET", path)).json() == {"answers": []}
    told = {"answers": [{"question": "Why?", "answer": "Because"}, {"question": "Who?", "answer": "you"}]}
    put = await house.call("PUT", path, told)
    assert (put.status, put.json()) == (200, told)
    for answers, field in (
        ([("When?", "now")], "answers[0].question"),
        ([("Why?", "a"), ("Why?", "b")], "answers[1].question"),
        ([("Who?", "they")], "answers[0].answer"),
        ([("Why?", "a\0")], ""),
    ):
        given = {"answers": [{"question": question, "answer": answer} for question, answer in answers]}
        refused = await house.call("PUT", path, given)
        assert (refused.status, refused.json().get("field", "")) == (400, field)
    assert (await house.call("GET", path)).json() == told


async def test_without_a_script_nothing_is_answered(house: House) -> None:
    await made(house)
    await added(house, *people("x"))
    body = {"answers": [{"question": "Why?", "answer": "a"}]}
    assert (await house.call("PUT", f"{MEMBERS}/x/answers", body)).json()["field"] == "answers[0].question"
    assert (await house.call("PUT", f"{MEMBERS}/x/answers", {"answers": []})).status == 200
