"""What stands against a call: each bar alone, their order, and what the attempt is told."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.calendar import NEVER, Calendar, Hours
from omnibound.domain.campaign import Campaign
from omnibound.domain.facts import Failure
from omnibound.domain.flow import DAY, HOUR
from omnibound.domain.law import USUAL, Law
from omnibound.domain.member import Member, Traits
from omnibound.domain.objection import Bar, Case, Objection, objection
from omnibound.domain.outbound import Condition
from omnibound.domain.status import Reason

MIDNIGHT = 20_000 * DAY
NOW = MIDNIGHT + 12 * HOUR
MORNING = MIDNIGHT + DAY + 8 * HOUR
ROME = (Condition(attribute="City", operator="=", values=("Rome",)),)
CAMPAIGN = Campaign(id="c", account=1, name="C", dialer="d")
MEMBER = Member(
    id=1, account=1, campaign="c", phone="48123;49", custom={"City": "Rome"}, traits=Traits(zone="UTC")
)  # fmt: skip
OFFICE = Calendar(hours=(Hours(begin=9 * 60, end=17 * 60),))


def case(**other: Any) -> Case:
    campaign = {name: other.pop(name) for name in list(other) if name in Campaign.__struct_fields__}
    person = {name: other.pop(name) for name in ("traits", "custom") if name in other}
    whole = {"law": USUAL, "phone": "48123", "now": NOW, **other}
    return Case(
        campaign=replace(CAMPAIGN, **campaign), member=replace(MEMBER, not_before=whole.pop("later", 0), **person),
        **whole,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("known", "against"),
    [
        ({}, None),
        ({"blocked": Reason.OPTED_OUT}, Objection(Bar.BLOCKED, NEVER, "opted_out")),
        ({"excluded": ROME}, Objection(Bar.FILTERED, NEVER, "City = Rome")),
        ({"excluded": ROME, "custom": {"City": "Bonn"}}, None),
        ({"excluded": ROME, "dialer": ""}, None),
        ({"end_at": NOW}, Objection(Bar.EXPIRED)),
        ({"end_at": NOW + 1}, None),
        ({"later": NOW + HOUR}, Objection(Bar.LATER, NOW + HOUR)),
        ({"not_before": NOW + 10 * HOUR}, Objection(Bar.LATER, MORNING)),
        ({"not_before": NOW}, None),
        ({"now": NOW - 5 * HOUR}, Objection(Bar.LAW, NOW - 4 * HOUR)),
        ({"now": NOW + 9 * HOUR}, Objection(Bar.LAW, MORNING)),
        ({"now": NOW + 9 * HOUR, "law": Law()}, None),
        ({"calendar": OFFICE, "now": NOW + 5 * HOUR}, Objection(Bar.HOURS, MORNING + HOUR)),
        ({"calendar": OFFICE, "now": NOW + 9 * HOUR}, Objection(Bar.HOURS, MORNING + HOUR)),
        ({"calendar": Calendar(hours=(Hours(begin=0, end=60, until="2001-01-01"),))}, Objection(Bar.HOURS, NEVER)),
        ({"traits": Traits(zone="Asia/Tokyo")}, Objection(Bar.LAW, MIDNIGHT + 23 * HOUR)),
        # calls of today: two of them are one too many
        ({"calls": (MIDNIGHT, NOW), "per_day": 2}, Objection(Bar.CALLS_TODAY, MORNING)),
        ({"calls": (MIDNIGHT, NOW), "law": replace(USUAL, per_day=1)}, Objection(Bar.CALLS_TODAY, MORNING)),
        ({"calls": (MIDNIGHT, NOW), "per_day": 3}, None),
        ({"calls": (MIDNIGHT - 1, NOW), "per_day": 2}, None),
        ({"calls": (MIDNIGHT, NOW), "per_day": 2, "law": Law()}, Objection(Bar.CALLS_TODAY, MIDNIGHT + DAY)),
        ({"calls": (NOW, NOW), "per_day": 2, "later": NOW + 30 * HOUR}, Objection(Bar.LATER, NOW + 30 * HOUR + 0)),
        ({"abandoned_until": NOW + HOUR}, Objection(Bar.ABANDONED, NOW + HOUR)),
        ({"abandoned_until": NOW + 10 * HOUR}, Objection(Bar.ABANDONED, MORNING)),
        ({"abandoned_until": NOW}, None),
        ({"abandoned_until": NOW + HOUR, "later": NOW + 2 * HOUR}, Objection(Bar.LATER, NOW + 2 * HOUR)),
        # the first is named
        ({"blocked": Reason.BLOCKED, "excluded": ROME, "end_at": 1}, Objection(Bar.BLOCKED, NEVER, "blocked")),
        ({"excluded": ROME, "end_at": 1, "later": NOW + 1}, Objection(Bar.FILTERED, NEVER, "City = Rome")),
        ({"end_at": 1, "later": NOW + 1}, Objection(Bar.EXPIRED)),
    ],
)
def test_what_stands_against_it(known: dict[str, Any], against: Objection | None) -> None:
    assert objection(case(**known)) == against


@pytest.mark.parametrize(
    ("against", "stays", "failure"),
    [
        (Objection(Bar.BLOCKED, NEVER, "opted_out"), False, Failure(Reason.BLOCKED, "opted_out", retry=False)),
        (Objection(Bar.BLOCKED, NEVER, "x"), True, Failure(Reason.BLOCKED, "x", retry=True, after=NEVER - NOW)),
        (Objection(Bar.FILTERED), True, Failure(Reason.FILTERED, "", retry=True, after=NEVER - NOW)),
        (Objection(Bar.EXPIRED), True, Failure(Reason.CLOSED, "", retry=True, after=NEVER - NOW)),
        (Objection(Bar.LAW, NOW + 5), False, Failure(Reason.CLOSED, "", retry=True, after=5)),
        (Objection(Bar.HOURS, NEVER), False, Failure(Reason.CLOSED, "", retry=False)),
    ],
)
def test_what_the_attempt_is_told(against: Objection, stays: bool, failure: Failure) -> None:
    assert against.failure(NOW, stays) == failure
