"""Comfort noise (RFC 3389): one octet tells how loud the silence is, so that a line does not seem dead."""

from typing import Final

PAYLOAD_TYPE: Final = 13
"""The static payload type at 8,000 Hz."""
QUIET: Final = 70
"""-dBov of a quiet room on a telephone."""


def read_noise(payload: bytes) -> int | None:
    """The level in -dBov (0 to 127); None when there is none. Spectral information behind it is not used."""
    return payload[0] & 0x7F if payload else None


def write_noise(level: int = QUIET) -> bytes:
    """A payload with a level in -dBov. Raises ValueError outside 0 to 127."""
    if not 0 <= level <= 127:
        raise ValueError(f"noise of -{level} dBov")
    return bytes([level])
