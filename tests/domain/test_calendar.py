"""When people may be called: hours by weekday and date in their own time, over changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnibound.domain.calendar import NEVER, Calendar, Hours, Window, check_calendar, day_of, next_open, next_window
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
LUNCH = Calendar(hours=(*OFFICE.hours, Hours(begin=12 * 60, end=13 * 60, exclude=True)))
SALE = Calendar(
    hours=(
        *LUNCH.hours, Hours(begin=0, end=24 * 60, since="2026-11-20", until="2026-11-22", exclude=True),
        Hours(begin=12 * 60, end=14 * 60, since="2026-11-21", until="2026-11-21"),
    )
)  # fmt: skip
NIGHTLESS = Calendar(hours=(Hours(begin=0, end=8 * 60, exclude=True), Hours(begin=20 * 60, end=24 * 60, exclude=True)))


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
        # what excludes, and what comes later and does not
        (LUNCH, ("UTC",), "2026-11-20T11:59:59", "2026-11-20T11:59:59"),
        (LUNCH, ("UTC",), "2026-11-20T12:00", "2026-11-20T13:00"),
        (SALE, ("UTC",), "2026-11-19T16:59", "2026-11-19T16:59"),
        (SALE, ("UTC",), "2026-11-19T17:00", "2026-11-21T12:00"),
        (SALE, ("UTC",), "2026-11-21T13:59", "2026-11-21T13:59"),
        (SALE, ("UTC",), "2026-11-21T14:00", "2026-11-23T09:00"),
        # where all exclude, the rest is open
        (NIGHTLESS, ("UTC",), "2026-11-21T07:59", "2026-11-21T08:00"),
        (NIGHTLESS, ("UTC",), "2026-11-21T19:59", "2026-11-21T19:59"),
        (NIGHTLESS, ("Europe/Warsaw",), "2026-11-21T19:00", "2026-11-22T07:00"),
        (OFFICE, ("UTC",), "9999-12-31T23:00", "9999-12-31T23:00"),
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


DATES = ("", "2026-11-20", "2026-11-22", "2026-11-23")
RULES = st.builds(
    lambda begin, length, days, since, until, exclude: Hours(
        begin=begin * 60, end=min(begin + length, 24) * 60, days=tuple(days), since=since, until=until, exclude=exclude
    ),
    st.integers(0, 23), st.integers(1, 24), st.sets(st.integers(0, 6), min_size=1), st.sampled_from(DATES),
    st.sampled_from(DATES), st.booleans(),
)  # fmt: skip


def covers(hours: Hours, local: datetime) -> bool:
    date, minutes = local.date().isoformat(), local.hour * 60 + local.minute
    dated = hours.since <= date and (not hours.until or date <= hours.until)
    return dated and local.weekday() in hours.days and hours.begin <= minutes < hours.end


def opened(calendar: Calendar, local: datetime) -> bool:
    """The rule of calendars, said of one moment."""
    if local.date().isoformat() in calendar.closed:
        return False
    last = [not hours.exclude for hours in calendar.hours if covers(hours, local)][-1:]
    return last[0] if last else all(hours.exclude for hours in calendar.hours)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(RULES, max_size=5), st.sets(st.sampled_from(DATES[1:])), st.sampled_from(["UTC", "Asia/Tokyo"]),
    st.integers(0, 6 * 24 - 1),
)  # fmt: skip
def test_the_last_rule_that_covers_an_instant_decides(
    hours: list[Hours], closed: set[str], zone: str, begin: int
) -> None:
    calendar = Calendar(hours=tuple(hours), closed=tuple(closed))
    start = datetime(2026, 11, 19, tzinfo=UTC) + timedelta(hours=begin)
    steps = [start + timedelta(hours=n) for n in range(10 * 24)]
    expected = next((step for step in steps if opened(calendar, step.astimezone(ZoneInfo(zone)))), None)
    told = next_open(calendar, (zone,), int(start.timestamp()) * SECOND)
    if expected is None:
        assert told >= int(steps[-1].timestamp()) * SECOND
    else:
        assert datetime.fromtimestamp(told // SECOND, UTC) == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(RULES, max_size=3), min_size=1, max_size=3), st.integers(0, 6 * 24 - 1))
def test_a_window_is_open_in_all_clocks_until_it_closes(rules: list[list[Hours]], begin: int) -> None:
    zones = ("UTC", "Asia/Tokyo", "America/Bogota")
    clocks = [(Calendar(hours=tuple(hours)), (zone,)) for hours, zone in zip(rules, zones, strict=False)]
    now = int((datetime(2026, 11, 19, tzinfo=UTC) + timedelta(hours=begin)).timestamp()) * SECOND
    opens, closes = next_window(clocks, now)
    if (opens, closes) == (NEVER, NEVER) or opens > now + 10 * DAY:
        return
    for at_ in range(opens, min(closes, opens + 3 * DAY), 3600 * SECOND):
        local = datetime.fromtimestamp(at_ // SECOND, UTC)
        assert all(opened(calendar, local.astimezone(ZoneInfo(zone))) for calendar, (zone,) in clocks)


def test_without_rules_there_is_one_window() -> None:
    assert next_window([(Calendar(), ("UTC",))], 7) == Window(7, NEVER)
    assert next_window([], 7) == Window(7, NEVER)


def test_a_day_is_as_long_as_it_lasts_anywhere() -> None:
    now = at("2026-11-20T12:00")
    assert day_of(("UTC",), now) == Window(at("2026-11-20T00:00"), at("2026-11-21T00:00"))
    assert day_of(("Asia/Tokyo", "America/New_York"), now) == Window(at("2026-11-19T15:00"), at("2026-11-21T05:00"))


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
