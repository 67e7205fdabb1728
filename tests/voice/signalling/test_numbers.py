"""Which numbers may be called, and how they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.errors import Forbidden, Invalid
from omnibound.voice.signalling.numbers import COSTLY, NumberFormat, check_allowed, digits_of, write_number


@pytest.mark.parametrize(
    ("number", "form", "strip", "prefix", "written"),
    [
        ("48221234567", "digits", "", "", "48221234567"),
        ("+48 22 123-45.67", "digits", "", "", "48221234567"),
        ("0048221234567", "plus", "", "", "+48221234567"),
        ("48221234567", "00", "", "", "0048221234567"),
        ("48221234567", "digits", "48", "0", "0221234567"),
        ("48221234567", "plus", "+48", "", "221234567"),
        ("49221234567", "digits", "48", "9", "949221234567"),
        ("*123#", "as_is", "", "", "*123#"),
        ("alice", "as_is", "", "", "alice"),
    ],
)
def test_written_as_the_trunk_wants(number: str, form: NumberFormat, strip: str, prefix: str, written: str) -> None:
    assert write_number(number, form, strip, prefix) == written


@pytest.mark.parametrize("number", ["", "+", "1", "abc", "48a", "+48+1", "1" * 21, "48\r\n1", "٤٨٢٢١"])
def test_no_number(number: str) -> None:
    with pytest.raises(Invalid):
        digits_of(number)


@pytest.mark.parametrize("number", ["", "a b", "a@b", "a>", "a\r\nb", "a;b", "x" * 65])
def test_no_user_part(number: str) -> None:
    with pytest.raises(Invalid):
        write_number(number, "as_is")


@given(st.text())
def test_anything_is_a_number_or_invalid(text: str) -> None:
    try:
        digits = digits_of(text)
    except Invalid:
        return
    assert digits.isascii()
    assert digits.isdigit()


@pytest.mark.parametrize("prefix", COSTLY)
def test_costly_prefixes_are_refused_unless_allowed(prefix: str) -> None:
    for written in (f"{prefix}1234567", f"+{prefix} 123 45 67", f"00{prefix}1234567"):
        with pytest.raises(Forbidden, match=COSTLY[prefix]):
            check_allowed(written)
        check_allowed(written, allowed=[f"+{prefix}"])


@pytest.mark.parametrize(
    ("number", "refused", "allowed", "may"),
    [
        ("48700123456", [], [], True),
        ("48700123456", ["48700"], [], False),
        ("48700123456", ["+48 700"], [], False),
        ("48700123456", ["48700"], ["487001"], True),
        ("48700123456", ["487001"], ["48700"], False),
        ("48700123456", ["48"], ["48"], True),
        ("48221234567", ["48700"], [], True),
        ("alice", ["48"], [], True),
    ],
)
def test_longest_prefix_decides(number: str, refused: list[str], allowed: list[str], may: bool) -> None:
    if may:
        check_allowed(number, refused, allowed)
    else:
        with pytest.raises(Forbidden):
            check_allowed(number, refused, allowed)
