"""One bind that carries nothing: for `omnibound doctor`."""

import asyncio
import ssl
from typing import Final, NamedTuple

from omnibound.channels.smpp.settings import Settings, bind_body, tls_context
from omnibound.wire.smpp import Pdu, PduError, pdu, split, status_name
from omnibound.wire.smpp import constants as c

_UNBIND_S: Final = 2.0
_CHUNK: Final = 4096
_UNKNOWN_US: Final = frozenset({c.RINVPASWD, c.RINVSYSID})
_COMMANDS: Final = {
    "transceiver": c.BIND_TRANSCEIVER,
    "transmitter+receiver": c.BIND_TRANSMITTER,
}


class CannotAsk(Exception):
    """The carrier was not reached, or speaks something else; and why."""


class Asked(NamedTuple):
    """What the carrier said to a bind. An empty `refused`: it was taken, and left again."""

    refused: str
    unknown_us: bool
    """Whether it is the system_id or the password that it does not take."""
    tls: str
    """The version of TLS; empty: none."""
    expires: str
    """Until when its certificate is good, as it says so itself; empty where it was not looked at."""


async def ask_carrier(settings: Settings) -> Asked:
    """Bind, unbind and leave. Raises CannotAsk; Invalid for settings that cannot be used.

    It binds as a transmitter first: a receiver would be given receipts that the server waits for. Only a carrier that
    refuses that for another reason than who we are is asked as the table says.
    """
    asked = await _bound(settings, c.BIND_TRANSMITTER)
    own = _COMMANDS[settings.bind]
    if asked.refused and not asked.unknown_us and own != c.BIND_TRANSMITTER:
        return await _bound(settings, own)
    return asked


async def _bound(settings: Settings, command: int) -> Asked:
    try:
        async with asyncio.timeout(settings.connect_timeout_s):
            reader, writer = await asyncio.open_connection(settings.host, settings.port, ssl=tls_context(settings))
    except TimeoutError as error:
        raise CannotAsk("no connection in time") from error
    except ssl.SSLError as error:
        raise CannotAsk(f"TLS: {error.reason or error}") from error
    except OSError as error:
        raise CannotAsk(str(error)) from error
    try:
        async with asyncio.timeout(settings.connect_timeout_s):
            status = await _exchange(reader, writer, pdu(command, 1, bind_body(settings)), command | c.RESPONSE)
        if not status:
            async with asyncio.timeout(_UNBIND_S):
                await _exchange(reader, writer, pdu(c.UNBIND, 2), c.UNBIND_RESP)
    except TimeoutError as error:
        raise CannotAsk("it is connected, but does not answer a bind in time") from error
    except (OSError, EOFError, PduError) as error:
        raise CannotAsk(f"it is connected, but does not speak SMPP: {error}".rstrip(": ")) from error
    finally:
        writer.close()
    tls = writer.get_extra_info("ssl_object")
    certificate: dict[str, str] = (tls.getpeercert() or {}) if tls else {}
    refused = status_name(status) if status else ""
    return Asked(refused, status in _UNKNOWN_US, tls.version() if tls else "", certificate.get("notAfter", ""))


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes, answer: int) -> int:
    """Ask, and the status of the answer; whatever else comes is let lie, so that it is sent again."""
    writer.write(asked)
    rest = b""
    while True:
        read = await reader.read(_CHUNK)
        if not read:
            raise EOFError("the connection was closed")
        pdus, end = split(rest + read)
        rest = (rest + read)[end:]
        for status in _answers(pdus, answer):
            return status


def _answers(pdus: list[Pdu], answer: int) -> list[int]:
    nacks = [status or c.RSYSERR for command, status, *_ in pdus if command == c.GENERIC_NACK]
    return [status for command, status, *_ in pdus if command == answer] + nacks
