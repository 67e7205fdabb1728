"""Tables as CSV (RFC 4180), which people open in spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from omnibound.api.base import to_date

CSV = "text/csv; charset=utf-8"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for something to be worked out."""

_NUMBER = re.compile(r"[+-]?\d+", re.ASCII)
"""Worked out, it is what it was."""


def write_csv(rows: Iterable[Sequence[object]]) -> str:
    """Some lines. A text that a spreadsheet would run is led by an apostrophe, which keeps it a text there."""
    text = io.StringIO()
    csv.writer(text).writerows([[_tame(value) for value in row] for row in rows])
    return text.getvalue()


def write_date(at: int) -> str:
    """An instant (microseconds UTC) in RFC 3339; nothing for never."""
    date = to_date(at)
    return date.isoformat().replace("+00:00", "Z") if date else ""


def _tame(value: object) -> object:
    wild = isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)
    return f"'{value}" if wild else value
