"""The yardstick of the media benchmarks: what the kernel alone takes for the packets of a call, on this machine."""

import contextlib
import socket
import time
from typing import Final

from omnibound.cli.bench.sockets import listening

FRAMES_A_SECOND: Final = 50
_PACKET: Final = bytes(172)
_CALLS: Final = 200
_ROUNDS: Final = 40


def kernel_share() -> float:
    """Percent of a core for 1,000 calls, if there were nothing but a call of the kernel for each packet out and in.

    The median of some rounds, for others use the processor as well. Raises OSError where there are too few files.
    """
    from omnibound.voice.media.sockets import connected

    with contextlib.ExitStack() as opened:
        phone = opened.enter_context(listening())
        firsts = [opened.enter_context(listening()) for _ in range(_CALLS)]
        ours = [opened.enter_context(connected(each, phone.getsockname())) for each in firsts]
        rounds = sorted(_round_s(phone, ours) for _ in range(_ROUNDS))
    return 100 * 1_000 * FRAMES_A_SECOND * rounds[_ROUNDS // 2] / _CALLS


def _round_s(phone: socket.socket, ours: list[socket.socket]) -> float:
    """Seconds of the processor for a packet of each there and back; what the far end does is not counted."""
    began = time.process_time()
    for each in ours:
        each.send(_PACKET)
    sent = time.process_time()
    with contextlib.suppress(BlockingIOError):
        while True:
            data, source = phone.recvfrom(2_048)
            phone.sendto(data, source)
    echoed = time.process_time()
    for each in ours:
        each.recv(2_048)
    return time.process_time() - echoed + sent - began
