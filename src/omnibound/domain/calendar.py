"""When people may be called: hours by weekday and date, in the called party's own time. Times: microseconds UTC."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
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
_LAST = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp()) * SECOND
"""Later than that no calendar is asked: clients write the year 9999 for what has no end."""


class Hours(Struct, frozen=True, gc=False, kw_only=True):
    """From `begin` until before `end`, in minutes since midnight, on some weekdays (0: Monday).

    `since` and `until` are the first and the last date (ISO 8601) on which it holds; empty: no limit. With `exclude`
    nobody is called then, as over lunch or on holidays.
    """

    begin: int
    end: int
    days: tuple[int, ...] = WEEK
    since: str = ""
    until: str = ""
    exclude: bool = False


class Calendar(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """When people may be called; without any hours always. Never on `closed` dates (ISO 8601).

    Of several hours that cover an instant the last one decides. What none covers is closed, unless all of them
    exclude. `zone` is an IANA name; empty: the zones of the number, and it must be open in all of them.
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


class Window(NamedTuple):
    """From when until before when it is open; both NEVER where it does not open any more."""

    opens: int
    closes: int


_OVER = Window(NEVER, NEVER)

Clock = tuple[Calendar, Sequence[str]]
"""A calendar, and the zones by whose clocks it is read: it must be open in all of them."""


def next_open(calendar: Calendar, zones: Sequence[str], at: int) -> int:
    """The first instant not before `at` that is open in all zones; `at` itself if it is; NEVER if there is none.

    The zone of the calendar, where it has one, goes before `zones`.
    """
    return next_window([(calendar, (calendar.zone,) if calendar.zone else zones)], at).opens


def next_window(clocks: Sequence[Clock], at: int) -> Window:
    """The first window, of those that end after `at`, in which all clocks are open; it does not open before `at`.

    Another one may follow at once where it closes.
    """
    read = {(calendar, zone) for calendar, zones in clocks for zone in zones if calendar.hours or calendar.closed}
    last = at + _AHEAD * DAY_MINUTES * 60 * SECOND
    while at <= last:
        windows = [_next_in(calendar, zone, at) for calendar, zone in read]
        later = max((window.opens for window in windows), default=at)
        if later == at:
            return Window(at, min((window.closes for window in windows), default=NEVER))
        at = later
    return _OVER


def _next_in(calendar: Calendar, zone: str, at: int) -> Window:
    """The same for one zone."""
    if at > _LAST:
        return Window(at, NEVER)
    for begin, end in _openings(calendar, _zone(zone), at):
        if at < end:
            return Window(max(at, begin), end)
    return _OVER


def _openings(calendar: Calendar, zone: ZoneInfo, at: int) -> Iterator[tuple[int, int]]:
    """From the day of an instant on, in their order."""
    today = datetime.fromtimestamp(at // SECOND, zone).date()
    otherwise = all(hours.exclude for hours in calendar.hours)
    for ahead in range(_AHEAD):
        day = today + timedelta(days=ahead)
        if day.isoformat() in calendar.closed:
            continue
        for begin, end in _spans(tuple(hours for hours in calendar.hours if _holds_on(hours, day)), otherwise):
            yield _instant(day, begin, zone), _instant(day, end, zone)


@lru_cache(maxsize=4_096)
def _spans(every: tuple[Hours, ...], otherwise: bool) -> tuple[tuple[int, int], ...]:
    """What is open of a day on which these hours hold, in minutes since midnight. `otherwise`: what none covers."""
    bounds = sorted({0, DAY_MINUTES, *(hours.begin for hours in every), *(hours.end for hours in every)})
    spans: list[tuple[int, int]] = []
    for begin, end in pairwise(bounds):
        covering = [not hours.exclude for hours in every if hours.begin <= begin < hours.end]
        if [otherwise, *covering][-1]:
            joined = spans and spans[-1][1] == begin
            spans.append((spans.pop()[0] if joined else begin, end))
    return tuple(spans)


def day_of(zones: Sequence[str], at: int) -> Window:
    """The day of an instant: since the midnight that is longest ago, until the next one has come in all zones."""
    days = [(_zone(name), datetime.fromtimestamp(at // SECOND, _zone(name)).date()) for name in zones]
    return Window(
        min(_instant(day, 0, zone) for zone, day in days), max(_instant(day, DAY_MINUTES, zone) for zone, day in days)
    )


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
