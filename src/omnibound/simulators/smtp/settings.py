"""What a simulated relay can be told to be like."""

from typing import Literal

import msgspec


class SmtpSettings(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """Times are in seconds. `checked` says what values make no sense."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes any free one."""
    tls: Literal["none", "starttls", "tls"] = "none"
    """With a certificate that is made at the start."""
    certificate: str = ""
    """Where that certificate is written (PEM), for whoever wants to check it."""
    username: str = ""
    password: str = ""
    """Who may send; AUTH PLAIN and LOGIN, only over TLS where there is any."""
    bounces: str = ""
    """`host:port` that reports go to; empty: none is sent."""
    lmtp: bool = True
    """Whether they go by LMTP, or by SMTP."""
    delay: float = 0.1
    """From the answer to a mail until its report."""
    slow: float = 5.0
    """How long a slow mailbox makes us wait."""
    size: int = 1 << 21
    """Octets of a mail."""
    pipelining: bool = True
    utf8: bool = True
    connections: int = 0
    """At once; above it 421. 0 = no limit."""
    last: int = 1_000
    """How many of the last mails are kept."""


def checked(settings: SmtpSettings) -> SmtpSettings:
    """The same settings. Raises ValueError for values that contradict themselves or have the wrong type."""
    settings = msgspec.convert(msgspec.to_builtins(settings), SmtpSettings)
    for name in ("delay", "slow", "connections", "last", "size"):
        if not 0 <= getattr(settings, name) < float("inf"):
            raise ValueError(f"{name} has to be 0 or more")
    if bool(settings.username) != bool(settings.password):
        raise ValueError("a username and a password belong together")
    if settings.bounces and not settings.bounces.rpartition(":")[2].isdigit():
        raise ValueError("bounces is host:port")
    return settings
