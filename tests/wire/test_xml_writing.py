from typing import Any
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw, Struct, UnsetType, field

from omnibound.wire.xml.writing import DECLARATION, SLICE, Writer, document, escape, write_any


class Row(Struct, rename="camel"):
    status: Raw
    own_id: str
    sender: str | int | None = field(name="from", default=None)


class Answer(Struct, rename="camel", omit_defaults=True):
    rows: list[Row]
    bulk_id: str = ""
    done: bool | None = None
    price: float = 0.0
    again: bool | UnsetType = UNSET
    first: Row | None = None


ITEMS = {"rows": "row"}
STATUS = Raw(b'{"id":7,"name":"P<","ok":true,"of":[1,null]}')
WRITTEN = "<status><id>7</id><name>P&lt;</name><ok>true</ok><of><item>1</item><item>null</item></of></status>"
WRITER = Writer(Answer, "answer", ITEMS)
write = WRITER.write


@pytest.mark.parametrize(
    ("answer", "inside"),
    [
        (Answer([]), "<rows></rows>"),
        (
            Answer([Row(STATUS, "a"), Row(STATUS, "ż&", 5), Row(Raw(b"{}"), "", "x")], "B", False, 0.5, True),
            (
                f"<rows><row>{WRITTEN}<ownId>a</ownId></row><row>{WRITTEN}<ownId>ż&amp;</ownId><from>5</from></row>"
                "<row><status></status><ownId></ownId><from>x</from></row></rows>"
                "<bulkId>B</bulkId><done>false</done><price>0.5</price><again>true</again>"
            ),
        ),
        (
            Answer([], first=Row(STATUS, "\r\n\t\x00\x1f\ufffe]]>")),
            f"<rows></rows><first>{WRITTEN}<ownId>&#13;\n\t]]&gt;</ownId></first>",
        ),
        (Answer([], price=1e30), "<rows></rows><price>1e30</price>"),
    ],
)
def test_what_is_written(answer: Answer, inside: str) -> None:
    assert write(answer) == f"{DECLARATION}<answer>{inside}</answer>".encode()


def test_a_struct_without_members() -> None:
    class Empty(Struct, omit_defaults=True):
        text: str = ""

    assert Writer(Empty, "e", {}).write(Empty()) == document("e", "")


@pytest.mark.parametrize(("rows", "pauses"), [(0, 0), (SLICE, 0), (SLICE + 1, 2), (SLICE * 3, 3)])
def test_long_lists_are_written_with_pauses(rows: int, pauses: int) -> None:
    answer = Answer([Row(STATUS, str(number)) for number in range(rows)], "B", price=1.5)
    work, paused = WRITER.write_in_slices(answer), 0
    while True:
        try:
            next(work)
        except StopIteration as done:
            told = done.value
            break
        paused += 1
    assert (paused, told) == (pauses, write(answer))


def test_builtins() -> None:
    value = {"a": {"b": ["x", {"c": 1}]}, "d": None, "e": 0.1}
    assert write_any(value, "it") == "<a><b><it>x</it><it><c>1</c></it></b></a><d>null</d><e>0.1</e>"


@given(st.text(st.characters()))
def test_any_text_is_read_as_it_was_without_what_xml_cannot_say(text: str) -> None:
    legal = "".join(
        c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )
    assert (fromstring(f"<a>{escape(text)}</a>").text or "") == legal


LEGAL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"))
ROWS = st.builds(Row, st.just(Raw(b'{"id":1}')), LEGAL, LEGAL | st.integers() | st.none())
ANSWERS = st.builds(
    Answer,
    st.lists(ROWS, max_size=4),
    LEGAL,
    st.booleans() | st.none(),
    st.floats(allow_nan=False, allow_infinity=False).filter(bool),
    st.booleans() | st.just(UNSET),
    ROWS | st.none(),
)


def shape(element: Element) -> Any:
    return [(child.tag, shape(child)) for child in element] if len(element) else element.text or ""


def told(value: Any, name: str) -> Any:
    match value:
        case dict():
            return [(key, told(member, key)) for key, member in value.items()] or ""
        case list():
            return [(ITEMS[name], told(item, name)) for item in value] or ""
        case bool():
            return str(value).lower()
        case None:
            return None
        case str():
            return value
        case _:
            return msgspec.json.encode(value).decode()


@given(ANSWERS)
def test_xml_says_what_json_says_member_by_member(answer: Answer) -> None:
    members = msgspec.json.decode(msgspec.json.encode(answer))
    for row in [*members["rows"], *([members["first"]] if "first" in members else [])]:
        if row["from"] is None:
            del row["from"]
    assert shape(fromstring(write(answer).decode())) == told(members, "answer")
