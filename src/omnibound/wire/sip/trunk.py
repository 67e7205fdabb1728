"""What has to be known of a carrier to call over it: a connector's table says it, the telephone obeys it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from omnibound.domain.errors import Invalid
from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.negotiation import CODECS
from omnibound.wire.sip.uris import DEFAULT_PORT, read_host

NumberFormat = Literal["digits", "plus", "00", "as_is"]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
MIN_RING_S = 15
"""Shorter ringing is a nuisance that regulators forbid (FTC 16 CFR 310.4(b)(4)(ii): fifteen seconds or four rings)."""


class TrunkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A carrier. Times in seconds. `checked` says what values make no sense."""

    name: Annotated[str, Meta(min_length=1)]
    host: Annotated[str, Meta(min_length=1)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = DEFAULT_PORT
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
    number_format: NumberFormat = "digits"
    strip: str = ""
    prefix: str = ""
    default_region: str = ""
    """Calling code, such as 48, of numbers without + or 00 that have ten digits or less; empty: none are national."""
    lines: Annotated[int, Meta(ge=1, le=100_000)]
    rate: Annotated[float, Meta(gt=0, le=10_000)]
    """New calls a second: never more in any second."""
    ring_s: Annotated[float, Meta(ge=1, le=600)] = 30
    """From the first sign of ringing until we stop."""
    setup_s: Annotated[float, Meta(ge=5, le=600)] = 60
    """From the call until the first sign of ringing."""
    max_s: Seconds = 3600
    """The longest call."""
    session_s: Annotated[int, Meta(ge=90, le=86_400)] = 1800
    """Session-Expires that we ask for."""
    codecs: tuple[str, ...] = CODECS
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


def checked(settings: TrunkSettings) -> TrunkSettings:
    """The same settings. Raises Invalid for values that contradict themselves or ring too short."""
    wrong: list[tuple[bool, str, str]] = [
        (settings.ring_s < MIN_RING_S, f"ring_s has to be at least {MIN_RING_S}: shorter is a nuisance call", "ring_s"),
        (_is_no_region(settings.default_region), "default_region is a calling code: 48", "default_region"),
        (settings.register and not settings.username, "register needs a username", "username"),
        (bool(settings.password) and not settings.username, "a password without a username", "username"),
        (not settings.codecs or not set(settings.codecs) <= set(CODECS), f"codecs are {CODECS}", "codecs"),
        (settings.asserted and not settings.caller_id, "asserted needs a caller_id", "caller_id"),
    ]
    for is_wrong, why, field in wrong:
        if is_wrong:
            raise Invalid(f"trunk {settings.name!r}: {why}", field)
    for field, value in (("proxy", settings.proxy), ("host", settings.host), ("domain", settings.domain)):
        _check_host(settings.name, field, value)
    return settings


def _check_host(trunk: str, field: str, value: str) -> None:
    try:
        if value:
            read_host(value)
    except SipError as error:
        raise Invalid(f"trunk {trunk!r}: {error}", field) from error


def _is_no_region(code: str) -> bool:
    return bool(code) and not (code.isascii() and code.isdigit() and code[0] != "0" and len(code) <= 3)
