"""What `omnibound doctor` asks the providers of connectors: whether they are there, and take us."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from omnibound.channels.base import Common
from omnibound.channels.smpp.asking import CannotAsk, ask_carrier
from omnibound.channels.smpp.settings import Settings as SmppSettings
from omnibound.channels.smtp.opening import CannotOpen, ask_relay
from omnibound.channels.smtp.settings import Settings as SmtpSettings
from omnibound.channels.smtp.settings import tls_context
from omnibound.cli.findings import Advice

CONNECT_S: Final = 5.0
EXPIRES_SOON_DAYS: Final = 14
SKEW_S: Final = 30
DAY_S: Final = 86_400
_SENDS: Final = "nothing is sent over it; what waits goes to its fellows, or waits until its validity ends"

Asks = AsyncIterator[Advice]


async def ask(settings: Common, *, runs: bool) -> list[Advice]:
    """All about one connector. `runs`: a server has its binds already, so that none more is tried."""
    place = place_of(settings)
    found = [resolved(settings.name, *place)] if place else []
    if found and not found[0].well:
        return found
    for kind, asked in ASKED.items():
        if isinstance(settings, kind):
            found += [advice async for advice in asked(settings, runs)]
            return found
    if base := getattr(settings, "base_url", ""):
        return [*found, await asyncio.to_thread(asked_http, settings.name, base)]
    return [*found, await _answers(settings.name, *place)] if place else [*found, understood(settings.name)]


def understood(name: str) -> Advice:
    """All that can be said of one that has no address."""
    return Advice(True, f"connector {name}: its table is understood")


def place_of(settings: Any) -> tuple[str, int] | None:
    """Host and port of its provider, where the table says so."""
    base = urlsplit(getattr(settings, "base_url", "") or "")
    if base.hostname:
        return base.hostname, base.port or (443 if base.scheme == "https" else 80)
    host, port = getattr(settings, "host", ""), getattr(settings, "where", 0) or getattr(settings, "port", 0)
    return (host, port) if host and port else None


def resolved(name: str, host: str, port: int) -> Advice:
    """Whether the host has an address."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        do = "look at the spelling of host, and at the name servers of this machine (/etc/resolv.conf)"
        return Advice(False, f"connector {name}: {host} has no address: {error.strerror}", _SENDS, do)
    addresses = sorted({str(each[4][0]) for each in found})
    return Advice(True, f"connector {name}: {host} is {', '.join(addresses[:3])}")


async def _answers(name: str, host: str, port: int) -> Advice:
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        return unreached(name, host, port, str(error) or "time-out")
    writer.close()
    return Advice(True, f"connector {name}: {host}:{port} answers")


def unreached(name: str, host: str, port: int, why: str) -> Advice:
    """Nobody takes a connection there."""
    do = "look at host and port, at firewalls on the way, and whether the carrier has entered the address we come from"
    return Advice(False, f"connector {name}: {host}:{port} does not answer: {why}", _SENDS, do)


# -- Each kind ---------------------------------------------------------------------------------------------------


async def _ask_smpp(settings: SmppSettings, runs: bool) -> Asks:
    name, host, port = settings.name, settings.host, settings.port
    if runs:
        yield await _answers(name, host, port)
        return
    try:
        asked = await ask_carrier(settings)
    except CannotAsk as error:
        yield _tls_or_unreached(name, host, port, str(error))
        return
    if asked.unknown_us:
        do = "compare system_id, password and system_type with what the carrier gave you"
        yield Advice(False, f"connector {name}: the carrier refuses the bind: {asked.refused}", _SENDS, do)
    elif asked.refused:
        do = (
            f"ask the carrier: it may count our binds (we want {settings.binds}), want another system_type than"
            f" {settings.system_type!r}, or another kind of bind than {settings.bind}"
        )
        yield Advice(False, f"connector {name}: the carrier refuses the bind: {asked.refused}", _SENDS, do)
    else:
        yield Advice(True, f"connector {name}: {host}:{port} takes the bind of {settings.system_id}")
    if asked.expires:
        yield certificate(name, asked.expires)
    if not settings.tls and not is_private(host):
        why = "messages and the password go over the network for everybody to read"
        yield Advice(None, f"connector {name}: without TLS", why, "tls = true, a VPN, or a line of your own")


async def _ask_smtp(settings: SmtpSettings, _runs: bool) -> Asks:
    name = settings.name
    try:
        asked = await ask_relay(settings, tls_context(settings))
    except CannotOpen as error:
        yield _tls_or_unreached(name, settings.host, settings.where, error.why)
        return
    signed = f"signs {settings.username} in" if asked.signed_in else "wants nobody to sign in"
    yield Advice(True, f"connector {name}: the relay greets us and {signed}")
    if not asked.tls and not is_private(settings.host):
        why = "mails and the password go over the network for everybody to read"
        yield Advice(None, f"connector {name}: without TLS", why, 'tls = "starttls", or "tls"')


def _tls_or_unreached(name: str, host: str, port: int, why: str) -> Advice:
    if not why.startswith("TLS"):
        return unreached(name, host, port, why)
    do = "tls_ca for a certificate of the carrier's own; another host name where the certificate has another"
    return Advice(False, f"connector {name}: {host}:{port}: {why}", _SENDS, do)


ASKED: Final[dict[type[Any], Callable[[Any, bool], Asks]]] = {SmppSettings: _ask_smpp, SmtpSettings: _ask_smtp}


# -- Small -------------------------------------------------------------------------------------------------------


def certificate(name: str, expires: str, now: float | None = None) -> Advice:
    """How long a certificate is good. `expires` as Python's ssl has it, `now` in seconds since 1970."""
    days = (ssl.cert_time_to_seconds(expires) - (time.time() if now is None else now)) / DAY_S
    words = f"connector {name}: its certificate is good for {days:.0f} days"
    if days > EXPIRES_SOON_DAYS:
        return Advice(True, words)
    return Advice(None, words, "after that no connection is made", "ask the carrier when it renews it")


def asked_http(name: str, url: str) -> Advice:
    """Whether a provider answers, and has our time: tokens are signed with it."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_S)
    try:
        connection.request("HEAD", parts.path or "/")
        date = connection.getresponse().getheader("Date")
    except ssl.SSLError as error:
        return _tls_or_unreached(name, str(parts.hostname), parts.port or 443, f"TLS: {error.reason}")
    except (OSError, HTTPException) as error:
        return unreached(name, str(parts.hostname), parts.port or 443, str(error) or type(error).__name__)
    finally:
        connection.close()
    return skewed(f"connector {name}: {url} answers", date)


def skewed(words: str, date: str | None, now: float | None = None) -> Advice:
    """Whether the clock of whoever answered is ours."""
    if date is None:
        return Advice(True, words)
    behind = parsedate_to_datetime(date).timestamp() - (time.time() if now is None else now)
    if abs(behind) <= SKEW_S:
        return Advice(True, words)
    why = "tokens and signatures are refused where clocks differ"
    return Advice(
        False, f"{words}, but its clock is {behind:+.0f} s from ours", why, "let NTP set this machine's clock"
    )


def is_private(host: str) -> bool:
    """Whether a host is this machine or in a private network, as far as its spelling tells."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host
