"""A connection to the relay, ready for mail: greeting, TLS and signing in are aiosmtplib's (0028)."""

import asyncio
import ssl
from typing import NamedTuple, cast

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPHeloError, SMTPResponseException

from omnibound.channels.smtp.settings import Settings


class CannotOpen(Exception):
    """There is no connection to be had, and why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Opened(NamedTuple):
    """A connection after EHLO. `offers`: the extensions by their names in small letters, with their parameters."""

    transport: asyncio.Transport
    offers: dict[str, str]


class Asked(NamedTuple):
    """What the relay said to someone who asked how it is."""

    offers: dict[str, str]
    tls: str
    """The version of TLS; empty: none."""
    signed_in: bool


def _client(settings: Settings, context: ssl.SSLContext | None) -> SMTP:
    return SMTP(
        hostname=settings.host,
        port=settings.where,
        username=settings.username or None,
        password=settings.password or None,
        local_hostname=settings.hello or None,
        timeout=settings.connect_s,
        use_tls=settings.tls == "tls",
        start_tls=settings.tls == "starttls",
        tls_context=context,
    )


async def _opened(settings: Settings, context: ssl.SSLContext | None) -> tuple[SMTP, asyncio.Transport]:
    client = _client(settings, context)
    try:
        async with asyncio.timeout(settings.connect_s):
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
    except (SMTPException, OSError, ValueError) as error:
        client.close()
        raise _why(error) from error
    except asyncio.CancelledError:
        client.close()
        raise
    transport = client.protocol.transport if client.protocol else None
    if transport is None:
        raise CannotOpen("the relay closed the connection")
    # uvloop's are no asyncio.Transport, but behave like one.
    return client, cast("asyncio.Transport", transport)


async def _greet(client: SMTP) -> None:
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


def _why(error: Exception) -> CannotOpen:
    if isinstance(error, SMTPResponseException):
        who = "does not accept our credentials" if isinstance(error, SMTPAuthenticationError) else "says"
        return CannotOpen(f"the relay {who}: {error.code} {error.message}")
    if isinstance(error, ssl.SSLError):
        return CannotOpen(f"TLS: {error}")
    if isinstance(error, TimeoutError):
        return CannotOpen("the relay does not answer in time")
    return CannotOpen(str(error) or type(error).__name__)


async def open_relay(settings: Settings, context: ssl.SSLContext | None) -> Opened:
    """A connection of the kind that the table asks for. Raises CannotOpen."""
    client, transport = await _opened(settings, context)
    return Opened(transport, dict(client.esmtp_extensions))


async def ask_relay(settings: Settings, context: ssl.SSLContext | None) -> Asked:
    """Connect as for mail, look, and leave: for `omnibound doctor`. Raises CannotOpen with why it cannot be."""
    client, transport = await _opened(settings, context)
    try:
        tls = transport.get_extra_info("ssl_object")
        return Asked(dict(client.esmtp_extensions), tls.version() if tls else "", bool(settings.username))
    finally:
        transport.write(b"QUIT\r\n")
        client.close()
