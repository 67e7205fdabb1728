"""A lane for each address, and pools that lanes take turns in: a dead address never holds back another."""

from collections import deque
from collections.abc import Sequence
from itertools import groupby

from msgspec import Struct

from omnibound.domain.flow import MINUTE, SECOND
from omnibound.domain.push import Push, PushKey, Topic

REST_AT_MOST = MINUTE
TOLERATED = 3
"""Misses on end after which an address that worked is not proven any more: one odd report must not stop the rest."""


class Parcel(Struct, frozen=True):
    """What is posted together: of one account, on one topic, for one address, in one format."""

    account: int
    topic: Topic
    format: str
    pushes: tuple[Push, ...]


def parcels(pushes: Sequence[Push], size: int) -> list[Parcel]:
    """Pushes for one address, packed in their order.

    What was missed together became due at the same instant, and is packed together again: so its id stays the same.
    A request of its own goes alone.
    """
    packed: list[Parcel] = []
    ordered = sorted(pushes, key=lambda push: (*_together(push), push.key))
    for (_, account, topic, format_, _), group in groupby(ordered, key=_together):
        rows = list(group)
        packed += [Parcel(account, topic, format_, tuple(rows[i : i + size])) for i in range(0, len(rows), size)]
    return packed


def _together(push: Push) -> tuple[int, int, Topic, str, tuple[int, ...]]:
    alone = push.key if push.request else ()
    return (push.due_at if push.tries else 0, push.account, push.topic, push.format, alone)


class Lane:
    """What is known of one address. It is `proven` from when it accepts something until it misses a few on end."""

    __slots__ = ("busy", "misses", "posting", "proven", "queued", "rest_until", "rests", "url", "waiting")

    def __init__(self, url: str) -> None:
        self.url = url
        self.waiting: deque[Parcel] = deque()
        self.busy: set[PushKey] = set()
        """Keys of what waits here or is being posted."""
        self.posting = 0
        self.proven = False
        self.misses = 0
        self.rests = 0
        self.rest_until = 0
        self.queued = False

    def wants(self, now: int, width: int) -> bool:
        """Whether it has need of more; one that is not proven is given one parcel at a time."""
        return now >= self.rest_until and (len(self.waiting) < width if self.proven else not self.busy)

    def take(self, packed: Sequence[Parcel]) -> None:
        """Let parcels wait here."""
        self.waiting += packed
        self.busy.update(push.key for parcel in packed for push in parcel.pushes)

    def accepted(self, parcel: Parcel) -> None:
        """The address lives."""
        self.proven, self.misses, self.rests, self.rest_until = True, 0, 0, 0
        self._let_go(parcel)

    def missed(self, parcel: Parcel, now: int) -> None:
        """Unless it works on the whole it rests for 1 s, doubling up to a minute; what waits goes back to the store."""
        self._let_go(parcel)
        self.misses += 1
        if self.proven and self.misses < TOLERATED:
            return
        self.proven = False
        if now >= self.rest_until:
            self.rest_until = now + min(REST_AT_MOST, SECOND << min(self.rests, 6))
            self.rests += 1
        while self.waiting:
            self._let_go(self.waiting.popleft())

    def _let_go(self, parcel: Parcel) -> None:
        self.busy.difference_update(push.key for push in parcel.pushes)

    def idle(self, now: int) -> bool:
        """Whether nothing would be lost by forgetting it."""
        return not self.busy and now >= self.rest_until


class Pool:
    """So many posts at once, for lanes in turns."""

    def __init__(self, slots: int) -> None:
        self.free = slots
        self._turns: deque[Lane] = deque()

    def queue(self, lane: Lane) -> None:
        """Give a lane with parcels its turn, after the others."""
        if lane.waiting and not lane.queued:
            lane.queued = True
            self._turns.append(lane)

    def next(self, width: int) -> tuple[Lane, Parcel] | None:
        """What is to be posted now, by a lane that posts less than `width` at once; None when nothing can be."""
        while self.free and self._turns:
            lane = self._turns.popleft()
            lane.queued = False
            if lane.waiting and lane.posting < width:
                self.free -= 1
                lane.posting += 1
                parcel = lane.waiting.popleft()
                self.queue(lane)
                return lane, parcel
        return None
