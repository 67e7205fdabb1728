"""What the law wants of calls: whose clocks count, what it asks of a campaign, how it is configured."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from omnibound.config import LAWLESS, LawTable
from omnibound.domain import law
from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import HOUR, SECOND
from omnibound.domain.law import (
    Law,
    calls_a_day,
    check_caller,
    clocks_of,
    customer_zones,
    least_ring,
    may_reserve,
)

OFFICE = Calendar(hours=(Hours(begin=9 * 60, end=17 * 60),))
CAMPAIGN = Campaign(id="c", account=1, name="C", calendar=OFFICE)
USUAL = law.USUAL.calendar


def test_the_usual_law_is_that_of_the_configuration() -> None:
    assert LawTable().law == law.USUAL
    assert LAWLESS.law == Law(ring=15 * SECOND)
    given = LawTable(
        hours="09:30-24:00", ring_s=20, calls_a_day=3, caller=False, abandoned_hours=0.5, abandoned_reserved=False
    )
    assert given.law == Law(
        calendar=Calendar(hours=(Hours(begin=570, end=1440),)), ring=20 * SECOND, per_day=3, abandoned=HOUR // 2,
        reserved=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("law", "other", "may"),
    [
        (Law(), {}, True),
        (Law(reserved=False), {}, False),
        (Law(), {"reserve": False}, False),
        (Law(), {"kind": Kind.NUMBER}, False),
        (Law(), {"dialer": ""}, False),
    ],
)
def test_whether_an_agent_may_be_kept_for_who_was_abandoned(law: Law, other: dict[str, Any], may: bool) -> None:
    campaign = Campaign(id="c", account=1, name="C", **{"kind": Kind.QUEUE, "dialer": "d", **other})
    assert may_reserve(law, campaign) is may


@pytest.mark.parametrize("hours", ["8-21", "08:00-25:00", "21:00-08:00", "08:00-08:00", "08:00-21:00 ", "always"])
def test_hours_that_are_none(hours: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"hours": hours}, LawTable)


@pytest.mark.parametrize(
    ("zone", "own", "theirs", "lawful"),
    [
        ("", "", ("Europe/Warsaw",), ("Europe/Warsaw",)),
        ("", "Asia/Tokyo", ("Asia/Tokyo",), ("Europe/Warsaw",)),
        ("America/Bogota", "", ("America/Bogota",), ("America/Bogota",)),
        ("America/Bogota", "Asia/Tokyo", ("America/Bogota",), ("America/Bogota",)),
    ],
)
def test_whose_clocks_count(zone: str, own: str, theirs: tuple[str, ...], lawful: tuple[str, ...]) -> None:
    campaign = replace(CAMPAIGN, calendar=replace(OFFICE, zone=own))
    assert clocks_of(law.USUAL, campaign, zone, "48123") == ((campaign.calendar, theirs), (USUAL, lawful))


def test_messages_are_no_calls() -> None:
    campaign = replace(CAMPAIGN, kind=Kind.MESSAGES)
    assert clocks_of(law.USUAL, campaign, "", "48123")[1] == (Calendar(), ("Europe/Warsaw",))
    check_caller(law.USUAL, campaign, shown=False)


def test_an_unknown_zone_is_all_that_the_number_may_be_in() -> None:
    assert {"America/New_York", "Pacific/Honolulu"} <= set(customer_zones("", "15550100000"))
    assert customer_zones("America/Chicago", "15550100000") == ("America/Chicago",)


@pytest.mark.parametrize(("of_law", "of_campaign", "most"), [(0, 0, 0), (3, 0, 3), (0, 2, 2), (3, 2, 2), (1, 2, 1)])
def test_calls_a_day(of_law: int, of_campaign: int, most: int) -> None:
    assert calls_a_day(Law(per_day=of_law), replace(CAMPAIGN, per_day=of_campaign)) == most


@pytest.mark.parametrize(("of_law", "of_campaign", "least"), [(15, 20, 20), (15, 15, 15), (25, 20, 25), (0, 15, 15)])
def test_the_longer_ring_counts(of_law: int, of_campaign: int, least: int) -> None:
    told = least_ring(Law(ring=of_law * SECOND), replace(CAMPAIGN, ring=of_campaign * SECOND))
    assert told == least * SECOND


@pytest.mark.parametrize(
    ("rules", "campaign", "shown", "fine"),
    [
        (law.USUAL, {}, False, False),
        (law.USUAL, {}, True, True),
        (law.USUAL, {"caller": "4822"}, False, True),
        (law.NONE, {}, False, True),
    ],
)
def test_a_number_has_to_be_shown(rules: Law, campaign: dict[str, Any], shown: bool, fine: bool) -> None:
    asked = replace(CAMPAIGN, **campaign)
    if fine:
        check_caller(rules, asked, shown)
        return
    with pytest.raises(Invalid) as refused:
        check_caller(rules, asked, shown)
    assert refused.value.field == "caller"
