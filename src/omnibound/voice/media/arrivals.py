"""Which sockets have something: asked once a slot, so that no packet wakes the loop or costs it a turn."""

import logging
import select
import socket
from collections.abc import Callable
from typing import Final

Take = Callable[[int], None]
"""Takes one datagram; is given the instant, in samples on the wheel's clock."""

_MOST: Final = 4_096
"""Sockets that one look may find; those beyond are found by the next."""
_LOOKS: Final = 4
"""Looks in a slot: what has gathered while we were late, or was held up on its way, is taken soon."""
_log = logging.getLogger("omnibound.voice")


class Arrivals:
    """The sockets of all streams. A flood costs no more than its looks; the rest of it the kernel throws away."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._takes: dict[int, Take] = {}

    def join(self, sock: socket.socket, take: Take) -> None:
        """Have its datagrams taken from now on."""
        self._epoll.register(sock, select.EPOLLIN)
        self._takes[sock.fileno()] = take

    def leave(self, sock: socket.socket) -> None:
        """Take them no more; it has to be open still. Nothing happens if it is not here."""
        if self._takes.pop(sock.fileno(), None):
            self._epoll.unregister(sock)

    def look(self, now: int) -> None:
        """Take what has come by now, in samples."""
        takes = self._takes
        for _ in range(_LOOKS if takes else 0):
            ready = self._epoll.poll(0, _MOST)
            for number, _ in ready:
                # What was taken before it may have closed it.
                if take := takes.get(number):
                    try:
                        take(now)
                    except Exception:  # noqa: BLE001 - logged, and it goes on
                        # One call's mistake must not make all others deaf.
                        _log.exception("sound could not be taken")
            if not ready:
                return

    def close(self) -> None:
        """Forget all."""
        self._takes.clear()
        self._epoll.close()
