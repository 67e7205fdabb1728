"""One text to many numbers: everything but the sequence number and the destination is built once."""

import struct
from collections.abc import Iterable

from omnibound.wire.smpp import constants as c
from omnibound.wire.smpp.frames import HEADER, MAX_SEQUENCE, PduError, write_tlvs
from omnibound.wire.smpp.messages import ADDRESS, MAX_SHORT_MESSAGE, Submit, message_head, message_tail

_head = struct.Struct(">IIII").pack


class SubmitTemplate:
    """A submit_sm without its destination: 0.2 us for each message instead of 2.5.

    `message.destination` is not used. Raises PduError, when made, for fields that no submit_sm can carry.
    """

    __slots__ = ("_length", "_middle", "_prefix", "_suffix", "_tlvs")

    def __init__(self, message: Submit) -> None:
        self._prefix = message_head(message)
        self._suffix = b"\0" + message_tail(message)
        self._length = HEADER + len(self._prefix) + len(self._suffix)
        self._tlvs = write_tlvs(message.tlvs)
        self._middle = self._suffix[: -1 - len(message.short_message) - len(self._tlvs)]

    def encode(self, sequence: int, destination: bytes) -> bytes:
        """The whole PDU. `destination` is trusted: at most 20 octets without a NUL (see `check_destination`)."""
        return (
            _head(self._length + len(destination), c.SUBMIT_SM, 0, sequence) + self._prefix + destination + self._suffix
        )

    def encode_own(self, sequence: int, destination: bytes, short_message: bytes) -> bytes:
        """The whole PDU with a text of its own in the template's data_coding. Raises PduError above 254 octets."""
        if len(short_message) > MAX_SHORT_MESSAGE:
            raise PduError(f"a short_message of {len(short_message)} octets", c.RINVMSGLEN)
        body = b"%b%b%b%c%b%b" % (
            self._prefix, destination, self._middle, len(short_message), short_message, self._tlvs,
        )  # fmt: skip
        return _head(HEADER + len(body), c.SUBMIT_SM, 0, sequence) + body

    def encode_many(self, first: int, destinations: Iterable[bytes]) -> bytes:
        """A PDU for each destination in one piece, numbered first, first + 1, ... (the caller wraps the counter)."""
        head, length, prefix, suffix = _head, self._length, self._prefix, self._suffix
        return b"".join(
            [
                head(length + len(to), c.SUBMIT_SM, 0, number) + prefix + to + suffix
                for number, to in enumerate(destinations, first)
            ]
        )


def check_destination(destination: bytes) -> bytes:
    """The destination itself, when a submit_sm can carry it. Raises PduError."""
    if not 0 < len(destination) <= ADDRESS or b"\0" in destination:
        raise PduError(f"a destination of {len(destination)} octets", c.RINVDSTADR)
    return destination


def next_sequence(sequence: int, step: int = 1) -> int:
    """The sequence number `step` after this one: 1 to 0x7FFFFFFF and round again (SMPP 3.4, 5.1.4)."""
    return (sequence - 1 + step) % MAX_SEQUENCE + 1
