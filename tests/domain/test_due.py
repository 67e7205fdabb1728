"""When people are due, by the hours of their campaign and of the law; as quick as asking for each anew is slow."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain import law
from omnibound.domain.calendar import NEVER, Calendar, Hours, next_window
from omnibound.domain.campaign import Campaign
from omnibound.domain.due import Dues, next_number
from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND
from omnibound.domain.law import clocks_of
from omnibound.domain.member import Member, Stand, Traits
from omnibound.domain.status import Reason


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


NOW = at("2026-11-20T06:00")
OFFICE = Calendar(hours=(Hours(begin=9 * 60, end=17 * 60),))
CAMPAIGN = Campaign(id="c", account=1, name="C", dialer="d")


def member(**other: Any) -> Member:
    stand = {name: other.pop(name) for name in ("reason", "last_number", "tries") if name in other}
    traits = Traits(zone=other.pop("zone", ""))
    plain = {"id": 1, "account": 1, "campaign": "c", "phone": "48123", "traits": traits, "stand": Stand(**stand)}
    return Member(**{**plain, **other})


@pytest.mark.parametrize(
    ("campaign", "person", "due"),
    [
        ({}, {}, "2026-11-20T07:00"),
        ({}, {"phone": "81312345678"}, "2026-11-20T06:00"),
        ({}, {"phone": "15550100000"}, "2026-11-20T18:00"),
        ({}, {"phone": "15550100000", "zone": "America/New_York"}, "2026-11-20T13:00"),
        ({}, {"zone": "Asia/Tokyo"}, "2026-11-20T06:00"),
        ({"calendar": OFFICE}, {}, "2026-11-20T08:00"),
        ({"calendar": replace(OFFICE, zone="UTC")}, {}, "2026-11-20T09:00"),
        # its own zone goes before the campaign's
        ({"calendar": replace(OFFICE, zone="UTC")}, {"zone": "Asia/Tokyo"}, "2026-11-20T06:00"),
        # both at once: 16:00 to 20:00 by the clock in Warsaw
        ({"calendar": Calendar(hours=(Hours(begin=0, end=240),), zone="Asia/Tokyo")}, {}, "2026-11-20T15:00"),
        ({"not_before": NOW + 30 * HOUR}, {}, "2026-11-21T12:00"),
        ({}, {"not_before": at("2026-11-20T20:30")}, "2026-11-21T07:00"),
        ({}, {"reason": Reason.BUSY, "changed_at": at("2026-11-20T07:00")}, "2026-11-20T07:10"),
        ({}, {"reason": Reason.BUSY, "changed_at": at("2026-11-20T19:55")}, "2026-11-21T07:00"),
        # a callback that was promised is no sooner
        ({}, {"reason": Reason.REDIAL, "due_at": at("2026-11-20T15:30")}, "2026-11-20T15:30"),
        ({}, {"reason": Reason.REDIAL, "due_at": NEVER}, "2026-11-20T07:00"),
        # the next number is in another country
        ({}, {"phone": "81312345678;48123", "last_number": 1, "reason": Reason.BUSY}, "2026-11-20T07:00"),
        ({}, {"phone": "81312345678;48123", "last_number": 2, "reason": Reason.BUSY}, "2026-11-20T06:00"),
    ],
)
def test_when_somebody_is_due(campaign: dict[str, Any], person: dict[str, Any], due: str) -> None:
    told = Dues(replace(CAMPAIGN, **campaign), NOW, law.USUAL).of(member(**person))
    assert datetime.fromtimestamp(told // SECOND, UTC) == datetime.fromisoformat(due + "Z")


def test_without_a_law_there_are_only_the_campaigns_hours() -> None:
    assert Dues(CAMPAIGN, NOW).of(member()) == NOW
    assert Dues(replace(CAMPAIGN, calendar=OFFICE), NOW).of(member()) == at("2026-11-20T08:00")


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3 * DAY // MINUTE), st.sampled_from(["48123", "81312345678", "15550100000"]),
            st.sampled_from(["", "Asia/Kolkata", "Asia/Tokyo"]),
        ),
        min_size=1, max_size=30,
    ),
    st.sampled_from([OFFICE, Calendar(), replace(OFFICE, zone="Europe/Warsaw")]),
)  # fmt: skip
def test_what_is_remembered_is_what_is_so(people: list[tuple[int, str, str]], calendar: Calendar) -> None:
    campaign = replace(CAMPAIGN, calendar=calendar)
    dues = Dues(campaign, NOW, law.USUAL)
    for minutes, phone, zone in people:
        begin = NOW + minutes * MINUTE
        told = dues.of(member(phone=phone, zone=zone, not_before=begin))
        assert told == next_window(clocks_of(law.USUAL, campaign, zone, phone), begin).opens


def test_numbers_go_in_turns() -> None:
    phones = [next_number(member(phone="1;2;3", last_number=last)) for last in range(4)]
    assert phones == ["1", "2", "3", "1"]
