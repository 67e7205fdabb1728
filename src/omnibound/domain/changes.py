"""What a list of moves changes in the store, a list a table, so that it is written by few statements in one commit."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import astuple

from omnibound.domain.balance import Refund, Spent
from omnibound.domain.call import Call
from omnibound.domain.facts import Inbound, Receipt
from omnibound.domain.live import Event, Live, Outcome
from omnibound.domain.member import Member, Result
from omnibound.domain.message import Delivery, Message
from omnibound.domain.push import Push
from omnibound.domain.received import Filed, Received
from omnibound.domain.status import Reason


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


class Suppressed(Struct, frozen=True, gc=False):
    """A number (`key`, as `number_key` writes it) that an account must not reach on a channel any more."""

    account: int
    channel: str
    key: str
    reason: Reason
    at: int


class Changes(Struct, kw_only=True):
    """A list a table. An `owner` is a node's incarnation, 0 for nobody."""

    messages: list[Message] = []
    deliveries: list[Delivery] = []
    refs: list[Ref] = []
    born: list[tuple[Live, int]] = []
    moved: list[tuple[Live, int, int]] = []
    """Live rows as they are now, their owner, and the version that the row must stand at."""
    ended: list[tuple[int, int]] = []
    """(delivery, version) of live rows that go."""
    events: list[Event] = []
    outcomes: list[Outcome] = []
    amended: list[Outcome] = []
    reports: list[Reportable] = []
    pushes: list[Push] = []
    inflight: list[InFlight] = []
    landed: list[tuple[str, str]] = []
    """(carrier, provider id) whose last receipt has come."""
    unmatched: list[tuple[int, Receipt]] = []
    matched: list[int] = []
    """Numbers of unmatched receipts that have found their attempt."""
    handovers: list[HandOverList] = []
    settled: list[int] = []
    """Ids of hand-over lists in which every attempt has a committed outcome."""
    inbound: list[tuple[int, Inbound]] = []
    filed: list[tuple[int, Filed]] = []
    """Numbers of inbound messages that were not filed yet."""
    received: list[Received] = []
    members: list[Member] = []
    results: list[Result] = []
    """Of members, in their order."""
    revised: list[Member] = []
    """Members as their clients want them now; how they stand is left as it is."""
    readdressed: list[Delivery] = []
    """Deliveries whose people are reached elsewhere from now on."""
    told: list[Outcome] = []
    """Those of members: applications may want to know them."""
    calls: list[Call] = []
    suppressed: list[Suppressed] = []
    spent: list[Spent] = []
    refunds: list[Refund] = []

    @property
    def texts(self) -> list[Member]:
        """Members that are found by what they are called."""
        return self.traits

    @property
    def tops(self) -> list[Member]:
        """Members whose external ids may be numbers that others follow."""
        return self.traits

    @property
    def joined(self) -> list[Member]:
        """Members that are counted for the first time."""
        return self.members

    @property
    def traits(self) -> list[Member]:
        """Members whose traits must be known."""
        return [*self.members, *self.revised]

    @property
    def leaving(self) -> list[Result | Member]:
        """What makes members be counted no more where they stood."""
        return [*self.results, *self.revised]

    @property
    def arriving(self) -> list[Result | Member]:
        """The same, once they stand elsewhere."""
        return self.leaving

    @property
    def touched(self) -> list[int]:
        """Deliveries that may stand otherwise than before, some of them more than once."""
        ids = [delivery.id for delivery in self.deliveries]
        ids += [live.id for live, _, _ in self.moved]
        ids += [outcome.delivery for outcome in self.outcomes if outcome.final]
        return ids

    def size(self) -> int:
        """How many rows it writes."""
        return sum(map(len, astuple(self)))


def gather(many: Iterable[Changes]) -> Changes:
    """One `Changes` out of several, in their order."""
    changes = list(many)
    if len(changes) == 1:
        return changes[0]
    whole = Changes()
    lists = astuple(whole)
    for each in changes:
        for rows, more in zip(lists, astuple(each), strict=True):
            if more:
                rows.extend(more)
    return whole
