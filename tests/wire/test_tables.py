"""Tables from spreadsheets: however they are cut into pieces, quoted and encoded; and what is no table."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.tables import NoTable, Record, Table


def read(octets: bytes, size: int = 0) -> list[Record]:
    table = Table()
    pieces = [octets[at : at + size] for at in range(0, len(octets), size)] if size else [octets]
    return [record for piece in pieces for record in table.feed(piece)] + table.end()


def values(octets: bytes, size: int = 0) -> list[list[str]]:
    return [record.values for record in read(octets, size)]


@pytest.mark.parametrize("size", [0, 1, 2, 7])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\r\n1,2\r\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\n1,2", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("\ufeffa;b\n1,5;2\n", [(1, ["a", "b"]), (2, ["1,5", "2"])]),
        ("a\tb\n1,2;3\t4\n", [(1, ["a", "b"]), (2, ["1,2;3", "4"])]),
        ('a,b\n"x\n""y"",\n",2\n3,4\n', [(1, ["a", "b"]), (2, ['x\n"y",\n', "2"]), (5, ["3", "4"])]),
        ('a\tb\n5" pipe\tż\n6" pipe\t\n', [(1, ["a", "b"]), (2, ['5" pipe', "ż"]), (3, ['6" pipe', ""])]),
        ("a\n\n\nb\u2028c\x0b\n", [(1, ["a"]), (4, ["b\u2028c\x0b"])]),
        ("only", [(1, ["only"])]),
        ("", []),
    ],
)
def test_what_is_read(text: str, expected: list[tuple[int, list[str]]], size: int) -> None:
    assert [(record.line, record.values) for record in read(text.encode(), size)] == expected


def test_a_row_that_cannot_be_read_is_told_and_the_others_are_read() -> None:
    first, wrong, last = read(b'a,b\n"x"y,2\n3,4\n')
    assert (first.values, wrong.line, wrong.values, last) == (["a", "b"], 2, [], Record(3, ["3", "4"]))
    assert "expected after" in wrong.wrong


@pytest.mark.parametrize("size", [0, 1, 3])
@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"a,b\n1,\xff\n", "line 2: octet 6 of the table, 0xff, is not UTF-8: save it as UTF-8"),
        ("a\nb\nGrüße\n".encode("latin-1"), "line 3: octet 6 of the table, 0xfc, is not UTF-8: save it as UTF-8"),
        ("ä,b\n".encode()[:1], "line 1: octet 0 of the table, 0xc3, is not UTF-8: save it as UTF-8"),
        (b'a,b\n"x\ny\xff', "line 3: octet 8 of the table, 0xff, is not UTF-8: save it as UTF-8"),
        (b"a\0,b\n", "line 1: has a NUL character, as UTF-16 has: save it as UTF-8"),
        (b'a\n1\n"2\n3\n4\n', "line 3: begins a quote that is not closed, or is too long"),
        (b"," * 1_000 + b"\n", "line 1: has more than 1000 columns"),
    ],
)
def test_what_is_no_table(octets: bytes, words: str, size: int) -> None:
    with pytest.raises(NoTable) as caught:
        read(octets, size)
    assert str(caught.value) == words


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_other_encodings_are_named(encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("be") else ""
    with pytest.raises(NoTable, match=r"line 1: the table is in UTF-(16|32): save it as UTF-8"):
        read(f"{mark}a,b\n".encode(encoding))


def test_a_quote_that_is_not_closed_swallows_no_table() -> None:
    table = Table()
    table.feed(b'a,b\n1,"2\n')
    table.feed(b"3,4\n" * 10_000)
    with pytest.raises(NoTable, match="line 2: begins a quote"):
        table.feed(b"3,4\n" * 1_000_000)


cells = st.text(alphabet='ab,;"\n\r ż\t', max_size=6)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=6), st.integers(1, 9))
def test_what_is_written_is_read(rows: list[list[str]], size: int) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["h,", "k"], *rows])
    assert values(text.getvalue().encode(), size) == [["h,", "k"], *rows]
