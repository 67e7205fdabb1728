"""Bodies of deliver_sm: receipts, and messages from phones. A post is such a body on its way to a receiver."""

import struct
from datetime import UTC, datetime
from typing import Final

from omnibound.simulators.smsc.fate import Report
from omnibound.simulators.smsc.settings import Receipts
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from omnibound.wire.sms_text import address_kind, segments

Due = tuple[bytes, bytes, bytes, bytes, bytes, Report]
"""A receipt to be written: message id, recipient and sender (kind, address and NUL, as they came), beginning of the
text, time of submission, what it says."""

_MIDDLE: Final = b"\x04" + bytes(8)
"""From esm_class (a receipt) to sm_default_msg_id."""
_PRINTABLE: Final = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))
_GSM_NETWORK: Final = 3
_tlv = struct.Struct(">HH").pack


def stamp(now: float) -> bytes:
    """Seconds since 1970 as a receipt has them, UTC: YYMMDDhhmm (SMPP 3.4, appendix B)."""
    return f"{datetime.fromtimestamp(now, UTC):%y%m%d%H%M}".encode()


def opening(octets: bytes, esm_class: int, data_coding: int) -> bytes:
    """The first 20 characters of a text for its receipt; nothing of what is not written in single octets."""
    if esm_class & c.ESM_UDHI or data_coding not in (c.CODING_DEFAULT, c.CODING_ASCII, c.CODING_LATIN1):
        return b""
    return octets[:20].translate(_PRINTABLE)


def write_receipts(dues: list[Due], done: bytes, form: Receipts) -> list[bytes]:
    """A body for each, with the text of appendix B, with TLVs, or with both."""
    if form != "text":
        return [_with_tlvs(due, done, with_text=form == "both") for due in dues]
    return [
        b"\0%b%b%b%c%b" % (recipient, sender, _MIDDLE, len(line), line)
        for name, recipient, sender, text, submitted, report in dues
        for line in (_line(name, text, submitted, done, report),)
    ]


def _line(name: bytes, text: bytes, submitted: bytes, done: bytes, report: Report) -> bytes:
    return b"id:%b sub:001 dlvrd:%b submit date:%b done date:%b stat:%b err:%03d text:%b" % (
        name, b"001" if report.state == 2 else b"000", submitted, done, report.word.encode(), report.error, text,
    )  # fmt: skip


def _with_tlvs(due: Due, done: bytes, *, with_text: bool) -> bytes:
    name, recipient, sender, text, submitted, report = due
    line = _line(name, text, submitted, done, report) if with_text else b""
    tlvs = (
        _tlv(c.TAG_RECEIPTED_MESSAGE_ID, len(name) + 1) + name + b"\0"
        + _tlv(c.TAG_MESSAGE_STATE, 1) + bytes((report.state,))
        + _tlv(c.TAG_NETWORK_ERROR, 3) + bytes((_GSM_NETWORK,)) + report.error.to_bytes(2)
    )  # fmt: skip
    return b"\0%b%b%b%c%b%b" % (recipient, sender, _MIDDLE, len(line), line, tlvs)


def write_inbound(sender: str, recipient: str, text: str, reference: int) -> list[bytes]:
    """A message from a phone, in as many deliver_sm as it needs, joined by a user data header.

    Raises smpp.PduError for addresses beyond 20 octets, sms_text.TextTooLong for a text beyond 255 parts.
    """
    cut = segments(text, reference=reference)
    source_ton, source_npi = address_kind(sender)
    destination_ton, destination_npi = address_kind(recipient)
    return [
        smpp.write_message(
            smpp.Deliver(
                source_ton=source_ton,
                source_npi=source_npi,
                source=smpp.address_octets(sender).decode("latin-1"),
                destination_ton=destination_ton,
                destination_npi=destination_npi,
                destination=smpp.address_octets(recipient).decode("latin-1"),
                esm_class=cut.esm_class,
                data_coding=cut.data_coding,
                short_message=part,
            )
        )
        for part in cut.parts
    ]
