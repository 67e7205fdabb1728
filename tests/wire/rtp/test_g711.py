"""G.711: the values of the recommendation, and what follows from them for every code and every sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.rtp import Law, decode, encode, transcode

CODES = bytes(range(256))
ALL = np.arange(-32_768, 32_768).astype(np.int16)

# (law, code, sample), from G.711 tables 1 and 2 in 16 bits: the ends of each segment and the two zeros.
LEVELS = [
    (Law.MU, 0xFF, 0), (Law.MU, 0xFE, 8), (Law.MU, 0xF0, 120), (Law.MU, 0xEF, 132), (Law.MU, 0xE0, 372),
    (Law.MU, 0xDF, 396), (Law.MU, 0xCF, 924), (Law.MU, 0xBF, 1_980), (Law.MU, 0xAF, 4_092), (Law.MU, 0x9F, 8_316),
    (Law.MU, 0x8F, 16_764), (Law.MU, 0x80, 32_124), (Law.MU, 0x7F, 0), (Law.MU, 0x7E, -8), (Law.MU, 0x00, -32_124),
    (Law.A, 0xD5, 8), (Law.A, 0xD4, 24), (Law.A, 0xDA, 248), (Law.A, 0xC5, 264), (Law.A, 0xF5, 528),
    (Law.A, 0xE5, 1_056), (Law.A, 0x95, 2_112), (Law.A, 0x85, 4_224), (Law.A, 0xB5, 8_448), (Law.A, 0xA5, 16_896),
    (Law.A, 0xAA, 32_256), (Law.A, 0x55, -8), (Law.A, 0x2A, -32_256),
]  # fmt: skip


@pytest.mark.parametrize(("law", "code", "sample"), LEVELS)
def test_levels(law: Law, code: int, sample: int) -> None:
    assert decode(bytes([code]), law).tolist() == [sample]
    assert decode(encode(np.array([sample], np.int16), law), law).tolist() == [sample]


@pytest.mark.parametrize("law", Law)
def test_every_code_comes_back(law: Law) -> None:
    back = encode(decode(CODES, law), law)
    # mu-law's negative zero is the only code that stands for the same sample as another.
    expected = CODES.replace(b"\x7f", b"\xff") if law is Law.MU else CODES
    assert back == expected


@pytest.mark.parametrize("law", Law)
def test_every_sample_gets_a_level_as_near_as_any(law: Law) -> None:
    levels = np.unique(decode(CODES, law).astype(np.int64))
    got = decode(encode(ALL, law), law).astype(np.int64)
    nearest = np.abs(ALL.astype(np.int64)[:, None] - levels[None, :]).min(axis=1)
    # Where two segments meet, the recommendation decides a little beside the middle between two levels.
    beside = np.abs(got - ALL) - nearest
    assert (beside <= np.maximum(8, np.abs(ALL.astype(np.int64)) / 50)).all()
    assert (np.diff(got) >= 0).all()


def test_silence_and_payload_types() -> None:
    assert [(law.value, law.payload_type, decode(law.silence, law).tolist()) for law in Law] == [
        ("PCMU", 0, [0]),
        ("PCMA", 8, [8]),
    ]
    assert [encode(np.zeros(1, np.int16), law) for law in Law] == [law.silence for law in Law]


@pytest.mark.parametrize("law", Law)
def test_transcoding_to_the_same_changes_nothing(law: Law) -> None:
    assert transcode(CODES, law, law) == CODES


@pytest.mark.parametrize(("law", "into"), [(Law.MU, Law.A), (Law.A, Law.MU)])
def test_transcoding_is_decoding_and_encoding(law: Law, into: Law) -> None:
    assert transcode(CODES, law, into) == encode(decode(CODES, law), into)


@given(st.binary(max_size=500))
def test_any_octets(octets: bytes) -> None:
    for law in Law:
        assert len(decode(octets, law)) == len(octets)
