"""Texts cut into short messages: limits, headers, and what is never cut."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire import gsm, sms_reading, sms_text
from omnibound.wire.sms_reading import Header, split_header
from omnibound.wire.sms_text import Encoded, Segments, TextTooLong, Way, count_parts, encode_text, segments

WAYS: tuple[Way, ...] = get_args(Way)
ALPHABETS = sorted(sms_text.ALPHABETS)


@pytest.mark.parametrize(
    ("text", "alphabet", "encoded"),
    [
        ("Hi@", "gsm", Encoded(alphabet="gsm", data_coding=0, data=b"Hi\x00", units=3)),
        ("€", "gsm", Encoded(alphabet="gsm", data_coding=0, data=b"\x1be", units=2)),
        ("ł", "gsm", Encoded(alphabet="ucs2", data_coding=8, data=b"\x01\x42", units=1)),
        ("😀", "gsm", Encoded(alphabet="ucs2", data_coding=8, data=b"\xd8\x3d\xde\x00", units=2)),
        ("\ud800", "gsm", Encoded(alphabet="ucs2", data_coding=8, data=b"\0?", units=1)),
        ("", "gsm", Encoded(alphabet="gsm", data_coding=0, data=b"", units=0)),
        ("Hi@ é[", "latin1", Encoded(alphabet="latin1", data_coding=0, data=b"Hi@ \xe9[", units=7)),
        ("ç", "latin1", Encoded(alphabet="ucs2", data_coding=8, data=b"\0\xe7", units=1)),
        ("Hi@[", "ascii", Encoded(alphabet="ascii", data_coding=0, data=b"Hi@[", units=5)),
        ("é", "ascii", Encoded(alphabet="ucs2", data_coding=8, data=b"\0\xe9", units=1)),
        ("é", "gsm+latin1", Encoded(alphabet="gsm", data_coding=0, data=b"\x05", units=1)),
        ("ç", "gsm+latin1", Encoded(alphabet="latin1", data_coding=3, data=b"\xe7", units=1)),
        ("ł", "gsm+latin1", Encoded(alphabet="ucs2", data_coding=8, data=b"\x01\x42", units=1)),
    ],
)
def test_the_alphabet_follows_the_text(text: str, alphabet: str, encoded: Encoded) -> None:
    assert encode_text(text, alphabet) == encoded


@pytest.mark.parametrize("of", [encode_text, segments, count_parts])
def test_an_unknown_alphabet_is_refused(of: Any) -> None:
    with pytest.raises(KeyError):
        of("text", "klingon")


@pytest.mark.parametrize(
    ("text", "way", "sizes"),
    [
        ("", "udh", [0]),
        ("a" * 160, "udh", [160]),
        ("a" * 161, "udh", [159, 14]),
        ("a" * 306, "udh", [159, 159]),
        ("a" * 307, "udh", [159, 159, 7]),
        ("a" * 306, "udh16", [159, 159, 9]),
        ("a" * 306, "sar", [153, 153]),
        ("a" * 161, "payload", [0]),
        ("a" * 160, "payload", [160]),
        ("€" * 80, "udh", [160]),
        ("€" * 81, "udh", [158, 16]),
        ("ł" * 70, "udh", [140]),
        ("ł" * 71, "udh", [140, 14]),
        ("ł" * 67 + "ł" * 67, "udh", [140, 140]),
        ("ł" * 67 + "ł" * 67, "udh16", [139, 139, 11]),
        ("😀" * 35, "udh", [140]),
        ("😀" * 36, "udh", [138, 18]),
    ],
)
def test_parts_have_these_sizes(text: str, way: Way, sizes: list[int]) -> None:
    made = segments(text, way=way)
    assert [len(part) for part in made.parts] == sizes


@pytest.mark.parametrize(
    ("text", "alphabet", "sizes"),
    [
        ("ç" * 140, "gsm+latin1", [140]),
        ("ç" * 141, "gsm+latin1", [134, 7]),
        ("[" * 80, "latin1", [80]),
        ("[" * 81, "latin1", [76, 5]),
        ("x" * 152 + "{" * 10, "ascii", [152, 10]),
        ("é" * 161, "latin1", [153, 8]),
    ],
)
def test_what_a_carrier_turns_into_gsm_is_counted_in_septets(text: str, alphabet: str, sizes: list[int]) -> None:
    assert [len(part) for part in segments(text, alphabet, way="sar").parts] == sizes


def test_udh_with_8_bits() -> None:
    assert segments("a" * 154 + "b" * 8, reference=0x1FF) == Segments(
        alphabet="gsm",
        data_coding=0,
        parts=(b"\x05\x00\x03\xff\x02\x01" + b"a" * 153, b"\x05\x00\x03\xff\x02\x02a" + b"b" * 8),
        tlvs=({}, {}),
        count=2,
        esm_class=0x40,
    )


def test_udh_with_16_bits() -> None:
    made = segments("a" * 161, way="udh16", reference=0x1ABCD)
    assert made.parts == (b"\x06\x08\x04\xab\xcd\x02\x01" + b"a" * 152, b"\x06\x08\x04\xab\xcd\x02\x02" + b"a" * 9)
    assert made.esm_class == 0x40


def test_sar() -> None:
    assert segments("a" * 161, way="sar", reference=0x1ABCD) == Segments(
        alphabet="gsm",
        data_coding=0,
        parts=(b"a" * 153, b"a" * 8),
        tlvs=(
            {0x020C: b"\xab\xcd", 0x020E: b"\x02", 0x020F: b"\x01"},
            {0x020C: b"\xab\xcd", 0x020E: b"\x02", 0x020F: b"\x02"},
        ),
        count=2,
    )


def test_payload() -> None:
    assert segments("ł" * 71, way="payload") == Segments(
        alphabet="ucs2", data_coding=8, parts=(b"",), tlvs=({0x0424: b"\x01\x42" * 71},), count=2
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_text_that_fits_has_neither_header_nor_tlvs(way: Way) -> None:
    assert segments("Hello", way=way) == Segments(alphabet="gsm", data_coding=0, parts=(b"Hello",), tlvs=({},), count=1)


@pytest.mark.parametrize(
    ("text", "way"), [("a" * (153 * 255 + 1), "udh"), ("a" * (153 * 255 + 1), "sar"), ("a" * 65_001, "payload")]
)
def test_a_text_beyond_all_parts_is_refused(text: str, way: Way) -> None:
    with pytest.raises(TextTooLong):
        segments(text, way=way)
    assert count_parts(text, way=way) > 255


def test_the_longest_text_goes() -> None:
    assert segments("a" * (153 * 255)).count == 255


texts = st.text(st.sampled_from("aé€[^ \n@"), max_size=500) | st.text(max_size=200) | st.text("😀ła", max_size=300)


@given(texts, st.sampled_from(ALPHABETS), st.sampled_from(WAYS), st.integers(0, 1 << 20))
def test_parts_put_together_are_the_text(text: str, alphabet: str, way: Way, reference: int) -> None:
    whole, made = encode_text(text, alphabet), segments(text, alphabet, way=way, reference=reference)
    assert (made.alphabet, made.data_coding) == (whole.alphabet, whole.data_coding)
    assert made.count == count_parts(text, alphabet, way=way)
    assert len(made.tlvs) == len(made.parts)
    if way == "payload" and made.count > 1:
        assert made.tlvs == ({0x0424: whole.data},)
        return
    assert len(made.parts) == made.count
    headed = [split_header(part) if made.esm_class else (None, part) for part in made.parts]
    assert b"".join(part for _, part in headed) == whole.data
    if made.esm_class:
        bits = 0xFFFF if way == "udh16" else 0xFF
        assert [head for head, _ in headed] == [
            Header(reference=reference & bits, total=made.count, number=n) for n in range(1, made.count + 1)
        ]


@given(texts, st.sampled_from(ALPHABETS), st.sampled_from(["udh", "udh16", "sar"]))
def test_no_part_breaks_a_character_or_a_limit(text: str, alphabet: str, way: Way) -> None:
    made = segments(text, alphabet, way=way)
    limit = {"gsm": 160, "latin1": 160 if made.data_coding == 0 else 140, "ascii": 160, "ucs2": 140}[made.alphabet]
    for part in made.parts:
        header, octets = split_header(part) if made.esm_class else (None, part)
        assert len(part) <= limit
        assert (header is None) == (made.esm_class == 0)
        if made.data_coding == 8:
            octets.decode("utf-16-be")
        if made.alphabet == "gsm":
            assert not octets.endswith(b"\x1b")
        if made.data_coding == 0 and made.alphabet != "gsm":
            assert len(gsm.encode(octets.decode("latin-1")) or b"") <= (153 if made.count > 1 else 160)


@given(texts, st.sampled_from(ALPHABETS))
def test_what_was_encoded_is_read(text: str, alphabet: str) -> None:
    whole = encode_text(text, alphabet)
    assert sms_reading.decode_text(whole.data, whole.data_coding, alphabet) == text


# -- Reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "coding", "text"),
    [
        (b"Hi\x00", 0, "Hi@"),
        (b"\xe9", 3, "é"),
        (b"Hi", 1, "Hi"),
        (b"\x01\x42", 8, "ł"),
        (b"\x01\x42\x01", 8, "ł\ufffd"),
        (b"\xbf", 6, "П"),
        (b"\x01", 4, None),
        (b"\x01", 2, None),
        (b"\x00", 0x10, "@"),
        (b"\x01\x42", 0x18, "ł"),
        (b"\x01", 0x15, None),
        (b"\x01", 0x20, None),
        (b"\x00", 0xF1, "@"),
        (b"\x01", 0xF5, None),
        (b"\x00", 0xC8, "@"),
        (b"\x01\x42", 0xE8, "ł"),
    ],
)
def test_octets_are_read_by_their_coding(octets: bytes, coding: int, text: str | None) -> None:
    assert sms_reading.decode_text(octets, coding) == text


def test_the_default_alphabet_is_the_carriers() -> None:
    assert sms_reading.decode_text(b"@\xe9", 0, "latin1") == "@é"


@given(st.binary(max_size=160), st.integers(0, 255))
def test_any_octets_are_read(octets: bytes, coding: int) -> None:
    assert isinstance(sms_reading.decode_text(octets, coding), str | None)
    header, text = split_header(octets)
    assert octets.endswith(text)
    assert header is None or 1 <= header.number <= header.total <= 255


@pytest.mark.parametrize(
    ("octets", "header", "text"),
    [
        (b"\x05\x00\x03\x07\x02\x01Hi", Header(reference=7, total=2, number=1), b"Hi"),
        (b"\x06\x08\x04\x01\x07\x02\x02Hi", Header(reference=0x107, total=2, number=2), b"Hi"),
        (b"\x09\x24\x01\x01\x00\x03\x07\x02\x01xHi", Header(reference=7, total=2, number=1), b"Hi"),
        (b"\x05\x00\x03\x07\x02\x03Hi", None, b"Hi"),
        (b"\x05\x00\x03\x07\x00\x00Hi", None, b"Hi"),
        (b"\x03\x24\x01\x01Hi", None, b"Hi"),
        (b"\x00Hi", None, b"Hi"),
        (b"\xffHi", None, b""),
        (b"", None, b""),
    ],
)
def test_a_header_is_split_off(octets: bytes, header: Header | None, text: bytes) -> None:
    assert split_header(octets) == (header, text)
