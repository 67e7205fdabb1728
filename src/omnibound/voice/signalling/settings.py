"""What can be set: for each trunk (`wire.sip.trunk`), and for the telephone as a whole."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from omnibound.voice.signalling.machines import Times
from omnibound.wire.sip import DEFAULT_PORT, MIN_RING_S, TrunkSettings, checked

__all__ = ["MIN_RING_S", "AgentSettings", "Port", "TrunkSettings", "checked"]

Port = Annotated[int, Meta(ge=0, le=65_535)]


class AgentSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The telephone's own addresses and limits."""

    host: str = "0.0.0.0"  # noqa: S104 - a carrier calls back from outside
    port: Port = DEFAULT_PORT
    """For UDP and TCP; 0 takes any free one."""
    public_address: str = ""
    """The address by which carriers reach us where it is not the one that we see; empty: the one that we see."""
    public_port: Port = 0
    times: Times = Times()
    keep_alive_s: Annotated[float, Meta(ge=0, le=3600)] = 25
    """How often an empty line keeps a TCP connection, and a registered trunk's UDP path, open; 0: never."""
    strangers: Annotated[int, Meta(ge=0)] = 5
    """Answers a minute to an address that is no trunk's; what goes beyond is not answered."""
    invite_status: Literal[403, 486, 480, 603] = 403
    """How an inbound call from a trunk is refused."""
    ladder: Annotated[int, Meta(ge=0, le=1000)] = 60
    """How many messages are kept of each call."""
    ladders: Annotated[int, Meta(ge=0)] = 2_000
    """Of how many calls that are over the messages are kept."""
