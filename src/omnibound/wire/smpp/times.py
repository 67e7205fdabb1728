"""SMPP's time format, YYMMDDhhmmsstnnp (SMPP 3.4, 7.1.1)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from omnibound.wire.smpp.constants import RINVEXPIRY, RINVSCHED
from omnibound.wire.smpp.frames import PduError

_SECOND: Final = 1_000_000
_QUARTER: Final = timedelta(minutes=15)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_time = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([-+R])").fullmatch
_YEAR, _MONTH, _DAY = 360, 30, 86_400
"""Relative years and months have no fixed length; we write and read them as 360 and 30 days."""


def relative_time(seconds: int) -> bytes:
    """A time span from now, for validity_period: 172800 -> b"000002000000000R". Raises PduError outside 1 s - 99 y."""
    days, rest = divmod(seconds, _DAY)
    years, days = divmod(days, _YEAR)
    months, days = divmod(days, _MONTH)
    if seconds < 1 or years > 99:
        raise PduError(f"a span of {seconds} s", RINVEXPIRY)
    hours, rest = divmod(rest, 3600)
    return b"%02d%02d%02d%02d%02d%02d000R" % (years, months, days, hours, rest // 60, rest % 60)


def absolute_time(microseconds: int) -> bytes:
    """An instant (microseconds since 1970, UTC) as b"YYMMDDhhmmsst00+". Raises PduError outside 2000 - 2099."""
    try:
        instant = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise PduError("an instant beyond the calendar", RINVSCHED) from None
    if not 2000 <= instant.year <= 2099:
        raise PduError(f"the year {instant.year}", RINVSCHED)
    return f"{instant:%y%m%d%H%M%S}{instant.microsecond // 100_000}00+".encode()


def parse_time(data: bytes | str, now: int) -> int | None:
    """The instant in microseconds since 1970, UTC; None for the empty time, which means "now" or "the default".

    A relative time counts from `now` (microseconds). Raises PduError for anything else.
    """
    octets = data.encode("latin-1", "replace") if isinstance(data, str) else data
    if not octets:
        return None
    match = _time(octets)
    if match is None:
        raise PduError("not a time", RINVSCHED)
    year, month, day, hour, minute, second, tenth, quarters = map(int, match.groups()[:8])
    if match[9] == b"R":
        days = year * _YEAR + month * _MONTH + day
        return now + (days * _DAY + hour * 3600 + minute * 60 + second) * _SECOND
    try:
        local = datetime(2000 + year, month, day, hour, minute, second, tenth * 100_000, tzinfo=UTC)
    except ValueError as error:
        raise PduError(f"no such time: {error}", RINVSCHED) from None
    ahead = quarters * _QUARTER
    return (local - (ahead if match[9] == b"+" else -ahead) - _EPOCH) // timedelta(microseconds=1)
