"""When people may be called: hours by weekday and date, in the called party's own time. Times: microseconds UTC."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from omnibound.domain.errors import Invalid
from omnibound.domain.flow import SECOND

DAY_MINUTES = 24 * 60
WEEK = tuple(range(7))
NEVER = (1 << 60) - 1
"""What is due then is never due; it is still less than what is parked."""

_AHEAD = 400
"""Days that are looked at for the next opening: no calendar says more than a year."""


class Hours(Struct, frozen=True, gc=False, kw_only=True):
    """From `begin` until before `end`, in minutes since midnight, on some weekdays (0: Monday).

    `since` and `until` are the first and the last date (ISO 8601) on which it holds; empty: no limit.
    """

    begin: int
    end: int
    days: tuple[int, ...] = WEEK
    since: str = ""
    until: str = ""


class Calendar(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """When people may be called; without any hours always. Never on `closed` dates (ISO 8601).

    `zone` is an IANA name; empty: the zones of the number, and it must be open in all of them.
    """

    hours: tuple[Hours, ...] = ()
    closed: tuple[str, ...] = ()
    zone: str = ""


def check_calendar(calendar: Calendar) -> None:
    """Raises Invalid for hours that end before they begin, and for dates, days and zones that there are not."""
    for index, hours in enumerate(calendar.hours):
        field = f"hours[{index}]"
        if not 0 <= hours.begin < hours.end <= DAY_MINUTES:
            raise Invalid("must begin before it ends, within one day", field)
        if not hours.days or not set(hours.days) <= set(WEEK):
            raise Invalid("must name weekdays, from Monday to Sunday", f"{field}.days")
        for name, text in (("since", hours.since), ("until", hours.until)):
            _check_date(text, f"{field}.{name}")
    for index, text in enumerate(calendar.closed):
        _check_date(text or "-", f"closed[{index}]")
    _check_zone(calendar.zone)


def _check_date(text: str, field: str) -> None:
    try:
        valid = not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        valid = False
    if not valid:
        raise Invalid("must be a date, as 2026-12-24", field)


def _check_zone(zone: str) -> None:
    try:
        if zone:
            _zone(zone)
    except (ValueError, OSError, KeyError) as error:
        raise Invalid("must be the IANA name of a time zone, as Europe/Warsaw", "zone") from error


def next_open(calendar: Calendar, zones: Sequence[str], at: int) -> int:
    """The first instant not before `at` that is open in all zones; `at` itself if it is; NEVER if there is none."""
    if not calendar.hours and not calendar.closed:
        return at
    names = (calendar.zone,) if calendar.zone else tuple(zones)
    last = at + _AHEAD * DAY_MINUTES * 60 * SECOND
    while at <= last:
        later = max(_next_in(calendar, name, at) for name in names)
        if later == at:
            return at
        at = later
    return NEVER


def _next_in(calendar: Calendar, zone: str, at: int) -> int:
    """The same for one zone."""
    for begin, end in _openings(calendar, _zone(zone), at):
        if at < end:
            return max(at, begin)
    return NEVER


def _openings(calendar: Calendar, zone: ZoneInfo, at: int) -> Iterator[tuple[int, int]]:
    """From the day of an instant on; those of a day in the order of their begin."""
    today = datetime.fromtimestamp(at // SECOND, zone).date()
    every = calendar.hours or (Hours(begin=0, end=DAY_MINUTES),)
    in_order = sorted(every, key=lambda hours: hours.begin)
    for ahead in range(_AHEAD):
        day = today + timedelta(days=ahead)
        if day.isoformat() in calendar.closed:
            continue
        for hours in in_order:
            if _holds_on(hours, day):
                yield _instant(day, hours.begin, zone), _instant(day, hours.end, zone)


def _holds_on(hours: Hours, day: date) -> bool:
    text = day.isoformat()
    return day.weekday() in hours.days and hours.since <= text and (not hours.until or text <= hours.until)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    extra, minutes = divmod(minutes, DAY_MINUTES)
    local = datetime.combine(day + timedelta(days=extra), time(minutes // 60, minutes % 60), zone)
    return int(local.astimezone(UTC).timestamp()) * SECOND


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
