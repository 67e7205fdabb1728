"""What an `smtp` connector's table may say."""

import re
import ssl
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, field

from omnibound.channels.base import Common
from omnibound.domain.errors import Invalid
from omnibound.wire.addresses import is_email

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
PortNumber = Annotated[int, Meta(ge=0, le=65_535)]
Domain = Annotated[str, Meta(pattern=r"^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)?$", max_length=253)]

PORTS: Final = {"none": 25, "starttls": 587, "tls": 465}


class Settings(Common, frozen=True, kw_only=True):
    """Times in seconds."""

    channel: str = "EMAIL"
    window: Annotated[int, Meta(ge=1, le=10_000)] = 250
    """mails in hand at once, over all connections; fewer make an urgent one wait less behind others"""
    host: Annotated[str, Meta(min_length=1)]
    """the relay's address"""
    port: PortNumber = 0
    """the relay's port; 0: 25, with STARTTLS 587, with TLS 465"""
    tls: Literal["none", "starttls", "tls"] = "starttls"
    """`starttls` and `tls` send nothing without it"""
    verify: bool = True
    """check the relay's certificate and its name"""
    ca: str = ""
    """path of a PEM file with the relay's authority; none: the system's"""
    username: str = ""
    """none: we do not sign in"""
    password: str = ""
    """only over TLS, unless `tls` is `none`"""
    hello: Domain = ""
    """who we are in EHLO; none: the machine's name"""
    connections: Annotated[int, Meta(ge=1, le=200)] = 5
    """kept to the relay, in the whole cluster"""
    messages: Annotated[int, Meta(ge=0)] = 0
    """mails on one connection before another one is opened; 0: no limit"""
    from_: Annotated[str, Meta(min_length=3, max_length=400)] = field(name="from")
    """the sender where a step names none: `info@shop.example` or `Shop <info@shop.example>`"""
    sender_domains: tuple[Domain, ...] = ()
    """domains that senders of steps may be of; none: any"""
    connect_s: Seconds = 10.0
    """to connect, with greeting, TLS and signing in"""
    timeout_s: Seconds = 60.0
    """without an answer for so long a mail that was not sent yet is tried again"""
    content_timeout_s: Seconds = 300.0
    """without an answer to the content for so long a mail is ambiguous"""
    idle_s: Seconds = 30.0
    """a connection without work is closed after so long"""
    retry_s: Seconds = 60.0
    """the least wait after a relay said "not now" (4xx) of one mail; greylisting wants minutes"""
    bounce_domain: Domain = ""
    """mail comes back to `bounce-ID@` here, each with its own id; none: to the sender, and nothing is learnt of it"""
    lmtp_host: str = "127.0.0.1"
    """where mail that comes back is taken"""
    lmtp_port: PortNumber | None = None
    """none: nowhere; 0: any free port"""
    lmtp: bool = True
    """whether the relay hands it over by LMTP, or by SMTP"""
    complaints: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._+-]*$", max_length=64)] = ""
    """the name before the @ of `bounce_domain` that providers send complaints to; none: only to the bounce address"""
    unsubscribe_url: Annotated[str, Meta(pattern=r"^(https?://[!-~]+)?$", max_length=400)] = ""
    """where `/unsubscribe` of this server is reached from outside; with it mails carry List-Unsubscribe"""
    dkim_domain: Domain = ""
    """sign for this domain; none: the relay does, or nobody"""
    dkim_selector: Domain = ""
    """the selector in DNS"""
    dkim_key: str = ""
    """path of the private key (PEM, RSA or Ed25519)"""
    trace: bool = False
    """keep every exchange, not only failures"""

    @property
    def where(self) -> int:
        """The port that is meant."""
        return self.port or PORTS[self.tls]


_NAMED: Final = re.compile(r"\s*(.*?)\s*<([^<>]+)>\s*", re.DOTALL)


def read_sender(text: str) -> tuple[str, str] | None:
    """(name, address) of `address` or `name <address>`; None for what is neither, or would end a header."""
    if any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in text):
        return None
    found = _NAMED.fullmatch(text)
    name, address = (found[1].strip('"'), found[2].strip()) if found else ("", text.strip())
    return (name, address) if is_email(address) else None


def check(settings: Settings) -> None:
    """Raises Invalid for settings that contradict each other."""
    signing = (settings.dkim_domain, settings.dkim_selector, settings.dkim_key)
    faults = {
        "from": read_sender(settings.from_) is None and "is an address, or `name <address>`",
        "dkim_domain": any(signing) and not all(signing) and "domain, selector and key belong together",
        "bounce_domain": settings.lmtp_port is not None
        and not settings.bounce_domain
        and "what comes back needs a domain to come back to",
        "password": bool(settings.password) and not settings.username and "a password without a username",
    }
    for name, words in faults.items():
        if words:
            raise Invalid(f"{name}: {words}", name)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """How to speak TLS, None if not at all. Raises Invalid if `ca` is no file of certificates."""
    if settings.tls == "none":
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca or None)
    except (OSError, ssl.SSLError) as error:
        raise Invalid(f"the certificates in ca cannot be read: {error}", "ca") from error
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def read_file(path: str, name: str) -> bytes:
    """A file that a setting names. Raises Invalid."""
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise Invalid(f"{name}: {error}", name) from error
