"""What campaigns share: what each kind must be, and the numbers of call results."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, HOUR, SECOND, Effect, Move
from omnibound.domain.outbound import (
    QUEUE_DIALER,
    STANDARD,
    CallResult,
    Dialer,
    Question,
    Queue,
    ResultSet,
    Schedule,
    Script,
)
from omnibound.domain.parts import MOST_NUMBERED, PARTS, Part, check_part, numbered
from omnibound.domain.status import Reason

HEX = "0A" * 16
DIALER = Dialer(id=HEX, name="D")
QUEUE = Queue(id=HEX, name="Q")
RESULTS = ResultSet(id="r", name="R", results=(CallResult(text="Yes", reason=Reason.SUCCESS, number=1),))
SCHEDULE = Schedule(id="s", name="S", calendar=Calendar(hours=(Hours(begin=0, end=60),)))
SCRIPT = Script(id="t", name="T", questions=(Question(text="Who?", answers=("I", "you")), Question(text="Why?")))
KIND = {Dialer: "dialer", Queue: "queue", ResultSet: "results", Schedule: "schedule", Script: "script"}


def checked(part: Part) -> None:
    check_part(PARTS[KIND[type(part)]], part)


def said(*texts: str) -> tuple[CallResult, ...]:
    return tuple(CallResult(text=text, reason=Reason.SUCCESS) for text in texts)


@pytest.mark.parametrize("part", [DIALER, QUEUE, RESULTS, SCHEDULE, SCRIPT, QUEUE_DIALER, replace(STANDARD, id="x")])
def test_what_may_be(part: Part) -> None:
    checked(part)


@pytest.mark.parametrize(
    ("part", "members", "field"),
    [
        (DIALER, {"id": "evening"}, "id"),
        (QUEUE, {"id": "sales"}, "id"),
        (RESULTS, {"id": "a/b"}, "id"),
        (SCHEDULE, {"id": ""}, "id"),
        (SCRIPT, {"id": "default"}, "id"),
        (DIALER, {"name": " "}, "name"),
        (DIALER, {"name": "\0"}, "name"),
        (DIALER, {"name": "n" * 201}, "name"),
        (DIALER, {"lines": 0}, "lines"),
        (DIALER, {"abandoned": 20_001}, "abandoned"),
        (DIALER, {"abandon_wait": 2 * SECOND + 1}, "abandon_wait"),
        (DIALER, {"overdial": -1}, "overdial"),
        (QUEUE, {"wrap_up": HOUR + 1}, "wrap_up"),
        (QUEUE, {"no_result": "x" * 101}, "no_result"),
        (RESULTS, {"results": said(*map(str, range(201)))}, "results"),
        (RESULTS, {"results": said("a", "A")}, "results[1].text"),
        (RESULTS, {"results": said(" ")}, "results[0].text"),
        (RESULTS, {"results": (CallResult(text="a", reason=Reason.DELIVERED),)}, "results[0].reason"),
        (RESULTS, {"results": (CallResult(text="a", reason=Reason.BUSY, wait=366 * DAY),)}, "results[0].wait"),
        (RESULTS, {"limits": {"often": 1}}, "limits.often"),
        (RESULTS, {"limits": {"busy": 101}}, "limits.busy"),
        (RESULTS, {"pauses": {"busy": -1}}, "pauses.busy"),
        (RESULTS, {"effects": {Reason.UNWANTED: Effect(move=Move.LATER)}}, "effects.unwanted"),
        (RESULTS, {"effects": {Reason.BUSY: Effect(move=Move.HOLD)}}, "effects.busy.move"),
        (RESULTS, {"effects": {Reason.BUSY: Effect(move=Move.LATER, charge="x")}}, "effects.busy.charge"),
        (RESULTS, {"effects": {Reason.BUSY: Effect(move=Move.LATER, wait=-1)}}, "effects.busy.wait"),
        (SCHEDULE, {"calendar": Calendar(zone="Mars/Base")}, "zone"),
        (SCRIPT, {"questions": (Question(text=""),)}, "questions[0].text"),
        (SCRIPT, {"questions": (Question(text="a"), Question(text="a"))}, "questions[1].text"),
        (SCRIPT, {"questions": (Question(text="a", answers=("x", "X")),)}, "questions[0].answers[1]"),
        (SCRIPT, {"questions": (Question(text="a", answers=("",)),)}, "questions[0].answers[0]"),
        (SCRIPT, {"questions": tuple(Question(text=str(n)) for n in range(101))}, "questions"),
    ],
)
def test_what_may_not_be(part: Part, members: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(replace(part, **members))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("kind", "text", "read"),
    [
        ("dialer", "0a" * 16, HEX),
        ("dialer", "default", QUEUE_DIALER.id),
        ("dialer", "other", "other"),
        ("queue", "default", "default"),
        ("results", "0a" * 16, "0a" * 16),
    ],
)
def test_ids_are_read(kind: str, text: str, read: str) -> None:
    assert PARTS[kind].read_id(text) == read


@pytest.mark.parametrize(
    ("part", "member"),
    [(DIALER, "dialer"), (QUEUE, "queue"), (RESULTS, "results"), (SCHEDULE, "schedule"), (SCRIPT, "script")],
)
def test_a_campaign_names_it(part: Part, member: str) -> None:
    kind = PARTS[KIND[type(part)]]
    campaign = Campaign(id="c", account=1, name="C")
    assert kind.used(campaign) == ""
    after = kind.put(campaign, part)
    assert kind.used(after) == part.id
    copied: dict[str, Any] = {"calendar": SCHEDULE.calendar} if part is SCHEDULE else {}
    assert after == replace(campaign, **{member: part if part is RESULTS else part.id, **copied})


# --- numbers ----------------------------------------------------------------------------------------------------------


def numbers(results: ResultSet) -> tuple[dict[str, int], dict[str, int]]:
    now, former = ({each.text: each.number for each in part} for part in (results.results, results.former))
    return now, former


def test_a_number_is_given_to_one_text_for_ever() -> None:
    first = numbered(None, replace(RESULTS, results=said("a", "b", "c")))
    assert numbers(first) == ({"a": 1, "b": 2, "c": 3}, {})
    second = numbered(first, replace(RESULTS, results=said("d", "A", "c")))
    assert numbers(second) == ({"d": 4, "A": 1, "c": 3}, {"b": 2})
    third = numbered(second, replace(RESULTS, results=said("e", "b")))
    assert numbers(third) == ({"e": 5, "b": 2}, {"d": 4, "A": 1, "c": 3})
    assert (third.text_of(4), third.text_of(5), third.text_of(6)) == ("d", "e", "")


def test_a_text_is_changed_under_its_number() -> None:
    first = numbered(None, replace(RESULTS, results=said("a", "b")))
    other = CallResult(text="x", reason=Reason.REFUSAL, number=2)
    second = numbered(first, replace(RESULTS, results=(*said("y"), other)))
    assert numbers(second) == ({"y": 3, "x": 2}, {"a": 1})


@pytest.mark.parametrize(
    ("results", "field"),
    [
        ((CallResult(text="x", reason=Reason.SUCCESS, number=3),), "results[0].number"),
        ((*said("a"), CallResult(text="x", reason=Reason.SUCCESS, number=1)), "results[1].number"),
    ],
)
def test_numbers_that_are_wrong(results: tuple[CallResult, ...], field: str) -> None:
    first = numbered(None, replace(RESULTS, results=said("a", "b")))
    with pytest.raises(Invalid) as refused:
        numbered(first, replace(RESULTS, results=results))
    assert refused.value.field == field


def test_numbers_are_used_up() -> None:
    made = numbered(None, replace(RESULTS, results=said(*map(str, range(200)))))
    made = numbered(made, replace(RESULTS, results=said(*map(str, range(145, 255)))))
    assert max(each.number for each in made.results) == MOST_NUMBERED
    with pytest.raises(Invalid, match="make another one"):
        numbered(made, replace(RESULTS, results=said("one more")))
