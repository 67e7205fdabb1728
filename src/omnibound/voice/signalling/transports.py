"""The network: one UDP port, TCP connections out and in. Octets in whole messages go up, octets go down."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Final, cast

from omnibound.voice.signalling.transactions import Peer
from omnibound.wire import sip

Heard = Callable[[bytes, Peer], None]
Broken = Callable[[Peer], None]

MAX_LINKS: Final = 200
"""TCP connections that others may have open to us."""
MAX_LINKS_OF_HOST: Final = 50
"""The same of one host: a stranger must not take the places of the trunks."""
MAX_UNREAD: Final = 1 << 20
"""Octets that the other side of a TCP connection may leave unread."""
CONNECT_S: Final = 5.0
TRIES: Final = 20
"""Ports that are tried where any will do: one that is free for UDP need not be for TCP."""
_BUFFER: Final = 4 << 20

_log = logging.getLogger("omnibound.voice.sip")


class Transports:
    """`heard` gets each datagram and each message of a stream; `broken` an address that takes nothing."""

    def __init__(self, heard: Heard, broken: Broken) -> None:
        self.heard = heard
        self._broken = broken
        self._udp: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._links: dict[Peer, _Link] = {}
        self._connecting: dict[Peer, asyncio.Task[None]] = {}
        self._waiting: dict[Peer, list[bytes]] = {}

    async def start(self, host: str, port: int) -> None:
        """Open the port for UDP and TCP; 0 is any that is free for both. Raises OSError where it is taken."""
        for tries_left in reversed(range(1 if port else TRIES)):
            try:
                await self._open_both(host, port)
            except OSError:
                await self.stop()
                if not tries_left:
                    raise
            else:
                return

    async def _open_both(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), (host, port))
        with contextlib.suppress(OSError, AttributeError):
            # A burst of answers waits here while something else runs.
            self._udp.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._server = await loop.create_server(lambda: _Link(self, None), host, self.port)

    async def stop(self) -> None:
        """Close everything."""
        for task in self._connecting.values():
            task.cancel()
        await asyncio.gather(*self._connecting.values(), return_exceptions=True)
        for link in list(self._links.values()):
            link.close()
        if self._udp:
            self._udp.close()
        if self._server:
            self._server.close()
        # One turn of the loop lets the transports say goodbye to their protocols.
        await asyncio.sleep(0)

    @property
    def port(self) -> int:
        """Where we listen. Raises RuntimeError before the start."""
        if self._udp is None:
            raise RuntimeError("the telephone has not been started")
        return int(self._udp.get_extra_info("sockname")[1])

    def send(self, data: bytes, peer: Peer) -> None:
        """Write; what cannot be written is told to `broken`, never raised."""
        if peer.transport == "udp":
            self._send_datagram(data, peer)
        elif link := self._links.get(peer):
            link.write(data)
        else:
            self._connect(peer, data)

    def _send_datagram(self, data: bytes, peer: Peer) -> None:
        if self._udp is None or self._udp.is_closing():
            return
        try:
            self._udp.sendto(data, (peer.host, peer.port))
        except (OSError, ValueError) as error:
            # An address that our socket cannot send to. Told later: whoever sends is not done with sending.
            _log.info("nothing can be sent to %s:%s: %s", peer.host, peer.port, error)
            asyncio.get_running_loop().call_soon(self._broken, peer)

    def ping(self, peer: Peer) -> None:
        """Keep a way open: an empty line, over TCP only where there is a connection."""
        if peer.transport == "udp" or peer in self._links:
            self.send(sip.PING, peer)

    def _connect(self, peer: Peer, data: bytes) -> None:
        self._waiting.setdefault(peer, []).append(data)
        if peer not in self._connecting:
            task = asyncio.get_running_loop().create_task(self._open(peer))
            self._connecting[peer] = task

    async def _open(self, peer: Peer) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                await loop.create_connection(lambda: _Link(self, peer), peer.host, peer.port)
        except (OSError, TimeoutError) as error:
            _log.info("no connection to %s:%s: %s", peer.host, peer.port, error)
            self._waiting.pop(peer, None)
            self._broken(peer)
        finally:
            del self._connecting[peer]

    def came(self, link: "_Link", peer: Peer) -> bool:
        """A connection is there; whether it may stay."""
        if peer not in self._connecting and not self._has_room(peer.host):
            return False
        self._links[peer] = link
        for data in self._waiting.pop(peer, ()):
            link.write(data)
        return True

    def _has_room(self, host: str) -> bool:
        of_host = sum(peer.host == host for peer in self._links)
        return len(self._links) < MAX_LINKS and of_host < MAX_LINKS_OF_HOST

    def went(self, link: "_Link", peer: Peer) -> None:
        """A connection is gone; the next message opens another."""
        if self._links.get(peer) is link:
            del self._links[peer]
            self._broken(peer)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, transports: Transports) -> None:
        self._transports = transports

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transports.heard(data, Peer("udp", addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        # Which datagram it was is not said; the transaction that waits for it will find out.
        _log.debug("UDP: %s", exc)


class _Link(asyncio.Protocol):
    """A TCP connection. `peer` None: it was opened by the other side."""

    def __init__(self, transports: Transports, peer: Peer | None) -> None:
        self._transports = transports
        self._peer = peer or Peer("tcp", "", 0)
        self._frames = sip.Frames()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not say that they are such.
        self._transport = cast("asyncio.Transport", transport)
        if not self._peer.port:
            host, port = transport.get_extra_info("peername")[:2]
            self._peer = Peer("tcp", host, port)
        if not self._transports.came(self, self._peer):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            messages = self._frames.feed(data)
        except sip.SipError as error:
            _log.info("a stream from %s has lost its step: %s", self._peer.host, error)
            self.close()
            return
        if self._frames.pings:
            self._frames.pings = 0
            self.write(sip.PONG)
        for message in messages:
            self._transports.heard(message, self._peer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transports.went(self, self._peer)

    def write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MAX_UNREAD:
            _log.warning("%s:%s does not read what is sent to it", self._peer.host, self._peer.port)
            self.close()

    def close(self) -> None:
        if self._transport:
            self._transport.abort()


def own_address(peer: Peer) -> str:
    """The address of this machine that packets to `peer` bear. Raises OSError where there is no way there."""
    family = socket.AF_INET6 if ":" in peer.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((peer.host, peer.port))
        return str(probe.getsockname()[0])
