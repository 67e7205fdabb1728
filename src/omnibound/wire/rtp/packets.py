"""RTP packets (RFC 3550, 5.1): octets to values and back."""

import struct
from typing import Final

import msgspec

HEADER: Final = 12
VERSION: Final = 0x80
LONGEST: Final = 1_500
"""Octets of the longest packet we take: what an Ethernet frame carries. Ours have 92 to 492."""

_PADDING, _EXTENSION, _CSRCS, _MARKER = 0x20, 0x10, 0x0F, 0x80

head = struct.Struct("!BBHII").pack
"""The header of a packet without CSRCs: version octet, marker and payload type, sequence, timestamp, SSRC."""
read_head = struct.Struct("!BBHII").unpack_from
"""The same of a packet of at least `HEADER` octets."""
_extension_head = struct.Struct("!HH")


class Packet(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One packet. `timestamp` in samples (8,000 a second for what we speak); `extension` is (profile, octets)."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes = b""
    marker: bool = False
    csrcs: tuple[int, ...] = ()
    extension: tuple[int, bytes] | None = None


def read(data: bytes) -> Packet | None:
    """The packet that a datagram holds; None when it holds none.

    RTCP that came to the same port (RFC 5761, 4) is no RTP packet: its payload types, 64 to 95, are never taken.
    """
    size = len(data)
    if size < HEADER or size > LONGEST:
        return None
    first, second, sequence, timestamp, ssrc = read_head(data)
    kind = second & 0x7F
    if first & 0xC0 != VERSION or 64 <= kind <= 95:
        return None
    packet = Packet(
        payload_type=kind,
        sequence=sequence,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=data[HEADER:],
        marker=second >= _MARKER,
    )
    return packet if first == VERSION else _with_the_rest(packet, first)


def _with_the_rest(packet: Packet, first: int) -> Packet | None:
    """Take CSRCs, extension and padding off the payload. None if they are longer than what is there."""
    rest = packet.payload
    count, extension = first & _CSRCS, None
    if len(rest) < 4 * count:
        return None
    csrcs, rest = struct.unpack_from(f"!{count}I", rest), rest[4 * count :]
    if first & _EXTENSION:
        if len(rest) < 4:
            return None
        profile, words = _extension_head.unpack_from(rest)
        end = 4 + 4 * words
        if len(rest) < end:
            return None
        extension, rest = (profile, rest[4:end]), rest[end:]
    if first & _PADDING:
        padding = rest[-1] if rest else 0
        if not 0 < padding <= len(rest):
            return None
        rest = rest[:-padding]
    return msgspec.structs.replace(packet, payload=rest, csrcs=csrcs, extension=extension)


def write(packet: Packet, pad_to: int = 0) -> bytes:
    """The octets of a packet, padded to a multiple of `pad_to` octets (at most 255).

    Raises ValueError for values that no packet can carry.
    """
    csrcs, extension = packet.csrcs, packet.extension
    first = VERSION | len(csrcs) | (_EXTENSION if extension else 0) | (_PADDING if pad_to else 0)
    if len(csrcs) > _CSRCS or not 0 <= packet.payload_type < 128 or not 0 <= pad_to < 256:
        raise ValueError(f"{len(csrcs)} CSRCs, payload type {packet.payload_type}, padding to {pad_to}")
    second = packet.payload_type | (_MARKER if packet.marker else 0)
    try:
        whole = (
            head(first, second, packet.sequence, packet.timestamp, packet.ssrc)
            + struct.pack(f"!{len(csrcs)}I", *csrcs)
            + (_write_extension(*extension) if extension else b"")
            + packet.payload
        )
    except struct.error as error:
        raise ValueError(f"RTP: {error}") from None
    return whole + _padding(len(whole), pad_to)


def _write_extension(profile: int, octets: bytes) -> bytes:
    if len(octets) % 4:
        raise ValueError(f"an extension of {len(octets)} octets; it has words of four")
    return _extension_head.pack(profile, len(octets) // 4) + octets


def _padding(size: int, pad_to: int) -> bytes:
    """Its last octet counts it, so there is at least one."""
    if not pad_to:
        return b""
    missing = pad_to - size % pad_to
    return bytes(missing - 1) + bytes([missing])
