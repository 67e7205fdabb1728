"""RTP for telephones, octets to values and back: packets, reports, keys, comfort noise, G.711. No I/O, no clock.

Whatever a stranger sends is read without an error: `read`, `read_rtcp`, `read_event` and `read_noise` give None for
octets that are not what they look for. Writing raises ValueError for values that cannot be said.
"""

from omnibound.wire.rtp.events import DIGITS, Event, code_of, read_event, write_event
from omnibound.wire.rtp.g711 import RATE, Law, Samples, decode, encode, transcode
from omnibound.wire.rtp.noise import read_noise, write_noise
from omnibound.wire.rtp.packets import HEADER, LONGEST, VERSION, Packet, head, read, read_head, write
from omnibound.wire.rtp.reception import Reception
from omnibound.wire.rtp.rtcp import (
    CNAME,
    Block,
    Description,
    Goodbye,
    ReceiverReport,
    Report,
    SenderReport,
    read_rtcp,
    write_rtcp,
)

__all__ = [
    "CNAME",
    "DIGITS",
    "HEADER",
    "LONGEST",
    "RATE",
    "VERSION",
    "Block",
    "Description",
    "Event",
    "Goodbye",
    "Law",
    "Packet",
    "ReceiverReport",
    "Reception",
    "Report",
    "Samples",
    "SenderReport",
    "code_of",
    "decode",
    "encode",
    "head",
    "read",
    "read_event",
    "read_head",
    "read_noise",
    "read_rtcp",
    "transcode",
    "write",
    "write_event",
    "write_noise",
    "write_rtcp",
]
