"""submit_sm, deliver_sm and data_sm as values (SMPP 3.4, 4.4, 4.6, 4.7).

`write_*` gives a body for `frames.pdu`; `read_*` takes the body that `frames.split` gave. Both raise PduError only.
C-octet strings are `str` (Latin-1, so that any octet survives).
"""

import re
from typing import Final, TypeVar

import msgspec

from omnibound.wire.smpp import constants as c
from omnibound.wire.smpp.frames import PduError, c_string, octets, read_tlvs, write_tlvs

MAX_SHORT_MESSAGE: Final = 254
"""Octets of short_message (5.2.22); more goes into message_payload."""
ADDRESS: Final = 20
DATA_ADDRESS: Final = 64

_NO_TLVS: Final[dict[int, bytes]] = {}


class _Message(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """submit_sm (4.4.1) and deliver_sm (4.6.1) have the same fields in the same order."""

    service_type: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    destination_ton: int = 1
    destination_npi: int = 1
    destination: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority: int = 0
    schedule: bytes = b""
    """Empty, or 16 octets as `times` makes them; so is `validity`."""
    validity: bytes = b""
    registered_delivery: int = 0
    replace_if_present: int = 0
    data_coding: int = 0
    default_message: int = 0
    short_message: bytes = b""
    tlvs: dict[int, bytes] = {}

    @property
    def content(self) -> bytes:
        """The octets of the text, header and all, from wherever they stand: short_message or message_payload."""
        return self.short_message or self.tlvs.get(c.TAG_PAYLOAD, b"")


class Submit(_Message, frozen=True, gc=False, kw_only=True):
    """A message from us to the carrier."""


class Deliver(_Message, frozen=True, gc=False, kw_only=True):
    """A message or a receipt from the carrier to us."""


_M = TypeVar("_M", Submit, Deliver)

_cut_message = re.compile(rb"([^\0]*)\0(..)([^\0]*)\0(..)([^\0]*)\0(...)([^\0]*)\0([^\0]*)\0(.....)", re.DOTALL).match
_cut_data = re.compile(rb"([^\0]*)\0(..)([^\0]*)\0(..)([^\0]*)\0(...)", re.DOTALL).match


def write_message(message: Submit | Deliver) -> bytes:
    """The body of a submit_sm or a deliver_sm."""
    return message_head(message) + c_string(message.destination, ADDRESS, "destination_addr") + message_tail(message)


def message_head(message: Submit | Deliver) -> bytes:
    """What stands before the destination address."""
    return b"".join(
        (
            c_string(message.service_type, 5, "service_type"),
            octets(message.source_ton, message.source_npi),
            c_string(message.source, ADDRESS, "source_addr"),
            octets(message.destination_ton, message.destination_npi),
        )
    )


def message_tail(message: Submit | Deliver) -> bytes:
    """What stands behind the destination address."""
    m = message
    if len(m.short_message) > MAX_SHORT_MESSAGE:
        raise PduError(f"a short_message of {len(m.short_message)} octets", c.RINVMSGLEN)
    return b"".join(
        (
            octets(m.esm_class, m.protocol_id, m.priority),
            _time(m.schedule, "schedule_delivery_time"),
            _time(m.validity, "validity_period"),
            octets(m.registered_delivery, m.replace_if_present, m.data_coding, m.default_message),
            octets(len(m.short_message)),
            m.short_message,
            write_tlvs(m.tlvs),
        )
    )


def read_submit(body: bytes) -> Submit:
    """The body of a submit_sm."""
    return _read_message(Submit, body)


def read_deliver(body: bytes) -> Deliver:
    """The body of a deliver_sm."""
    return _read_message(Deliver, body)


def read_data(body: bytes) -> Deliver:
    """A data_sm (4.7.1) in either direction; its text stands in the message_payload TLV (see `content`)."""
    match = _cut_data(body)
    if match is None:
        raise PduError("a data_sm cut short")
    service, source_kind, source, destination_kind, destination, tail = match.groups()
    source_ton, source_npi = source_kind
    destination_ton, destination_npi = destination_kind
    esm_class, registered_delivery, data_coding = tail
    return Deliver(
        service_type=service.decode("latin-1"),
        source_ton=source_ton,
        source_npi=source_npi,
        source=source.decode("latin-1"),
        destination_ton=destination_ton,
        destination_npi=destination_npi,
        destination=destination.decode("latin-1"),
        esm_class=esm_class,
        registered_delivery=registered_delivery,
        data_coding=data_coding,
        tlvs=read_tlvs(body, match.end()),
    )


def write_data(message: Submit | Deliver) -> bytes:
    """The body of a data_sm; a short_message becomes its message_payload."""
    tlvs = {c.TAG_PAYLOAD: message.short_message, **message.tlvs} if message.short_message else message.tlvs
    return b"".join(
        (
            c_string(message.service_type, 5, "service_type"),
            octets(message.source_ton, message.source_npi),
            c_string(message.source, DATA_ADDRESS, "source_addr"),
            octets(message.destination_ton, message.destination_npi),
            c_string(message.destination, DATA_ADDRESS, "destination_addr"),
            octets(message.esm_class, message.registered_delivery, message.data_coding),
            write_tlvs(tlvs),
        )
    )


def _read_message(kind: type[_M], body: bytes) -> _M:
    match = _cut_message(body)
    if match is None:
        raise PduError("a message cut short")
    service, source_kind, source, destination_kind, destination, classes, schedule, validity, tail = match.groups()
    source_ton, source_npi = source_kind
    destination_ton, destination_npi = destination_kind
    esm_class, protocol_id, priority = classes
    registered_delivery, replace, data_coding, default_message, length = tail
    start = match.end()
    end = start + length
    if end > len(body):
        raise PduError("short_message is shorter than sm_length")
    return kind(
        service_type=service.decode("latin-1"),
        source_ton=source_ton,
        source_npi=source_npi,
        source=source.decode("latin-1"),
        destination_ton=destination_ton,
        destination_npi=destination_npi,
        destination=destination.decode("latin-1"),
        esm_class=esm_class,
        protocol_id=protocol_id,
        priority=priority,
        schedule=schedule,
        validity=validity,
        registered_delivery=registered_delivery,
        replace_if_present=replace,
        data_coding=data_coding,
        default_message=default_message,
        short_message=body[start:end],
        tlvs=read_tlvs(body, end) if end < len(body) else _NO_TLVS,
    )


def _time(data: bytes, what: str) -> bytes:
    if len(data) not in (0, 16) or b"\0" in data:
        raise PduError(f"{what}: neither empty nor 16 characters", c.RINVEXPIRY)
    return data + b"\0"
