"""SMPP's names for things: statuses, ids, addresses, times."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire import smpp
from omnibound.wire.smpp import PduError
from omnibound.wire.smpp import constants as c


@pytest.mark.parametrize(
    ("status", "name"), [(0, "ESME_ROK"), (0x58, "ESME_RTHROTTLED"), (0x0B, "ESME_RINVDSTADR"), (0x400, "0x00000400")]
)
def test_a_status_has_a_name(status: int, name: str) -> None:
    assert smpp.status_name(status) == name


def test_a_command_has_a_name() -> None:
    assert [smpp.command_name(n) for n in (c.SUBMIT_SM, c.DELIVER_SM_RESP, 0x99)] == [
        "submit_sm", "deliver_sm_resp", "0x00000099",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given_id", "spellings"),
    [
        ("41394", ("41394", "a1b2", "A1B2", "0000a1b2", "0000A1B2", "0000041394", "267156", "0000267156", "00041394")),
        ("0000A1B2", ("0000A1B2", "A1B2", "a1b2", "41394", "0000041394", "0000a1b2")),
        (" 7 ", ("7", "00000007", "0000000007")),
        ("000", ("000", "0", "00000000", "0000000000")),
        ("3fa85f64-5717", ("3fa85f64-5717",)),
        ("", ("",)),
        ("²", ("²",)),
        ("f" * 33, ("f" * 33,)),
    ],
)
def test_an_id_has_spellings(given_id: str, spellings: tuple[str, ...]) -> None:
    assert smpp.id_spellings(given_id) == spellings


@given(st.integers(1, 2**63 - 1), st.sampled_from(["{:x}", "{:X}", "{:d}", "{:08x}", "{:08X}", "{:010d}"]),
       st.sampled_from(["{:x}", "{:X}", "{:d}", "{:08x}", "{:08X}", "{:010d}"]))  # fmt: skip
def test_hexadecimal_finds_decimal_and_back(number: int, answered: str, told: str) -> None:
    assert answered.format(number) in smpp.id_spellings(told.format(number))


@pytest.mark.parametrize(
    ("address", "kind", "octets"),
    [
        ("41793026727", (1, 1), b"41793026727"),
        ("+41 79 302-67-27", (1, 1), b"41793026727"),
        ("(48) 221.234.567", (1, 1), b"48221234567"),
        ("+12345", (1, 1), b"12345"),
        ("1234567", (1, 1), b"1234567"),
        ("123456", (3, 0), b"123456"),
        ("911", (3, 0), b"911"),
        ("Omnibound", (5, 0), b"Omnibound"),
        ("3Mobile", (5, 0), b"3Mobile"),
        ("Café", (5, 0), b"Caf\xe9"),
        ("+", (5, 0), b"+"),
        ("", (0, 0), b""),
        (" ", (0, 0), b""),
        ("٣٣٣", (5, 0), b"???"),
    ],
)
def test_an_address_has_a_kind(address: str, kind: tuple[int, int], octets: bytes) -> None:
    assert smpp.address_kind(address) == kind
    assert smpp.address_octets(address) == octets


# -- Times ---------------------------------------------------------------------------------------------------------

DAY = 86_400


@pytest.mark.parametrize(
    ("seconds", "octets"),
    [
        (1, b"000000000001000R"),
        (90, b"000000000130000R"),
        (2 * DAY, b"000002000000000R"),
        (30 * DAY, b"000100000000000R"),
        (360 * DAY + 3_661, b"010000010101000R"),
    ],
)
def test_a_span_is_these_octets_and_back(seconds: int, octets: bytes) -> None:
    assert smpp.relative_time(seconds) == octets
    assert smpp.parse_time(octets, 5_000_000) == 5_000_000 + seconds * 1_000_000


@given(st.integers(1, 100 * 360 * DAY - 1))
def test_every_span_comes_back(seconds: int) -> None:
    assert smpp.parse_time(smpp.relative_time(seconds), 0) == seconds * 1_000_000


@pytest.mark.parametrize("seconds", [0, -1, 100 * 360 * DAY])
def test_no_span_is_refused(seconds: int) -> None:
    with pytest.raises(PduError):
        smpp.relative_time(seconds)


NOON = 1_795_262_400_000_000
"""2026-11-21 12:00:00 UTC."""


@pytest.mark.parametrize(
    ("octets", "instant"),
    [
        (b"261121120000000+", NOON),
        ("261121120000000-", NOON),
        (b"261121130000004+", NOON),
        (b"261121070000020-", NOON),
        (b"261121120000900+", NOON + 900_000),
        (b"", None),
        ("", None),
    ],
)
def test_an_instant_is_read(octets: bytes | str, instant: int | None) -> None:
    assert smpp.parse_time(octets, 0) == instant


def test_an_instant_is_written() -> None:
    assert smpp.absolute_time(NOON + 950_000) == b"261121120000900+"


@given(st.integers(946_684_800 * 10, 4_102_444_799 * 10))
def test_every_instant_of_the_century_comes_back(tenths: int) -> None:
    assert smpp.parse_time(smpp.absolute_time(tenths * 100_000), 0) == tenths * 100_000


@pytest.mark.parametrize("instant", [0, -1, 4_102_444_800_000_000, 2**63])
def test_another_century_is_refused(instant: int) -> None:
    with pytest.raises(PduError):
        smpp.absolute_time(instant)


@pytest.mark.parametrize(
    "wrong", [b"now", b"261121120000000", b"261321120000000+", b"260230120000000+", b"261121120000000X", "Ω" * 16]
)
def test_no_time_is_refused(wrong: bytes | str) -> None:
    with pytest.raises(PduError):
        smpp.parse_time(wrong, 0)


@given(st.binary(min_size=16, max_size=16) | st.from_regex(rb"[0-9]{15}[-+R]", fullmatch=True))
def test_any_time_raises_nothing_but_pdu_error(octets: bytes) -> None:
    with contextlib.suppress(PduError):
        assert (smpp.parse_time(octets, NOON) or 0) > 0
