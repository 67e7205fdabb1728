"""One TCP or TLS connection: octets to lists of PDUs, and a transport that says when it is full."""

import asyncio
import contextlib
import socket
from typing import Final, Protocol, cast

from omnibound.wire.smpp import Pdu, PduError, pdu, split
from omnibound.wire.smpp import constants as c

BROKEN: Final = "what the carrier sent is no SMPP"
_CLOSE_S: Final = 2.0
_MOST_OWED: Final = 10_000
"""A carrier that does not wait for so many answers is not read until half of them are given."""


class Listener(Protocol):
    """Who is told what happens on a link."""

    def received(self, pdus: list[Pdu]) -> None:
        """All whole PDUs of what came at once."""
        ...

    def writable(self) -> None:
        """It takes more, after it was full."""
        ...

    def lost(self, why: str) -> None:
        """It is gone; told once."""
        ...

    def written(self, data: bytes) -> None:
        """For the trace."""
        ...


class Link(asyncio.Protocol):
    """The connection. `full` while the transport's buffer is above its mark; `why` it ended."""

    def __init__(self, listener: Listener) -> None:
        self.full = False
        self.why = "the carrier closed the connection"
        self.closed = asyncio.Event()
        self.heard = False
        """Whether anything came since somebody put this back."""
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._rest = bytearray()
        self._owed = 0
        self._held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Small PDUs go at once: Nagle with a carrier's delayed acknowledgement costs 40 ms a window."""
        # uvloop's transports are no asyncio.Transport, but behave like one.
        self._transport = cast("asyncio.Transport", transport)
        plug = transport.get_extra_info("socket")
        if plug is not None:
            with contextlib.suppress(OSError):
                plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Whole PDUs go on as one list; what is left waits for its rest."""
        self.heard = True
        rest = self._rest
        if rest:
            rest += data
        try:
            pdus, end = split(rest or data)
        except PduError as error:
            self._broken(error)
            return
        if rest:
            del rest[:end]
        elif end < len(data):
            rest += data[end:]
        if pdus:
            self._listener.received(pdus)

    def _broken(self, error: PduError) -> None:
        if error.before:
            self._listener.received(list(error.before))
        self.write(pdu(c.GENERIC_NACK, 0, status=error.status))
        self.close(f"{BROKEN}: {error}")

    def write(self, data: bytes) -> None:
        """To the carrier, if the link still stands."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
            self._listener.written(data)

    def close(self, why: str) -> None:
        """End it once everything is written, but soon."""
        self._end(why)
        if self._transport is not None:
            self._transport.close()
            asyncio.get_running_loop().call_later(_CLOSE_S, self._transport.abort)

    def owe(self, answers: int) -> None:
        """So many more answers (fewer, if negative) wait for a commit."""
        self._owed += answers
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._owed > _MOST_OWED and not self._held:
            self._held = True
            transport.pause_reading()
        elif self._held and self._owed <= _MOST_OWED // 2:
            self._held = False
            transport.resume_reading()

    def abort(self, why: str) -> None:
        """End it now."""
        self._end(why)
        if self._transport is not None:
            self._transport.abort()

    def _end(self, why: str) -> None:
        self._rest.clear()
        if self._transport is None or not self._transport.is_closing():
            self.why = why

    def pause_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        self.full = True

    def resume_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        self.full = False
        self._listener.writable()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell it once; the bind decides what next."""
        if exc is not None:
            self.why = str(exc) or type(exc).__name__
        self.closed.set()
        self._listener.lost(self.why)
