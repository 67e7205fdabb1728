"""What one system_id is owed: receipts and inbound messages, held until one of its binds has acknowledged them."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from omnibound.simulators.smsc.buckets import Buckets
from omnibound.simulators.smsc.posts import Due, stamp, write_receipts
from omnibound.simulators.smsc.settings import SmscSettings
from omnibound.simulators.smsc.tally import Tally
from omnibound.simulators.smsc.tokens import Tokens

_REMEMBERED: Final = 100_000


class Receiver(Protocol):
    """A bind that takes deliver_sm."""

    def room(self) -> int:
        """How many more it takes now."""
        ...

    def deliver(self, posts: list[bytes]) -> None:
        """Send these; what is not acknowledged comes back through `again`."""
        ...


class Mailbox:
    """One system_id's. Binds come and go; what is owed stays."""

    def __init__(self, system_id: str, settings: Callable[[], SmscSettings], tally: Tally) -> None:
        self.system_id = system_id
        self.tokens = Tokens(asyncio.get_running_loop().time)
        self._settings = settings
        self._tally = tally
        self._receivers: list[Receiver] = []
        self._waiting: deque[bytes] = deque()
        self._due: Buckets[Due] = Buckets(self.release)
        self._refused_once: OrderedDict[bytes, None] = OrderedDict()

    def first_time(self, number: bytes) -> bool:
        """Whether this number is asked about for the first time (of the last 100,000)."""
        if number in self._refused_once:
            return False
        self._refused_once[number] = None
        if len(self._refused_once) > _REMEMBERED:
            self._refused_once.popitem(last=False)
        return True

    def schedule(self, seconds: float, dues: Iterable[Due]) -> None:
        """Receipts that will be due in so many seconds; they are counted by who plans them."""
        self._due.add(seconds, dues)

    def release(self, dues: list[Due]) -> None:
        """Receipts that are due now."""
        self._tally.report([due[5].word for due in dues])
        self.post(write_receipts(dues, stamp(time.time()), self._settings().receipts))

    def post(self, posts: Iterable[bytes]) -> None:
        """Send these to whoever is bound, or hold them until somebody is."""
        self._waiting.extend(posts)
        self.flush()

    def again(self, posts: list[bytes]) -> None:
        """What was sent and not acknowledged, to be sent before all else."""
        self._tally.counts.resent += len(posts)
        self._waiting.extendleft(reversed(posts))
        self.flush()

    def join(self, receiver: Receiver) -> None:
        """A bind that takes deliver_sm is there; what waits is sent to it."""
        self._receivers.append(receiver)
        self.flush()

    def leave(self, receiver: Receiver, unacknowledged: list[bytes]) -> None:
        """That bind has gone; what it did not acknowledge goes to another, or waits for one."""
        self._receivers.remove(receiver)
        self.again(unacknowledged)

    def flush(self) -> None:
        """Send what waits, in equal shares, as far as the receivers have room."""
        waiting = self._waiting
        while waiting and (ready := [one for one in self._receivers if one.room() > 0]):
            share = -(-len(waiting) // len(ready))
            for receiver in ready:
                count = min(share, receiver.room(), len(waiting))
                if count > 0:
                    receiver.deliver([waiting.popleft() for _ in range(count)])
        self._tally.changed()

    def clear(self) -> None:
        """Forget what is due and what waits."""
        self._due.clear()
        self._waiting.clear()
