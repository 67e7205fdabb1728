"""SMPP 3.4, octets to values and back: for the client channel and for the simulated carrier. No I/O, no state.

`split` a stream into PDUs, `read_*` their bodies; `write_*` a body, `pdu` it into octets. Whole bulks go through
`SubmitTemplate.encode_many`, `deliver_responses`, `submit_responses` and `deliver_receipt`.
"""

from omnibound.wire.smpp import constants
from omnibound.wire.smpp.binds import Bind, read_bind, read_bind_resp, read_outbind, write_bind, write_bind_resp
from omnibound.wire.smpp.constants import MESSAGE_STATES, STATUS_NAMES, command_name, status_name
from omnibound.wire.smpp.frames import (
    HEADER,
    MAX_PDU,
    MAX_SEQUENCE,
    Pdu,
    PduError,
    deliver_responses,
    pdu,
    read_tlvs,
    split,
    submit_resp,
    submit_responses,
    write_tlvs,
)
from omnibound.wire.smpp.messages import (
    MAX_SHORT_MESSAGE,
    Deliver,
    Submit,
    read_data,
    read_deliver,
    read_submit,
    write_data,
    write_message,
)
from omnibound.wire.smpp.names import address_kind, address_octets, id_spellings
from omnibound.wire.smpp.receipts import (
    STATES,
    ReceiptText,
    deliver_receipt,
    read_receipt,
    receipt_instant,
    state_of,
    write_receipt,
)
from omnibound.wire.smpp.template import SubmitTemplate, check_destination, next_sequence
from omnibound.wire.smpp.times import absolute_time, parse_time, relative_time

__all__ = [
    "HEADER",
    "MAX_PDU",
    "MAX_SEQUENCE",
    "MAX_SHORT_MESSAGE",
    "MESSAGE_STATES",
    "STATES",
    "STATUS_NAMES",
    "Bind",
    "Deliver",
    "Pdu",
    "PduError",
    "ReceiptText",
    "Submit",
    "SubmitTemplate",
    "absolute_time",
    "address_kind",
    "address_octets",
    "check_destination",
    "command_name",
    "constants",
    "deliver_receipt",
    "deliver_responses",
    "id_spellings",
    "next_sequence",
    "parse_time",
    "pdu",
    "read_bind",
    "read_bind_resp",
    "read_data",
    "read_deliver",
    "read_outbind",
    "read_receipt",
    "read_submit",
    "read_tlvs",
    "receipt_instant",
    "relative_time",
    "split",
    "state_of",
    "status_name",
    "submit_resp",
    "submit_responses",
    "write_bind",
    "write_bind_resp",
    "write_data",
    "write_message",
    "write_receipt",
    "write_tlvs",
]
