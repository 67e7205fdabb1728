"""When people may be called: hours by weekday and date in their own time, over changes of the clocks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnibound.domain.calendar import NEVER, Calendar, Hours, check_calendar, next_open
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, SECOND
from omnibound.domain.zones import UNKNOWN, zones_by_code, zones_of

WEEKDAYS = (0, 1, 2, 3, 4)
OFFICE = Calendar(hours=(Hours(begin=9 * 60, end=17 * 60, days=WEEKDAYS),))
TWICE = Calendar(hours=(Hours(begin=14 * 60, end=16 * 60), Hours(begin=8 * 60, end=10 * 60)))
NIGHT = Calendar(hours=(Hours(begin=22 * 60, end=24 * 60), Hours(begin=0, end=60)))
HOLIDAY = Calendar(closed=("2026-12-25", "2026-12-26"))
JANUARY = Calendar(hours=(Hours(begin=0, end=24 * 60, since="2027-01-10", until="2027-01-11"),))
GAP = Calendar(hours=(Hours(begin=150, end=240),))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("calendar", "zones", "now", "opens"),
    [
        (Calendar(), ("Europe/Warsaw",), "2026-11-21T03:00", "2026-11-21T03:00"),
        (OFFICE, ("UTC",), "2026-11-20T09:00", "2026-11-20T09:00"),
        (OFFICE, ("UTC",), "2026-11-20T16:59:59", "2026-11-20T16:59:59"),
        (OFFICE, ("UTC",), "2026-11-20T17:00", "2026-11-23T09:00"),
        (OFFICE, ("UTC",), "2026-11-20T03:00", "2026-11-20T09:00"),
        (OFFICE, ("Europe/Warsaw",), "2026-11-20T03:00", "2026-11-20T08:00"),
        (OFFICE, ("Europe/Warsaw",), "2026-07-20T03:00", "2026-07-20T07:00"),
        (OFFICE, ("Asia/Kolkata",), "2026-11-20T03:00", "2026-11-20T03:30"),
        (OFFICE, ("Pacific/Auckland",), "2026-11-19T21:00", "2026-11-19T21:00"),
        (OFFICE, ("Pacific/Auckland",), "2026-11-20T04:00", "2026-11-22T20:00"),
        # open in New York and in Los Angeles at once
        (OFFICE, ("America/New_York", "America/Los_Angeles"), "2026-11-20T14:00", "2026-11-20T17:00"),
        (OFFICE, ("America/New_York", "America/Los_Angeles"), "2026-11-20T22:00", "2026-11-23T17:00"),
        (TWICE, ("UTC",), "2026-11-21T10:00", "2026-11-21T14:00"),
        (TWICE, ("UTC",), "2026-11-21T16:00", "2026-11-22T08:00"),
        (NIGHT, ("UTC",), "2026-11-21T23:59:59", "2026-11-21T23:59:59"),
        (NIGHT, ("UTC",), "2026-11-22T00:30", "2026-11-22T00:30"),
        (NIGHT, ("UTC",), "2026-11-22T01:00", "2026-11-22T22:00"),
        (HOLIDAY, ("UTC",), "2026-12-24T23:00", "2026-12-24T23:00"),
        (HOLIDAY, ("UTC",), "2026-12-25T00:00", "2026-12-27T00:00"),
        (HOLIDAY, ("Europe/Warsaw",), "2026-12-24T23:00", "2026-12-26T23:00"),
        (JANUARY, ("UTC",), "2026-11-21T00:00", "2027-01-10T00:00"),
        (JANUARY, ("UTC",), "2027-01-11T23:59", "2027-01-11T23:59"),
        # 02:30 is not there on the day on which the clocks go forward
        (GAP, ("Europe/Warsaw",), "2027-03-28T00:00", "2027-03-28T01:30"),
        (Calendar(hours=OFFICE.hours, zone="Asia/Tokyo"), ("UTC",), "2026-11-20T03:00", "2026-11-20T03:00"),
    ],
)
def test_the_next_opening(calendar: Calendar, zones: tuple[str, ...], now: str, opens: str) -> None:
    told = next_open(calendar, zones, at(now))
    assert (told, datetime.fromtimestamp(told // SECOND, UTC)) == (at(opens), datetime.fromisoformat(opens + "Z"))


@pytest.mark.parametrize(
    ("calendar", "zones"),
    [
        (JANUARY, ("UTC",)),
        (Calendar(hours=(Hours(begin=0, end=60),)), ("UTC", "Asia/Tokyo")),
    ],
    ids=["over", "never in both"],
)
def test_what_never_opens(calendar: Calendar, zones: tuple[str, ...]) -> None:
    assert next_open(calendar, zones, at("2027-01-12T00:00")) == NEVER


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 1439), st.integers(1, 600), st.sets(st.integers(0, 6), min_size=1)), min_size=1,
        max_size=3,
    ),
    st.sampled_from(["UTC", "Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.integers(at("2026-01-01T00:00") // SECOND, at("2028-01-01T00:00") // SECOND),
)  # fmt: skip
def test_what_opens_is_open_and_soon(raw: list[tuple[int, int, set[int]]], zone: str, second: int) -> None:
    hours = tuple(Hours(begin=b, end=min(b + length, 1440), days=tuple(days)) for b, length, days in raw)
    calendar = Calendar(hours=hours)
    check_calendar(calendar)
    now = second * SECOND
    opens = next_open(calendar, (zone,), now)
    assert now <= opens <= now + 15 * DAY
    assert next_open(calendar, (zone,), opens) == opens


@pytest.mark.parametrize(
    ("calendar", "field"),
    [
        (Calendar(hours=(Hours(begin=60, end=60),)), "hours[0]"),
        (Calendar(hours=(Hours(begin=-1, end=60),)), "hours[0]"),
        (Calendar(hours=(Hours(begin=0, end=1441),)), "hours[0]"),
        (Calendar(hours=(*OFFICE.hours, Hours(begin=0, end=1, days=()))), "hours[1].days"),
        (Calendar(hours=(Hours(begin=0, end=1, days=(7,)),)), "hours[0].days"),
        (Calendar(hours=(Hours(begin=0, end=1, until="20261224"),)), "hours[0].until"),
        (Calendar(closed=("",)), "closed[0]"),
        (Calendar(zone="nowhere"), "zone"),
        (Calendar(zone="/etc/passwd"), "zone"),
    ],
)
def test_what_is_no_calendar(calendar: Calendar, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_calendar(calendar)
    assert caught.value.field == field


# -- Zones ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "zones"),
    [
        ("48123123123", ("Europe/Warsaw",)),
        ("+48 123 123 123", ("Europe/Warsaw",)),
        ("0048123123123", ("Europe/Warsaw",)),
        ("12425550100", ("America/Nassau",)),
        ("77011234567", ("Asia/Almaty",)),
        ("420123456789", ("Europe/Prague",)),
        ("", UNKNOWN),
        ("999", UNKNOWN),
    ],
)
def test_the_zones_of_a_number(phone: str, zones: tuple[str, ...]) -> None:
    assert zones_of(phone) == zones


def test_a_big_country_has_several_zones() -> None:
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= set(zones_of("15550100000"))


def test_every_zone_exists() -> None:
    for zone in {zone for zones in zones_by_code().values() for zone in zones}:
        check_calendar(Calendar(zone=zone))
