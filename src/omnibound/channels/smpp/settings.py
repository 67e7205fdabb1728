"""What an `smpp` connector's table may say."""

import ssl
from typing import Annotated, Literal

from msgspec import Meta, field

from omnibound.channels.base import Common
from omnibound.domain.errors import Invalid
from omnibound.wire.smpp import Bind, PduError, write_bind
from omnibound.wire.sms_text import Way

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Octet = Annotated[int, Meta(ge=0, le=255)]
Text64 = Annotated[str, Meta(max_length=64)]


class Settings(Common, frozen=True, kw_only=True):
    """Times in seconds; `window` is a bind's, `rate` the connector's. `binds` of transmitter+receiver are pairs.

    `errors`: a receipt's `err` -> detail, as "027" -> "gsm:27"; an `err` that is not there becomes `gsm:N` if
    `error_family` is "gsm", else `smpp-err:XXX`. `submit_errors`: command_status ("0x45" or "69") -> the name of a
    Reason, with " retry" or " final" behind it where that differs from what the reason usually means; "throttled"
    pauses. `source_ton` and the like: None for what kind of address it is. `validity`: hand on the remaining one.
    `receipt_hours_ahead`: how far the clock in the carrier's receipts is ahead of UTC.
    """

    channel: str = "SMS"
    host: Annotated[str, Meta(min_length=1)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 2775
    system_id: Text64
    password: Text64 = ""
    system_type: Annotated[str, Meta(max_length=12)] = ""
    bind: Literal["transceiver", "transmitter+receiver"] = "transceiver"
    binds: Annotated[int, Meta(ge=1, le=1000)] = 1
    window: Annotated[int, Meta(ge=1, le=10_000)] = 200
    tls: bool = False
    tls_verify: bool = True
    tls_ca: str = ""
    enquire_link_s: Seconds = 30.0
    response_timeout_s: Seconds = 60.0
    connect_timeout_s: Seconds = 10.0
    reconnect_min_s: Seconds = 0.5
    reconnect_max_s: Seconds = 30.0
    throttle_pause_s: Seconds = 1.0
    default_alphabet: Literal["gsm", "latin1", "ascii", "gsm+latin1"] = "gsm"
    long_messages: Way = "udh"
    source_ton: Octet | None = None
    source_npi: Octet | None = None
    dest_ton: Octet | None = None
    dest_npi: Octet | None = None
    service_type: Annotated[str, Meta(max_length=5)] = ""
    registered_delivery: Octet = 1
    validity: bool = True
    errors: dict[str, str] = field(default_factory=dict[str, str])
    submit_errors: dict[str, str] = field(default_factory=dict[str, str])
    error_family: str = ""
    receipt_hours_ahead: Annotated[float, Meta(ge=-24, le=24)] = 0.0
    trace: bool = False


def bind_body(settings: Settings) -> bytes:
    """The body of any bind. Raises Invalid for credentials that no bind can carry."""
    bind = Bind(system_id=settings.system_id, password=settings.password, system_type=settings.system_type)
    try:
        return write_bind(bind)
    except PduError as error:
        raise Invalid(str(error), str(error).partition(":")[0]) from error


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """How to speak TLS, None if not at all. Raises Invalid if `tls_ca` is no file of certificates."""
    if not settings.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.tls_ca or None)
    except (OSError, ssl.SSLError) as error:
        raise Invalid(f"the certificates in tls_ca cannot be read: {error}", "tls_ca") from error
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
