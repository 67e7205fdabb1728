"""As much of a submit_sm or data_sm as the carrier has to know: a quarter of what reading all of it costs."""

import re
from typing import Final

from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c

Light = tuple[bytes, bytes, int, int, int, bytes]
"""Sender and recipient (kind, address and NUL, as they came), esm_class, registered_delivery, data_coding, text."""

_cut_submit = re.compile(
    rb"[^\0]*\0(..[^\0]*\0)(..[^\0]*\0)(.)..[^\0]*\0[^\0]*\0(.).(.).(.)", re.DOTALL
).match  # SMPP 3.4, 4.4.1
_EMPTY_ADDRESS: Final = 3


def read_light(command: int, body: bytes) -> Light:
    """Raises PduError with the status to answer."""
    if command == c.DATA_SM:
        return _read_data(body)
    match = _cut_submit(body)
    if match is None:
        raise smpp.PduError("a submit_sm cut short")
    sender, recipient, esm_class, registered, coding, length = match.groups()
    start = match.end()
    end = start + length[0]
    if end != len(body):
        if end > len(body):
            raise smpp.PduError("short_message is shorter than sm_length")
        smpp.read_tlvs(body, end)
    if len(recipient) <= _EMPTY_ADDRESS:
        raise smpp.PduError("no destination", c.RINVDSTADR)
    return sender, recipient, esm_class[0], registered[0], coding[0], body[start:end]


def _read_data(body: bytes) -> Light:
    message = smpp.read_data(body)
    if not message.destination:
        raise smpp.PduError("no destination", c.RINVDSTADR)
    return (
        _address(message.source_ton, message.source_npi, message.source),
        _address(message.destination_ton, message.destination_npi, message.destination),
        message.esm_class,
        message.registered_delivery,
        message.data_coding,
        message.content,
    )


def _address(ton: int, npi: int, address: str) -> bytes:
    return bytes((ton, npi)) + address.encode("latin-1") + b"\0"


def validity_of(command: int, body: bytes, now: float) -> float | None:
    """Seconds from `now` (seconds since 1970) for which a submit_sm is valid; None: it does not say, or nothing we
    can read."""
    if command != c.SUBMIT_SM:
        return None
    try:
        instant = smpp.parse_time(smpp.read_submit(body).validity, int(now * 1e6))
    except smpp.PduError:
        return None
    return None if instant is None else max(instant / 1e6 - now, 0)
