"""SIP, octets to values and back: for the telephone and for the simulated callee. No I/O, no state but a stream's.

`read` a datagram or cut a stream with `Frames`; ask the message for its headers; `respond` and `write`. `digest` knows
passwords, `sdp` and `negotiation` what is talked over.
"""

from omnibound.wire.sip import digest
from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.fields import quote, read_params, split_list, write_params
from omnibound.wire.sip.framing import PING, PONG, Frames
from omnibound.wire.sip.messages import MAX_MESSAGE, Headers, Message, Request, Response, read, respond, write
from omnibound.wire.sip.names import phrase, pretty
from omnibound.wire.sip.negotiation import CODECS, EVENTS, Media, agreed, answer_to, offered
from omnibound.wire.sip.sdp import Direction, Format, Local, Session, Stream, read_session, write_session
from omnibound.wire.sip.trunk import MIN_RING_S, NumberFormat, Seconds, TrunkSettings, checked
from omnibound.wire.sip.uris import (
    DEFAULT_PORT,
    Address,
    Uri,
    Via,
    read_address,
    read_addresses,
    read_host,
    read_uri,
    read_via,
)
from omnibound.wire.sip.values import (
    Interval,
    Refresher,
    Why,
    read_interval,
    read_reason,
    read_seconds,
    write_interval,
    write_reason,
)

__all__ = [
    "CODECS",
    "DEFAULT_PORT",
    "EVENTS",
    "MAX_MESSAGE",
    "MIN_RING_S",
    "PING",
    "PONG",
    "Address",
    "Direction",
    "Format",
    "Frames",
    "Headers",
    "Interval",
    "Local",
    "Media",
    "Message",
    "NumberFormat",
    "Refresher",
    "Request",
    "Response",
    "Seconds",
    "Session",
    "SipError",
    "Stream",
    "TrunkSettings",
    "Uri",
    "Via",
    "Why",
    "agreed",
    "answer_to",
    "checked",
    "digest",
    "offered",
    "phrase",
    "pretty",
    "quote",
    "read",
    "read_address",
    "read_addresses",
    "read_host",
    "read_interval",
    "read_params",
    "read_reason",
    "read_seconds",
    "read_session",
    "read_uri",
    "read_via",
    "respond",
    "split_list",
    "write",
    "write_interval",
    "write_params",
    "write_reason",
    "write_session",
]
