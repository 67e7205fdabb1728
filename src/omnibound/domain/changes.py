"""What a list of moves changes in the store, a list a table, so that it is written by few statements in one commit."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from omnibound.domain.campaign import Member, Result
from omnibound.domain.facts import Inbound, Receipt
from omnibound.domain.live import Event, Live, Outcome
from omnibound.domain.message import Delivery, Message
from omnibound.domain.push import Push
from omnibound.domain.received import Filed, Received


class InFlight(Struct, frozen=True, gc=False):
    """Which attempt a carrier's id stands for. Kept until `until` (microseconds UTC), for late receipts."""

    carrier: str
    provider_id: str
    delivery: int
    attempt: int
    part: int
    connector: str
    until: int


class HandOverList(Struct, frozen=True, gc=False):
    """Attempts about to be given to a channel: `keys` are (delivery, attempt) pairs. Committed before they go."""

    id: int
    node: int
    connector: str
    keys: list[tuple[int, int]]
    at: int


class Reportable(Struct, frozen=True, gc=False):
    """A report that waits to be taken."""

    account: int
    delivery: int
    attempt: int
    channel: str


class Ref(Struct, frozen=True, gc=False):
    """A client-made id: unique for its account within a day. `hash`: signed 64-bit number; `day`: days since 1970."""

    account: int
    day: int
    hash: int
    delivery: int


class Changes(Struct, kw_only=True):
    """A list a table. An `owner` is a node's incarnation, 0 for nobody."""

    messages: list[Message] = field(default_factory=list[Message])
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    refs: list[Ref] = field(default_factory=list[Ref])
    born: list[tuple[Live, int]] = field(default_factory=list[tuple[Live, int]])
    moved: list[tuple[Live, int, int]] = field(default_factory=list[tuple[Live, int, int]])
    """Live rows as they are now, their owner, and the version that the row must stand at."""
    ended: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """(delivery, version) of live rows that go."""
    events: list[Event] = field(default_factory=list[Event])
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    amended: list[Outcome] = field(default_factory=list[Outcome])
    reports: list[Reportable] = field(default_factory=list[Reportable])
    pushes: list[Push] = field(default_factory=list[Push])
    inflight: list[InFlight] = field(default_factory=list[InFlight])
    landed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(carrier, provider id) whose last receipt has come."""
    unmatched: list[tuple[int, Receipt]] = field(default_factory=list[tuple[int, Receipt]])
    matched: list[int] = field(default_factory=list[int])
    """Numbers of unmatched receipts that have found their attempt."""
    handovers: list[HandOverList] = field(default_factory=list[HandOverList])
    settled: list[int] = field(default_factory=list[int])
    """Ids of hand-over lists in which every attempt has a committed outcome."""
    inbound: list[tuple[int, Inbound]] = field(default_factory=list[tuple[int, Inbound]])
    filed: list[tuple[int, Filed]] = field(default_factory=list[tuple[int, Filed]])
    """Numbers of inbound messages that were not filed yet."""
    received: list[Received] = field(default_factory=list[Received])
    members: list[Member] = field(default_factory=list[Member])
    results: list[Result] = field(default_factory=list[Result])
    """Of members; the last one of a member counts."""

    @property
    def touched(self) -> list[int]:
        """Deliveries that may stand otherwise than before, some of them more than once."""
        ids = [delivery.id for delivery in self.deliveries]
        ids += [live.id for live, _, _ in self.moved]
        ids += [outcome.delivery for outcome in self.outcomes if outcome.final]
        return ids

    def size(self) -> int:
        """How many rows it writes."""
        return sum(len(rows) for rows in self._lists())

    def _lists(self) -> list[list[Any]]:
        return [getattr(self, name) for name in self.__struct_fields__]


def gather(many: Iterable[Changes]) -> Changes:
    """One `Changes` out of several, in their order."""
    changes = list(many)
    if len(changes) == 1:
        return changes[0]
    whole = Changes()
    for name in Changes.__struct_fields__:
        rows = getattr(whole, name)
        for each in changes:
            rows += getattr(each, name)
    return whole
