"""The sockets of one stream's sound: that of its port, and one that is connected to the far end once that is known."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from omnibound.voice.media.arrivals import Arrivals, Take
from omnibound.voice.media.incoming import Incoming
from omnibound.voice.media.outgoing import Outgoing
from omnibound.voice.media.ports import expedite
from omnibound.voice.media.remote import Address
from omnibound.wire.rtp import LONGEST

_MOST_WAITING = 1_000
"""More datagrams than a socket's buffer holds."""


class Sockets:
    """Brings what comes to `incoming`, and tells `outgoing` which socket to send with.

    While the far end is where the signalling said, a second socket on the same port is connected to it. The kernel then
    looks for no route, and gives us no address to compare: a fifth of what a packet costs. All others still reach the
    first socket, so strangers are counted, nobody is told that the port is closed, and one who has moved can be heard.
    """

    def __init__(self, sock: socket.socket, arrivals: Arrivals, outgoing: Outgoing, incoming: Incoming) -> None:
        self._first = sock
        self._direct: socket.socket | None = None
        self._arrivals = arrivals
        self._outgoing = outgoing
        self._incoming = incoming
        self._loop = asyncio.get_running_loop()
        self._hurries = False
        incoming.settled = self.settle
        drain(sock)
        self._hear(sock, incoming.take, incoming.receive)

    def settle(self) -> None:
        """The far end sends from the address that the signalling named."""
        if self._direct:
            return
        # Without it the call goes on as it is: for want of files, or where there is no way there.
        with contextlib.suppress(OSError):
            direct = self._direct = connected(self._first, self._incoming.remote.named)
            self._outgoing.direct, self._incoming.direct = direct.send, direct.recv
            self._hear(direct, self._incoming.take_direct, self._incoming.receive_direct)

    def unsettle(self) -> None:
        """It may be anywhere from now on."""
        direct, self._direct = self._direct, None
        if direct:
            self._outgoing.direct = self._incoming.direct = None
            self._leave(direct)
            direct.close()

    def hasten(self, on: bool) -> None:
        """Take each packet on its arrival, or (`on` false) in the next slot again."""
        direct = self._direct
        self._leave(self._first)
        if direct:
            self._leave(direct)
        self._hurries = on
        self._hear(self._first, self._incoming.take, self._incoming.receive)
        if direct:
            self._hear(direct, self._incoming.take_direct, self._incoming.receive_direct)

    def close(self) -> None:
        """Hear nothing any more. The first socket is whoever opened it's to close."""
        self.unsettle()
        self._leave(self._first)

    def _hear(self, sock: socket.socket, take: Take, receive: Callable[[], None]) -> None:
        if self._hurries:
            self._loop.add_reader(sock, receive)
        else:
            self._arrivals.join(sock, take)

    def _leave(self, sock: socket.socket) -> None:
        if self._hurries:
            self._loop.remove_reader(sock)
        else:
            self._arrivals.leave(sock)


def connected(sock: socket.socket, address: Address) -> socket.socket:
    """A socket on the same port that hears and sends to this address only. Raises OSError."""
    made = socket.socket(sock.family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        both = (sock, made)
        for each in both:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            made.bind(sock.getsockname())
        finally:
            # Nobody else may have the port.
            for each in both:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
        made.connect(address)
        expedite(made)
        # Between the last two, others could be heard as well.
        drain(made)
    except OSError:
        made.close()
        raise
    return made


def drain(sock: socket.socket) -> None:
    """What came before the terms is not this conversation: the network's announcements, heard by nobody."""
    with contextlib.suppress(OSError):
        for _ in range(_MOST_WAITING):
            sock.recv(LONGEST + 1)
