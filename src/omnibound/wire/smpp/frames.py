"""PDUs in a stream of octets: the 16-octet header (SMPP 3.4, 3.2), splitting, framing, TLVs (3.2.4)."""

import struct
from collections.abc import Iterable, Mapping
from typing import Final

from omnibound.wire.smpp import constants as c

HEADER: Final = 16
MAX_PDU: Final = 65_536
"""Octets of the longest PDU we take: what a message_payload of 64 KiB less its headers needs."""
MAX_SEQUENCE: Final = 0x7FFFFFFF

_header = struct.Struct(">IIII")
_head = _header.pack
_read_head = _header.unpack_from
_read_length = struct.Struct(">I").unpack_from
_with_empty_id = struct.Struct(">IIIIx").pack
_tlv_head = struct.Struct(">HH")

Pdu = tuple[int, int, int, bytes]
"""command_id, command_status, sequence_number, body (what follows the header)."""


class PduError(ValueError):
    """Octets that are no PDU, or values that no PDU can carry; the only error that leaves this package.

    `status` is the command_status to answer with; `before` holds the whole PDUs that stood before the broken one.
    """

    def __init__(self, why: str, status: int = c.RINVMSGLEN, before: tuple[Pdu, ...] = ()) -> None:
        super().__init__(why)
        self.status = status
        self.before = before


def split(buffer: bytes | bytearray, start: int = 0, longest: int = MAX_PDU) -> tuple[list[Pdu], int]:
    """Every whole PDU in `buffer` from `start` on, and the offset behind the last one.

    The caller deletes what was consumed; what stays is then shorter than `longest` octets. Raises PduError when a
    length is below 16 or above `longest`: the stream has lost its step and the link must be closed.
    """
    size = len(buffer)
    if size - start < HEADER:
        _check_first(buffer, start, size, longest)
        return [], start
    length = _read_length(buffer, start)[0]
    if HEADER <= length <= longest and size - start < length:
        return [], start
    data = buffer if isinstance(buffer, bytes) else bytes(buffer)
    found: list[Pdu] = []
    add = found.append
    while size - start >= HEADER:
        length, command, status, sequence = _read_head(data, start)
        if not HEADER <= length <= longest:
            raise PduError(f"a PDU of {length} octets", c.RINVCMDLEN, tuple(found))
        end = start + length
        if end > size:
            break
        add((command, status, sequence, data[start + HEADER : end]))
        start = end
    return found, start


def _check_first(buffer: bytes | bytearray, start: int, size: int, longest: int) -> None:
    """A length that cannot be is refused as soon as its four octets are there, not only with a whole header."""
    if size - start >= 4 and not HEADER <= (length := _read_length(buffer, start)[0]) <= longest:
        raise PduError(f"a PDU of {length} octets", c.RINVCMDLEN)


def pdu(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    """One PDU, ready to write. Raises PduError when a number does not fit in 32 bits."""
    try:
        return _head(HEADER + len(body), command, status, sequence) + body
    except struct.error as error:
        raise PduError(f"command {command}, status {status}, sequence {sequence}: {error}") from None


def deliver_responses(sequences: Iterable[int], status: int = c.ROK) -> bytes:
    """A deliver_sm_resp for each sequence number, in one piece (4.6.2: the message_id is unused and empty)."""
    command = c.DELIVER_SM_RESP
    return b"".join([_with_empty_id(17, command, status, sequence) for sequence in sequences])


def submit_responses(taken: Iterable[tuple[int, bytes]]) -> bytes:
    """A good submit_sm_resp for each (sequence number, message id), in one piece."""
    command = c.SUBMIT_SM_RESP
    return b"".join([_head(17 + len(name), command, 0, sequence) + name + b"\0" for sequence, name in taken])


def cut_string(data: bytes) -> str:
    """A C-octet string at the start of `data`; a missing NUL is forgiven, as real peers forget it."""
    return data.partition(b"\0")[0].decode("latin-1")


def submit_resp(body: bytes) -> str:
    """The message id in the body of a submit_sm_resp or data_sm_resp; "" where a failed one has no body (4.4.2)."""
    return cut_string(body)


def c_string(text: str, longest: int, what: str) -> bytes:
    """`text` as a C-octet string of at most `longest` octets before its NUL. Raises PduError."""
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        raise PduError(f"{what}: not Latin-1", c.RINVPARLEN) from None
    if len(data) > longest or b"\0" in data:
        raise PduError(f"{what}: more than {longest} octets, or a NUL inside", c.RINVPARLEN)
    return data + b"\0"


def octets(*values: int) -> bytes:
    """Numbers of one octet each. Raises PduError."""
    try:
        return bytes(values)
    except ValueError as error:
        raise PduError(f"not an octet: {values}", c.RINVPARLEN) from error


def write_tlvs(tlvs: Mapping[int, bytes]) -> bytes:
    """Optional parameters in the order given. Raises PduError for a tag or a length beyond 16 bits."""
    try:
        return b"".join([_tlv_head.pack(tag, len(value)) + value for tag, value in tlvs.items()])
    except struct.error as error:
        raise PduError(f"TLV: {error}", c.RINVOPTPARSTREAM) from None


def read_tlvs(body: bytes, at: int = 0) -> dict[int, bytes]:
    """The optional parameters from offset `at` to the end; of a repeated tag the last. Raises PduError if cut short."""
    found: dict[int, bytes] = {}
    size = len(body)
    while at < size:
        if size - at < 4:
            raise PduError("a TLV's header is cut", c.RINVOPTPARSTREAM)
        tag, length = _tlv_head.unpack_from(body, at)
        at += 4 + length
        if at > size:
            raise PduError(f"TLV 0x{tag:04x} is cut", c.RINVOPTPARSTREAM)
        found[tag] = body[at - length : at]
    return found
