"""G.711: 16-bit samples to mu-law and A-law and back, by tables.

The tables follow the ITU's description (G.711, and the reference software of G.191): decoding gives the middle of the
interval that a code stands for, in the upper 14 (mu) or 13 (A) of 16 bits.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""Audio at 8,000 samples a second, one channel."""

RATE: Final = 8_000


class Law(StrEnum):
    """The two laws, by their names in SDP."""

    MU = "PCMU"
    A = "PCMA"

    @property
    def payload_type(self) -> int:
        """The static payload type (RFC 3551, table 4)."""
        return 0 if self is Law.MU else 8

    @property
    def silence(self) -> bytes:
        """One sample of silence."""
        return b"\xff" if self is Law.MU else b"\xd5"


def encode(samples: Samples, law: Law) -> bytes:
    """Samples as octets, one each."""
    return _ENCODED[law][samples.view(np.uint16)].tobytes()


def decode(octets: bytes, law: Law) -> Samples:
    """Octets as samples, one each."""
    return _DECODED[law][np.frombuffer(octets, np.uint8)]


def transcode(octets: bytes, law: Law, into: Law) -> bytes:
    """Octets of one law in the other."""
    return octets if law is into else octets.translate(_ACROSS[law])


def _decode_mu(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    inverted = ~codes & 0xFF
    magnitude = ((inverted & 0x0F) << 3) + 0x84 << ((inverted & 0x70) >> 4)
    return np.where(inverted & 0x80, 0x84 - magnitude, magnitude - 0x84)


def _decode_a(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    inverted = codes ^ 0x55
    segment = (inverted & 0x70) >> 4
    magnitude = ((inverted & 0x0F) << 4) + np.where(segment > 0, 0x108, 8) << np.maximum(segment - 1, 0)
    return np.where(inverted & 0x80, magnitude, -magnitude)


def _encode_mu(samples: NDArray[np.int32]) -> NDArray[np.int32]:
    magnitude = np.minimum((np.where(samples < 0, ~samples, samples) >> 2) + 33, 0x1FFF)
    segment = _bits(magnitude >> 6) + 1
    code = (8 - segment) << 4 | 0x0F - ((magnitude >> segment) & 0x0F)
    return np.where(samples < 0, code, code | 0x80)


def _encode_a(samples: NDArray[np.int32]) -> NDArray[np.int32]:
    magnitude = np.where(samples < 0, ~samples, samples) >> 4
    exponent = np.maximum(_bits(magnitude >> 4), 1)
    code = (exponent - 1 << 4) + (magnitude >> exponent - 1)
    return np.where(samples < 0, code, code | 0x80) ^ 0x55


def _bits(numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """How many bits each number has: 0 for 0, 3 for 4 to 7."""
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int32)


_codes = np.arange(256, dtype=np.int32)
_linear = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)

_DECODED: Final = {Law.MU: _decode_mu(_codes).astype(np.int16), Law.A: _decode_a(_codes).astype(np.int16)}
_ENCODED: Final = {Law.MU: _encode_mu(_linear).astype(np.uint8), Law.A: _encode_a(_linear).astype(np.uint8)}
_ACROSS: Final = {
    Law.MU: encode(_DECODED[Law.MU], Law.A),
    Law.A: encode(_DECODED[Law.A], Law.MU),
}
