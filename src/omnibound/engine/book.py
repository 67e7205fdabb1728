"""What this node holds in memory of unfinished deliveries: a mirror of the store with what it is about to commit."""

from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Protocol

from omnibound.domain.campaign import CHANNEL
from omnibound.domain.changes import InFlight
from omnibound.domain.facts import Receipt
from omnibound.domain.live import Live, Stage
from omnibound.domain.message import Delivery, Message

ENTRIES_AT_MOST = 300_000
"""Beyond this the oldest that only wait for a receipt are let go; their receipts find them in the store."""

LET_GO_BEYOND = 5_000
LET_GO_AT_ONCE = 6_000
"""A look at the clock must not hold up the loop; five looks a second keep up with any load."""

UNMATCHED_AT_MOST = 50_000
LANDED_AT_MOST = 25_000
"""Kept in two generations: the older one goes at once, which costs nothing per id."""


class HandOver:
    """An open hand-over list: how many of its attempts have no outcome yet."""

    __slots__ = ("id", "open")

    def __init__(self, id_: int, count: int) -> None:
        self.id = id_
        self.open = count


class Place(Protocol):
    """Where an entry waits."""

    def leave(self, entry: "Entry") -> None:
        """It waits here no longer."""
        ...


class Entry:
    """One unfinished delivery in memory. `queue` is where it waits; `handover` the open list its attempt is in."""

    __slots__ = ("delivery", "handover", "keys", "live", "message", "own", "owner", "queue", "requeued", "ticket")

    def __init__(self, live: Live, delivery: Delivery, message: Message, owner: int = 0) -> None:
        self.live = live
        self.delivery = delivery
        self.message = message
        self.owner = owner
        """Who owned it when it was read from the store."""
        self.queue: Place | None = None
        self.handover: HandOver | None = None
        self.ticket = 0
        """Grows with each queueing: an older place in a line counts no more."""
        self.requeued = False
        """Given back to be queued, but not queued yet."""
        self.keys: tuple[tuple[str, str], ...] = ()
        self.own = False
        """Whether the message says what this very person is told: its templates are filled."""


class Book:
    """Entries by delivery, and which attempt a carrier's id stands for."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.inflight: dict[tuple[str, str], InFlight] = {}
        self._landed: dict[tuple[str, str], InFlight] = {}
        self._landed_before: dict[tuple[str, str], InFlight] = {}
        self.unmatched: dict[tuple[str, str], list[tuple[int, Receipt]]] = {}

    def add(self, entries: Iterable[Entry]) -> None:
        """Hold these."""
        self.entries.update((entry.live.id, entry) for entry in entries)

    def drop(self, entry: Entry) -> None:
        """Forget a delivery; what is still in flight for it is found in the store."""
        self.entries.pop(entry.live.id, None)
        self._forget_keys(entry)

    def forget(self, deliveries: Iterable[int]) -> None:
        """Forget these wholly: the store knows better."""
        for id_ in deliveries:
            entry = self.entries.pop(id_, None)
            if entry is not None:
                self._forget_keys(entry)

    def land(self, key: tuple[str, str]) -> None:
        """The last receipt for a carrier's id has come; another one is recognised for a while."""
        flight = self.inflight.pop(key, None)
        if flight is None:
            return
        self._landed[key] = flight
        if len(self._landed) >= LANDED_AT_MOST:
            self._landed_before, self._landed = self._landed, {}

    def landed(self, key: tuple[str, str]) -> InFlight | None:
        """What a carrier's id stood for, when its last receipt has come not long ago."""
        return self._landed.get(key) or self._landed_before.get(key)

    def evict(self) -> int:
        """Let go the oldest entries beyond the bound that only wait for a receipt; how many went."""
        surplus = len(self.entries) - ENTRIES_AT_MOST
        if surplus <= 0:
            return 0
        idle = (e for e in self.entries.values() if e.live.stage is Stage.SENT and e.handover is None and not _rings(e))
        old = list(islice(idle, min(surplus + LET_GO_BEYOND, LET_GO_AT_ONCE)))
        self.forget([entry.live.id for entry in old])
        return len(old)

    def _forget_keys(self, entry: Entry) -> None:
        for key in entry.keys:
            self.inflight.pop(key, None)

    def keep_unmatched(self, number: int, receipt: Receipt) -> None:
        """Remember a receipt that found nothing, until its attempt is known."""
        if len(self.unmatched) < UNMATCHED_AT_MOST:
            self.unmatched.setdefault((receipt.carrier, receipt.provider_id), []).append((number, receipt))

    def take_unmatched(self, number: int, receipt: Receipt) -> None:
        """This one is heard now, and not again; whether it was remembered or not."""
        key = (receipt.carrier, receipt.provider_id)
        left = [numbered for numbered in self.unmatched.pop(key, ()) if numbered[0] != number]
        if left:
            self.unmatched[key] = left

    def forget_unmatched(self, before: int) -> None:
        """Let go those with a number below this one. Keys stand in the order of their first numbers, or nearly so."""
        old = list(takewhile(lambda key: self.unmatched[key][0][0] < before, self.unmatched))
        for key in old:
            young = [numbered for numbered in self.unmatched.pop(key) if numbered[0] >= before]
            if young:
                self.unmatched[key] = young


def _rings(entry: Entry) -> bool:
    """Whether it is a call of a dialer, which counts those that are under way here."""
    flow = entry.message.flow
    return flow.dialled and flow.steps[entry.live.step].channel == CHANNEL
