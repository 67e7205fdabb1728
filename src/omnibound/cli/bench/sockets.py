"""Sockets of the far ends of benchmarks."""

import socket

_BUFFER = 8 << 20


def listening() -> socket.socket:
    """One of this machine that has room for much, and does not wait."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    made.bind(("127.0.0.1", 0))
    return made
