"""CSV that a spreadsheet only shows."""

import pytest

from omnibound.api.tables import write_csv, write_date


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+48 600", "'+48 600"),
        ("+48600", "+48600"),
        ("-5", "-5"),
        ("-5;cmd", "'-5;cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", '"\'\r=1"'),
        ("+٣", "'+٣"),
        ("plain", "plain"),
        ('a "b", c', '"a ""b"", c"'),
        ("", ""),
        (None, ""),
        (-5, "-5"),
    ],
)
def test_cells(value: object, cell: str) -> None:
    assert write_csv([("x", value)]) == f"x,{cell}\r\n"


@pytest.mark.parametrize(
    ("at", "date"), [(0, ""), (1_800_000_000_000_001, "2027-01-15T08:00:00.000001Z"), (1 << 62, "")]
)
def test_dates(at: int, date: str) -> None:
    assert write_date(at) == date
