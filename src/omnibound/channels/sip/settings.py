"""What a `sip` connector's table may say."""

from typing import Annotated, Literal

from msgspec import Meta

from omnibound.channels.base import Common
from omnibound.wire import sip


class Settings(Common, frozen=True, kw_only=True):
    """A trunk; the fields of `TrunkSettings` with those that all connectors have. Times in seconds.

    `on_ambiguous`: a call that may have been made is not made again unless it says so.
    """

    channel: str = "VOICE"
    on_ambiguous: Literal["resend", "hold"] = "hold"
    host: Annotated[str, Meta(min_length=1)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = sip.DEFAULT_PORT
    transport: Literal["udp", "tcp"] = "udp"
    username: str = ""
    """Empty: we are trusted by our address."""
    password: str = ""
    register: bool = False
    register_s: Annotated[int, Meta(ge=60, le=86_400)] = 3600
    """How long a registration is asked for; it is renewed before."""
    caller_id: str = ""
    domain: str = ""
    """Host of From and To; empty: the trunk's host."""
    asserted: bool = False
    """Whether P-Asserted-Identity says the caller id as well (RFC 3325)."""
    proxy: str = ""
    """`host:port` of a proxy that every request goes through; empty: the trunk itself."""
    number_format: sip.NumberFormat = "digits"
    strip: str = ""
    prefix: str = ""
    default_region: str = ""
    """Calling code, such as 48, of numbers without + or 00 that have ten digits or less; empty: none are national."""
    lines: Annotated[int, Meta(ge=1, le=100_000)]
    rate: Annotated[float, Meta(gt=0, le=10_000)]  # pyright: ignore[reportGeneralTypeIssues]
    """New calls a second: never more in any second."""
    ring_s: Annotated[float, Meta(ge=1, le=600)] = 30
    """From the first sign of ringing until we stop."""
    setup_s: Annotated[float, Meta(ge=5, le=600)] = 60
    """From the call until the first sign of ringing."""
    max_s: sip.Seconds = 3600
    """The longest call."""
    session_s: Annotated[int, Meta(ge=90, le=86_400)] = 1800
    """Session-Expires that we ask for."""
    codecs: tuple[str, ...] = sip.CODECS
    ptime_ms: Literal[10, 20, 30, 40, 50, 60] = 20
    """Sound in a packet that we offer; who asks for another length gets that."""
    options_s: Annotated[float, Meta(ge=0, le=86_400)] = 30
    """How often OPTIONS asks whether the trunk is there; 0: never, it counts as there until calls fail."""
    follow_contact: bool = True
    """False: requests inside a call go to the trunk's own address, whatever its Contact says (carriers behind NAT)."""
    refused: tuple[str, ...] = ()
    """International prefixes that may not be called, beside numbers.COSTLY."""
    allow: tuple[str, ...] = ()
    """Prefixes that may be called all the same."""

    def trunk(self) -> sip.TrunkSettings:
        """As the telephone wants it. Raises Invalid for values that contradict themselves or ring too short."""
        known = {name: getattr(self, name) for name in sip.TrunkSettings.__struct_fields__}
        return sip.checked(sip.TrunkSettings(**known))
