import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.dates import read_date, write_date

MOMENT = 1_424_709_671_833_000  # 2015-02-23T16:41:11.833Z
SECOND = 1_000_000


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2015-02-23T17:41:11.833+0100", MOMENT),
        ("2015-02-23T17:41:11.833+01:00", MOMENT),
        ("2015-02-23T16:41:11.833Z", MOMENT),
        ("2015-02-23T16:41:11.833z", MOMENT),
        ("2015-02-23T16:41:11.833", MOMENT),
        ("2015-02-23T17:41:11.833 01:00", MOMENT),
        ("2015-02-23T17:41:11.833 0100", MOMENT),
        ("2015-02-23T17:41:11.833 +01:00", MOMENT),
        ("2015-02-23T17:41:11.833+01", MOMENT),
        ("2015-02-23T11:11:11.833-05:30", MOMENT),
        ("2015-02-23 16:41:11.833", MOMENT),
        ("2015-02-23t16:41:11,833", MOMENT),
        (" 2015-02-23T16:41:11.833+0000 ", MOMENT),
        ("2015-02-23T16:41:11.8330000Z", MOMENT),
        ("2015-02-23T16:41:11.833000999Z", MOMENT),
        ("2015-02-23T16:41:11.83Z", MOMENT - 3000),
        ("2015-02-23T16:41:11.8Z", MOMENT - 33_000),
        ("2015-02-23T16:41:11Z", MOMENT - 833_000),
        ("2015-02-23T16:41Z", MOMENT - 11_833_000),
        ("2015-02-23", 1_424_649_600 * SECOND),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2030-01-02T03:04:05.678", 1_893_553_445_678_000),
    ],
)
def test_reads_what_clients_write(text: str, at: int) -> None:
    assert read_date(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "1424709671833",
        "2015-02-23T",
        "2015-02-30T00:00:00Z",
        "2015-13-01",
        "2015-02-23T24:00:00Z",
        "2015-02-23T16:41:61Z",
        "2015-02-23T16:41:11.Z",
        "2015-02-23T16:41:11.1234567890Z",
        "2015-02-23T16:41:11+99:00",
        "2015-02-23T16:41:11+0100+0100",
        "2015-02-23T16:41:11 UTC",
        "0000-01-01T00:00:00Z",
        "２０１５-02-23",
        "2015-2-3",
        "2015-02-23\n16:41:11",
    ],
)
def test_refuses_the_rest(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_date(text)


@given(st.text())
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        read_date(text)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (MOMENT, "2015-02-23T16:41:11.833+0000"),
        (MOMENT + 999, "2015-02-23T16:41:11.833+0000"),
        (MOMENT - 833_000, "2015-02-23T16:41:11.000+0000"),
        (0, "1970-01-01T00:00:00.000+0000"),
        (-1, "1969-12-31T23:59:59.999+0000"),
        (-62_135_596_800 * SECOND, "0001-01-01T00:00:00.000+0000"),
    ],
)
def test_writes_fixed_columns(at: int, text: str) -> None:
    assert write_date(at) == text


LEAST, MOST = -62_135_596_800 * SECOND, 253_402_300_800 * SECOND - 1


@given(st.integers(LEAST, MOST))
def test_what_is_written_is_read_again(at: int) -> None:
    text = write_date(at)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", text)
    assert read_date(text) == at // 1000 * 1000


@given(st.datetimes(timezones=st.timezones()))
def test_any_offset_python_writes_is_read(moment: object) -> None:
    text = moment.isoformat()  # type: ignore[attr-defined]
    offset = moment.utcoffset()  # type: ignore[attr-defined]
    if offset.seconds % 60:
        return
    local = moment.replace(tzinfo=None).isoformat()  # type: ignore[attr-defined]
    assert read_date(text) == read_date(local) - round(offset.total_seconds()) * SECOND
