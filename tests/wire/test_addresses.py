"""Phone numbers and mail addresses as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.addresses import MAX_DIGITS, MIN_DIGITS, is_email, read_phone

PHONE = "41793026727"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        (PHONE, PHONE),
        ("+41793026727", PHONE),
        ("0041793026727", PHONE),
        ("+41 (79) 302-67.27", PHONE),
        ("+41/79/302\u00a06727", PHONE),
        ("[41]\t793026727", PHONE),
        ("-41793026727", PHONE),
        ("38597213556611111", "38597213556611111"),
        ("0600100200", "0600100200"),
        ("112", "112"),
        ("12", ""),
        ("1" * 20, "1" * 20),
        ("1" * 21, ""),
        ("call me", ""),
        ("4179302672a", ""),
        ("++41793026727", ""),
        ("41793026727\n", ""),
        ("٤١٧٩٣٠٢٦٧٢٧", ""),
        ("¹²³", ""),
        ("+", ""),
        ("", ""),
    ],
)
def test_phone_numbers(text: str, digits: str) -> None:
    assert read_phone(text) == digits


@given(st.text(max_size=30) | st.from_regex(r"[+0 \-]{0,4}[0-9]{0,22}", fullmatch=True))
def test_a_phone_is_digits_or_nothing(text: str) -> None:
    phone = read_phone(text)
    assert not phone or (phone.isascii() and phone.isdecimal() and MIN_DIGITS <= len(phone) <= MAX_DIGITS)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("a@b", True),
        ("a.b+c@d.example", True),
        ("jürgen@müller.example", True),
        ('"x"@y.example', True),
        ("a@" + "b" * 252, True),
        ("a@" + "b" * 253, False),
        ("", False),
        ("a", False),
        ("@b", False),
        ("a@", False),
        ("a@b@c", False),
        ("a b@c", False),
        ("a@b\r\nBcc: x@y", False),
        ("a@b\n", False),
        ("A <a@b>", False),
        ("a@b,c@d", False),
    ],
)
def test_mail_addresses(text: str, right: bool) -> None:
    assert is_email(text) is right
