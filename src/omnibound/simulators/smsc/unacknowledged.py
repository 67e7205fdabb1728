"""The deliver_sm of one bind that wait for their responses, and when they are sent again."""

import asyncio
from collections import deque
from collections.abc import Callable

from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c


class Unacknowledged:
    """Numbers posts and remembers them; `overdue` gets, as a list, those that waited for `resend_s` seconds."""

    def __init__(self, resend_s: Callable[[], float], overdue: Callable[[list[bytes]], None]) -> None:
        self.posts: dict[int, bytes] = {}
        """Sequence number -> body; who is acknowledged is taken out."""
        self._loop = asyncio.get_running_loop()
        self._resend_s = resend_s
        self._overdue = overdue
        self._sequence = 0
        self._sent: deque[tuple[float, range]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def number(self, posts: list[bytes]) -> bytes:
        """The PDUs of these, in one piece, remembered as sent now."""
        first = self._sequence + 1
        if first + len(posts) > smpp.MAX_SEQUENCE:
            first = 1
        self._sequence = first + len(posts) - 1
        sequences = range(first, first + len(posts))
        self.posts.update(zip(sequences, posts, strict=True))
        self._sent.append((self._loop.time(), sequences))
        if self._timer is None:
            self._await_oldest()
        command, pack = c.DELIVER_SM, smpp.pdu
        return b"".join([pack(command, sequence, post) for sequence, post in zip(sequences, posts, strict=True)])

    def take_all(self) -> list[bytes]:
        """All that wait, in the order of sending; nothing waits any more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._sent.clear()
        owed = list(self.posts.values())
        # The same dictionary: who reads a chunk of PDUs may still hold it.
        self.posts.clear()
        return owed

    def _await_oldest(self) -> None:
        self._timer = self._loop.call_at(self._sent[0][0] + self._resend_s(), self._look)

    def _look(self) -> None:
        self._timer = None
        old = self._loop.time() - self._resend_s()
        owed: list[bytes] = []
        while self._sent and self._sent[0][0] <= old:
            _, sequences = self._sent.popleft()
            owed.extend([self.posts.pop(one) for one in sequences if one in self.posts])
        if self._sent:
            self._await_oldest()
        if owed:
            self._overdue(owed)
