"""Pairs of UDP ports, an even one for RTP and the next for RTCP, out of a range that the firewall lets in."""

import contextlib
import errno
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from omnibound.domain.errors import Busy

QUARANTINE_S: Final = 10.0
"""A port rests for so long, so that the last call's late packets do not reach the next call."""
_TAKEN = {errno.EADDRINUSE, errno.EACCES}
_BUFFER: Final = 1 << 16
_EXPEDITED: Final = 0xB8
"""The type of service of voice (RFC 3246, expedited forwarding), for networks that heed it."""

Pair = tuple[socket.socket, socket.socket]


class Ports:
    """The pairs of a range. `host` is the address they are bound to."""

    def __init__(self, first: int, last: int, host: str, quarantine_s: float = QUARANTINE_S) -> None:
        """Raises ValueError for a range without a pair."""
        evens = range(first + first % 2, last, 2)
        if not evens or not 0 < first <= last < 65_536:
            raise ValueError(f"no pair of ports in {first} to {last}")
        self.host = host
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._quarantine_s = quarantine_s
        self._free = deque(evens)
        self._resting: deque[tuple[float, int]] = deque()
        self._clock: Callable[[], float] = time.monotonic

    @property
    def free(self) -> int:
        """Pairs that can be opened now, as far as nobody else has taken them."""
        self._wake()
        return len(self._free)

    def open(self) -> Pair:
        """Bind a pair: RTP, RTCP; neither blocks. Raises Busy when there is none, OSError when sockets are refused."""
        self._wake()
        for _ in range(len(self._free)):
            port = self._free.popleft()
            try:
                return self._bind(port)
            except OSError as error:
                if error.errno not in _TAKEN:
                    self._free.append(port)
                    raise
                # Another program has it; it may be free later.
                self._rest(port)
        raise Busy("No RTP port is free.", retry_after=1)

    def close(self, pair: Pair) -> None:
        """Close a pair and let its ports rest."""
        port = pair[0].getsockname()[1]
        for each in pair:
            each.close()
        self._rest(port)

    def _rest(self, port: int) -> None:
        self._resting.append((self._clock() + self._quarantine_s, port))

    def _wake(self) -> None:
        now = self._clock()
        while self._resting and self._resting[0][0] <= now:
            self._free.append(self._resting.popleft()[1])

    def _bind(self, port: int) -> Pair:
        rtp = self._socket(port)
        try:
            return rtp, self._socket(port + 1)
        except OSError:
            rtp.close()
            raise

    def _socket(self, port: int) -> socket.socket:
        made = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            made.setblocking(False)
            made.bind((self.host, port))
            expedite(made)
        except OSError:
            made.close()
            raise
        return made


def expedite(made: socket.socket) -> None:
    """A small buffer, for what waits long is of no use; and expedited forwarding, where that is allowed. Raises
    OSError.
    """
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    with contextlib.suppress(OSError):
        if made.family is socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _EXPEDITED)
        else:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _EXPEDITED)
