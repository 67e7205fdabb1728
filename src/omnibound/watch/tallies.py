"""What is counted in passing: of whole commits, HTTP requests and looks.

A commit of a thousand rows is counted by runs that are alike, and times are taken of a sample: about a hundredth of the
processor time of a message.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from omnibound.domain.changes import Changes, HandOverList
from omnibound.domain.live import Event, Outcome, Said
from omnibound.domain.status import Reason, Status
from omnibound.watch.histogram import FAST, ROWS, SLOW, Histogram

MICRO = 1_000_000
SAMPLE = 16
"""Of how many attempts of one list the time is taken."""
PROBES_AT_MOST = 20_000
"""Attempts whose answer is awaited. Beyond it all are forgotten: what is never answered must not grow for ever."""

HANDED = frozenset((Said.ACCEPTED, Said.FAILED, Said.RETURNED, Said.UNKNOWN))
"""One of these is said of each attempt that was given to a channel."""
RECEIPTS = frozenset((Said.ENROUTE, Said.DELIVERED, Said.SEEN, Said.UNDELIVERED, Said.EXPIRED))
_TOLD = frozenset((Status.DELIVERED, Status.SEEN, Status.FAILED))
"""Ends that somebody told; the others are those of our own clock, or of a person."""

_word = attrgetter("connector", "said", "reason")
_end = attrgetter("final", "connector", "status", "reason")
K = TypeVar("K", bound=Hashable)
Word = tuple[str, Said, Reason]
End = tuple[str, Status, Reason]
Probe = tuple[int, int, int]
"""An attempt's number, when it was handed over, and for how many it stands."""
_NO_PROBE: Probe = (-1, 0, 0)


class Tallies:
    """Everything since the start. Each kind of thing is counted by one thread; whoever reads copies first."""

    def __init__(self) -> None:
        self.taken = self.inbound = self.unmatched = self.matched = 0
        """Deliveries from clients; messages from people; receipts that found nothing, and those that did later."""
        self.words: Counter[Word] = Counter()
        """What was said of attempts, with the connector that it was said of."""
        self.ends: Counter[End] = Counter()
        """How deliveries ended, with the connector that they were last tried with."""
        self.requests: Counter[tuple[str, int]] = Counter()
        """HTTP requests by dialect and status."""
        self.commit_s = Histogram(FAST)
        self.commit_rows = Histogram(ROWS)
        self.lag_s = Histogram(FAST)
        self.dialer_s = Histogram(FAST)
        self.submit_s: defaultdict[str, Histogram] = defaultdict(lambda: Histogram(FAST, MICRO))
        self.receipt_s: defaultdict[str, Histogram] = defaultdict(lambda: Histogram(SLOW, MICRO))
        self.request_s: defaultdict[str, Histogram] = defaultdict(lambda: Histogram(FAST))
        self._probes: dict[int, Probe] = {}

    def committed(self, changes: Changes, seconds: float) -> None:
        """A group of work was committed, and that took so long."""
        self.commit_s.take([seconds])
        self.commit_rows.take([changes.size()])
        self.taken += len(changes.deliveries)
        self.inbound += len(changes.inbound)
        self.unmatched += len(changes.unmatched)
        self.matched += len(changes.matched)
        for handover in changes.handovers:
            self._probe(handover)
        if changes.events:
            self._heard(changes.events)
        if changes.outcomes:
            self._ended(changes.outcomes)

    def requested(self, dialect: str, status: int, seconds: float) -> None:
        """An HTTP request was answered."""
        self.requests[dialect, status] += 1
        self.request_s[dialect].take([seconds])

    def dialer_looked(self, seconds: float) -> None:
        """The dialer has looked at who is to be called."""
        self.dialer_s.take([seconds])

    def said(self, *said: Said) -> Counter[str]:
        """How often one of these was said, by connector."""
        return summed(self.words, said)

    def ended(self, *statuses: Status) -> Counter[str]:
        """How many deliveries ended so, by connector."""
        return summed(self.ends, statuses)

    def _probe(self, handover: HandOverList) -> None:
        if len(self._probes) > PROBES_AT_MOST:
            self._probes.clear()
        stride = len(handover.keys) // SAMPLE + 1
        self._probes.update((id_, (attempt, handover.at, stride)) for id_, attempt in handover.keys[::stride])

    def _heard(self, events: list[Event]) -> None:
        """They come in runs that are alike: a run is hashed once, and not each of its events."""
        for word, run in groupby(events, _word):
            alike = list(run)
            self.words[word] += len(alike)
            if word[1] in HANDED and (probes := self._probes):
                self._answered([event for event in alike if event.delivery in probes])

    def _answered(self, answers: list[Event]) -> None:
        """To those whose time is taken. What answers another attempt counts nowhere."""
        for event in answers:
            attempt, at, stride = self._probes.get(event.delivery, _NO_PROBE)
            if event.attempt == attempt:
                del self._probes[event.delivery]
                self.submit_s[event.connector].take([max(0, event.at - at)], stride)

    def _ended(self, outcomes: list[Outcome]) -> None:
        for (final, *end), run in groupby(outcomes, _end):
            if final:
                connector, status, reason = end
                self.ends[connector, status, reason] += len(list(run))
        stride = len(outcomes) // SAMPLE + 1
        for outcome in outcomes[::stride]:
            if outcome.status in _TOLD and 0 < outcome.sent_at <= outcome.done_at:
                self.receipt_s[outcome.connector].take([outcome.done_at - outcome.sent_at], stride)


def summed(counts: Mapping[tuple[str, K, Reason], int], wanted: Iterable[K]) -> Counter[str]:
    """Those whose second word is wanted, by the first."""
    kinds = frozenset(wanted)
    sums: Counter[str] = Counter()
    for (connector, kind, _), number in dict(counts).items():
        if kind in kinds:
            sums[connector] += number
    return sums
