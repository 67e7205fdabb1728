"""Which connector takes an attempt: those of its channel share the traffic, by what waits for each.

A step may name the only one that takes it. What is tried again goes to the next one in their order, so that each has
its turn.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from omnibound.domain.flow import Step
from omnibound.domain.live import Said, Word
from omnibound.domain.status import Reason
from omnibound.engine.book import Entry
from omnibound.engine.sender import Sender
from omnibound.engine.stops import Stops

SPREAD = 200
"""How many of a bulk go to one connector before the next is asked."""


class Routes:
    """The senders by channel. `refuse` takes the words on entries that no connector carries."""

    def __init__(
        self,
        refuse: Callable[[list[tuple[Entry, Word]]], object],
        clock: Callable[[], int],
        stops: Stops | None = None,
    ) -> None:
        self._senders: dict[str, list[Sender]] = {}
        self._refuse = refuse
        self._clock = clock
        self._stops = Stops() if stops is None else stops
        self.pass_on: Callable[[Iterable[Entry]], Iterable[Entry]] = lambda entries: entries
        """Those that may wait as they are; whoever keeps the others enqueues them again."""

    def add(self, sender: Sender) -> None:
        """Another way out."""
        self._senders.setdefault(sender.channel.channel, []).append(sender)

    def channels(self) -> list[str]:
        """The channels that are carried here."""
        return list(self._senders)

    def senders(self, channel: str | None = None) -> list[Sender]:
        """All of them, or those of one channel."""
        if channel is not None:
            return self._senders.get(channel, [])
        return [sender for senders in self._senders.values() for sender in senders]

    def others(self, step: Step, connector: str) -> int:
        """How many connectors beside this one could take a step now."""
        if step.connector:
            return 0
        return sum(s.channel.name != connector and s.channel.up() for s in self._senders.get(step.channel, ()))

    def is_up(self, channel: str, connector: str = "") -> bool:
        """Whether this connector, or any of the channel, is up."""
        senders = self._senders.get(channel, [])
        return any(s.channel.up() for s in senders if s.channel.name == (connector or s.channel.name))

    def carries(self, channel: str) -> bool:
        """Whether any connector here carries a channel."""
        return channel in self._senders

    def waiting(self, channel: str | None = None) -> int:
        """How many entries wait in all queues, or in those of one channel."""
        return sum(sender.queue.size for sender in self.senders(channel))

    def taken(self, channel: str) -> int:
        """How many have gone on from the queues of a channel since the start."""
        return sum(sender.queue.taken for sender in self.senders(channel))

    def enqueue(self, entries: Iterable[Entry]) -> None:
        """Let each wait for a connector of its step's channel, unless its sender holds it back."""
        if self._stops:
            entries = self._stops.let_pass(entries)
        entries = self.pass_on(entries)
        for (channel, connector, *_), group in groupby(entries, _alike):
            self._enqueue_alike(channel, connector, list(group))

    def _enqueue_alike(self, channel: str, connector: str, entries: list[Entry]) -> None:
        senders = self._senders.get(channel, [])
        if connector:
            senders = [sender for sender in senders if sender.channel.name == connector]
        if not senders:
            self._refuse([(entry, self._no_route(entry, connector or channel)) for entry in entries])
        elif len(senders) == 1:
            senders[0].queue.put(entries)
            senders[0].wake()
        else:
            for start in range(0, len(entries), SPREAD):
                self._spread(senders, entries[start : start + SPREAD])

    def _no_route(self, entry: Entry, missing: str) -> Word:
        entry.requeued = False
        return Word(Said.FAILED, entry.live.attempt, self._clock(), Reason.NO_ROUTE, missing)

    def _spread(self, senders: Sequence[Sender], entries: list[Entry]) -> None:
        first = entries[0].live
        up = [sender for sender in senders if sender.channel.up()] or senders
        sender = _next_to(first.connector, senders, up) if first.tries else min(up, key=Sender.load)
        sender.queue.put(entries)
        sender.wake()

    def reroute(self, name: str) -> None:
        """A link is down: what waits for it goes to its fellows, if one of them is up."""
        for senders in self._senders.values():
            for sender in senders:
                if sender.channel.name == name and any(s.channel.up() for s in senders):
                    self._empty(sender)

    def rescue(self, name: str) -> None:
        """A connector has come up: what waits for a fellow that is down goes on."""
        for senders in self._senders.values():
            if any(sender.channel.name == name for sender in senders):
                for sender in senders:
                    if not sender.channel.up():
                        self._empty(sender)

    def _empty(self, sender: Sender) -> None:
        self.enqueue(sorted(sender.queue.clear(), key=lambda e: (e.live.cls, e.live.account, e.live.id)))


def _next_to(name: str, senders: Sequence[Sender], up: Sequence[Sender]) -> Sender:
    """The first that is up behind the one of this name, all around."""
    names = [sender.channel.name for sender in senders]
    place = names.index(name) + 1 if name in names else 0
    return next(sender for sender in (*senders[place:], *senders[:place]) if sender in up)


def _alike(entry: Entry) -> tuple[str, str, int, int, str]:
    live = entry.live
    step = entry.message.flow.steps[live.step]
    return step.channel, step.connector, live.account, live.cls, live.connector if live.tries else ""
