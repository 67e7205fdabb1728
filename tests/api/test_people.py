"""Addresses as they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.api.people import is_email, read_phone, require_phone
from omnibound.domain.errors import Invalid


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("48600100200", "48600100200"),
        ("+48600100200", "48600100200"),
        ("0048 600-100-200", "48600100200"),
        ("+1 (555) 010.9999", "15550109999"),
        ("112", "112"),
        ("12", ""),
        ("1" * 21, ""),
        ("0600100200", ""),
        ("++48600100200", ""),
        ("48600100200x", ""),
        ("٤٨٦٠٠١٠٠٢٠٠", ""),
        ("", ""),
        ("48600100200\n", ""),
    ],
)
def test_phone(text: str, phone: str) -> None:
    assert read_phone(text) == phone


@given(st.text(max_size=30))
def test_a_phone_is_digits_and_read_as_itself(text: str) -> None:
    phone = read_phone(text)
    assert not phone or (phone.isascii() and phone.isdecimal() and read_phone(phone) == phone)


def test_required_phone() -> None:
    assert (require_phone(""), require_phone("+48 600 100 200")) == ("", "48600100200")
    with pytest.raises(Invalid) as caught:
        require_phone("nobody")
    assert caught.value.field == "phone"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("a@b", True),
        ("a.b+c@example.org", True),
        ("jürgen@müller.example", True),
        ("a", False),
        ("@b", False),
        ("a@", False),
        ("a@b@c", False),
        ("a b@c", False),
        ("a@b\r\nBcc:x@y", False),
        ("A <a@b>", False),
        ("a@" + "b" * 253, False),
    ],
)
def test_email(text: str, right: bool) -> None:
    assert is_email(text) is right
