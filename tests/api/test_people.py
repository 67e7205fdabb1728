"""Addresses as they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.api.people import read_phone, require_phone
from omnibound.domain.errors import Invalid


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("48600100200", "48600100200"),
        ("0048 600-100-200", "48600100200"),
        ("0600100200", ""),
        ("000600100200", ""),
        ("+0600100200", ""),
        ("", ""),
    ],
)
def test_only_international_numbers(text: str, phone: str) -> None:
    assert read_phone(text) == phone


@given(st.text(max_size=30) | st.from_regex(r"[+0]{0,4}[0-9]{1,21}", fullmatch=True))
def test_a_phone_is_read_as_itself(text: str) -> None:
    assert read_phone(read_phone(text)) == read_phone(text)


def test_required_phone() -> None:
    assert (require_phone(""), require_phone("+48 600 100 200")) == ("", "48600100200")
    with pytest.raises(Invalid) as caught:
        require_phone("nobody")
    assert caught.value.field == "phone"
