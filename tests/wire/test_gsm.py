"""The GSM alphabet, character by character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire import gsm


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("", ""),
        ("@£$¥èéùìòÇ\nØø\rÅå", "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"),
        ("Δ_ΦΓΛΩΠΨΣΘΞ", "10 11 12 13 14 15 16 17 18 19 1a"),
        ('ÆæßÉ !"#¤%', "1c 1d 1e 1f 20 21 22 23 24 25"),
        ("¡AZÄÖÑÜ§", "40 41 5a 5b 5c 5d 5e 5f"),
        ("¿azäöñüà", "60 61 7a 7b 7c 7d 7e 7f"),
        ("^{}\\[~]|€\f", "1b14 1b28 1b29 1b2f 1b3c 1b3d 1b3e 1b40 1b65 1b0a"),
        ("5 €", "35 20 1b 65"),
    ],
)
def test_a_text_is_these_octets_and_back(text: str, octets: str) -> None:
    assert gsm.encode(text) == bytes.fromhex(octets)
    assert gsm.decode(bytes.fromhex(octets)) == text


@pytest.mark.parametrize("text", ["ç", "`", "\x1b", "\t", "\0", "ł", "😀", "\uffff", "\ud800", "ÿ", "plain and ł"])
def test_what_the_alphabet_lacks_is_refused(text: str) -> None:
    assert gsm.encode(text) is None


@given(st.text(st.sampled_from(sorted(gsm.CHARACTERS))))
def test_every_text_of_the_alphabet_survives(text: str) -> None:
    octets = gsm.encode(text)
    assert octets is not None
    assert len(octets) == len(text) + gsm.extended_count(text)
    assert gsm.decode(octets) == text


@given(st.text())
def test_a_text_is_encoded_exactly_when_all_its_characters_are_there(text: str) -> None:
    assert (gsm.encode(text) is not None) == (set(text) <= gsm.CHARACTERS)


@given(st.binary())
def test_any_octets_are_decoded(octets: bytes) -> None:
    assert "\x1b" not in gsm.decode(octets)


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"\x1bA", "A"), (b"A\x1b", "A "), (b"\x1b\x1b", " "), (b"\x1b\x1be", " e"), (b"\x80\xff", "\ufffd\ufffd")],
)
def test_odd_octets_are_decoded(octets: bytes, text: str) -> None:
    assert gsm.decode(octets) == text


def test_there_are_137_characters() -> None:
    assert (len(gsm.BASIC), len(set(gsm.BASIC)), len(gsm.CHARACTERS), len(gsm.EXTENDED)) == (128, 128, 137, 10)
