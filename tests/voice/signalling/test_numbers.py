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
    for written in (f"{prefix}12345678", f"+{prefix} 123 45 67", f"00{prefix}1234567"):
        with pytest.raises(Forbidden, match=COSTLY[prefix]):
            check_allowed(written)
        check_allowed(written, allowed=[f"+{prefix}"])


@pytest.mark.parametrize(
    ("number", "region", "digits", "may"),
    [
        ("881234567", "48", "48881234567", True),
        ("881 234 567", "", "881234567", True),
        ("48881234567", "", "48881234567", True),
        ("48881234567", "48", "48881234567", True),
        ("+48881234567", "48", "48881234567", True),
        ("0048881234567", "", "48881234567", True),
        ("+881234567", "48", "881234567", False),
        ("00881234567", "48", "881234567", False),
        ("88160010020", "48", "88160010020", False),
        ("881600100200", "", "881600100200", False),
        ("+4879123456", "", "4879123456", True),
        ("979123456", "48", "48979123456", True),
        ("+979123456789", "48", "979123456789", False),
        ("022 123 45 67", "48", "48221234567", True),
        ("06 1234 5678", "39", "390612345678", True),
        ("49221234567", "48", "49221234567", True),
    ],
)
def test_what_may_be_a_national_number(number: str, region: str, digits: str, may: bool) -> None:
    assert digits_of(number, region) == digits
    assert write_number(number, "plus", "+48", "0", region) == "0" + f"+{digits}".removeprefix("+48")
    if may:
        check_allowed(number, region=region)
    else:
        with pytest.raises(Forbidden):
            check_allowed(number, region=region)


def test_a_refused_prefix_is_of_the_whole_number() -> None:
    for number, region in (("700123456", "48"), ("48700123456", ""), ("+48700123456", "")):
        with pytest.raises(Forbidden):
            check_allowed(number, ["48700"], region=region)
    check_allowed("700123456", ["48700"])


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
