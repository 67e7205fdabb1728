"""Dates on the wire: read whatever vendors' clients write, write the one form that all of them read."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# In a query string an unescaped "+" arrives as a space; some clients write a space for the "T" as well.
_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?: ?[Zz]| ?([+-]| )(\d\d):?(\d\d)?)?)?",
    re.ASCII,
)


def read_date(text: str) -> int:
    """Microseconds UTC of a date such as `2015-02-23T17:41:11.833+0100`.

    Reads the offset with or without a colon, as `Z`, or missing (then it is UTC); up to nine digits of a fraction or
    none (what is finer than a microsecond is cut); no seconds; and a bare day. ValueError for everything else.
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a date: {text[:40]!r}")
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    parts = (int(part or 0) for part in (year, month, day, hour, minute, second))
    micros = int((fraction or "")[:6].ljust(6, "0"))
    moment = datetime(*parts, micros, tzinfo=_zone(sign, hours, minutes))  # type: ignore[arg-type]
    # Integer arithmetic: a float of seconds would lose microseconds.
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _zone(sign: str | None, hours: str | None, minutes: str | None) -> timezone:
    if not sign or not hours:
        return UTC
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-ahead if sign == "-" else ahead)


def write_date(at: int) -> str:
    """`at` (microseconds UTC) as `2015-02-23T17:41:11.833+0000`: always three digits of a fraction, never a colon.

    Clients read it by fixed columns, so no digit may be left out.
    """
    second, micros = divmod(at, _SECOND)
    return f"{_to_the_second(second)}.{micros // 1000:03d}+0000"


@lru_cache(maxsize=4096)
def _to_the_second(second: int) -> str:
    # Reports of one page share their seconds: the calendar is computed once for each.
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]
