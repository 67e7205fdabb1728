"""Hours in which people may be called: as they come -> the domain's, and back."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from omnibound.domain.calendar import DAY_MINUTES, Calendar, Hours

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", description="HH:MM, in their own time.")]


class HoursIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When people may be called; `since` and `until` are the first and the last date. `exclude`: when they may not."""

    begin: Clock
    end: Clock
    days: tuple[Weekday, ...] = WEEK
    since: str = ""
    until: str = ""
    exclude: bool = False


def read_calendar(hours: Sequence[HoursIO], closed: Sequence[str], zone: str) -> Calendar:
    """The calendar that is wished for."""
    return Calendar(hours=tuple(map(_read_hours, hours)), closed=tuple(closed), zone=zone)


def _read_hours(hours: HoursIO) -> Hours:
    return Hours(
        begin=_minutes(hours.begin), end=_minutes(hours.end), days=tuple(WEEK.index(day) for day in hours.days),
        since=hours.since, until=hours.until, exclude=hours.exclude,
    )  # fmt: skip


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def write_hours(calendar: Calendar) -> list[HoursIO]:
    """Its hours as the API shows them."""
    return [
        HoursIO(
            begin=_clock(hours.begin), end=_clock(hours.end), days=tuple(WEEK[day] for day in hours.days),
            since=hours.since, until=hours.until, exclude=hours.exclude,
        )
        for hours in calendar.hours
    ]  # fmt: skip


def _clock(minutes: int) -> str:
    return "24:00" if minutes == DAY_MINUTES else f"{minutes // 60:02}:{minutes % 60:02}"
