"""Which connector takes an attempt: those of its channel share the traffic, by what waits for each.

A step may name the only one that takes it. What is tried again goes to the next one in their order, so that each has
its turn. Where a channel has routes (`domain/routing.py`), only those of an attempt's route take it.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby

from omnibound.domain.facts import Fact
from omnibound.domain.live import Said, Word
from omnibound.domain.status import Reason
from omnibound.engine.book import Entry
from omnibound.engine.sender import Sender
from omnibound.engine.stops import Stops
from omnibound.engine.switching import Switching
from omnibound.ports import Channel, Emit

SPREAD = 200
"""How many of a bulk go to one connector before the next is asked."""

NO_ROUTE = "no route"

VIA = "via:"
"""Begins the channel of what waits for one connector, whichever node has it."""


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
        self.switching = Switching(clock)
        """The routes of the configuration, and how well their connectors are."""
        self.pass_on: Callable[[Iterable[Entry]], Iterable[Entry]] = lambda entries: entries
        """Those that may wait as they are; whoever keeps the others enqueues them again."""

        self.keeps: Callable[[Channel], bool] = lambda channel: channel.share.binds > 0
        """Whether what waits for a connector waits here: where several nodes share it, only those that hold some."""

    def add(self, sender: Sender) -> None:
        """Another way out."""
        self._senders.setdefault(sender.channel.channel, []).append(sender)

    def exchange(self, old: Sender, new: Sender) -> None:
        """Another one of the same channel takes the place of one; whoever waits there is not moved."""
        senders = self._senders[old.channel.channel]
        senders[senders.index(old)] = new

    def take_out(self, sender: Sender) -> None:
        """One way less."""
        senders = self._senders[sender.channel.channel]
        senders.remove(sender)
        if not senders:
            del self._senders[sender.channel.channel]

    def channels(self) -> list[str]:
        """The channels that are carried here."""
        return list(self._senders)

    def senders(self, channel: str | None = None) -> list[Sender]:
        """All of them, or those of one channel."""
        if channel is not None:
            return self._senders.get(channel, [])
        return [sender for senders in self._senders.values() for sender in senders]

    def others(self, entry: Entry, connector: str) -> int:
        """How many connectors beside this one could take an entry's step now."""
        step = entry.message.flow.steps[entry.live.step]
        if step.connector:
            return 0
        fellows = [s for s in self._senders.get(step.channel, ()) if s.channel.name != connector and s.channel.up()]
        if step.channel in self.switching.plan.channels:
            own = self.switching.fellows(entry)
            fellows = [sender for sender in fellows if sender.channel.name in own]
        return len(fellows)

    def listen(self, emit: Emit) -> Emit:
        """What connectors are given in place of `emit`: how well they are is counted, where there are routes."""

        def counted(facts: Sequence[Fact]) -> Awaitable[None]:
            done = emit(facts)
            if self.switching.plan.channels:
                for name in self.switching.count(facts):
                    self.reroute(name)
            return done

        return counted

    def is_up(self, channel: str, connector: str = "") -> bool:
        """Whether this connector, or any of the channel, is up."""
        senders = self._senders.get(channel, [])
        return any(s.channel.up() for s in senders if s.channel.name == (connector or s.channel.name))

    def carries(self, channel: str) -> bool:
        """Whether any connector here carries a channel."""
        return channel in self._senders

    def serves(self, waiting_for: str) -> bool:
        """Whether what waits for a channel, or for one connector of it (`via:NAME`), may be claimed here.

        What nobody carries any more is claimed by anybody, and fails at once.
        """
        takers = self._takers(waiting_for)
        return not takers or any(self.keeps(sender.channel) for sender in takers)

    def channel_of(self, waiting_for: str) -> str:
        """The channel of what waits for it, or for one connector of it."""
        takers = self._takers(waiting_for)
        return takers[0].channel.channel if takers else waiting_for

    def _takers(self, waiting_for: str) -> list[Sender]:
        name = waiting_for.removeprefix(VIA)
        return self.senders(name) if name == waiting_for else [s for s in self.senders() if s.channel.name == name]

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

    def replan(self) -> None:
        """The routes are others: what waits anywhere is shared anew."""
        self.enqueue_all([entry for sender in self.senders() for entry in sender.queue.clear()])

    def enqueue_all(self, entries: Iterable[Entry]) -> None:
        """The same for entries in no order."""
        self.enqueue(sorted(entries, key=lambda e: (e.live.cls, e.live.account, e.live.id)))

    def _enqueue_alike(self, channel: str, connector: str, entries: list[Entry]) -> None:
        senders = self._senders.get(channel, [])
        if connector:
            senders = [sender for sender in senders if sender.channel.name == connector]
        elif channel in self.switching.plan.channels:
            self._enqueue_planned(senders, entries)
            return
        if not senders:
            self._refuse([(entry, self._no_route(entry, connector or channel)) for entry in entries])
        elif len(senders) == 1:
            senders[0].queue.put(entries)
            senders[0].wake()
        else:
            for start in range(0, len(entries), SPREAD):
                self._spread(senders, entries[start : start + SPREAD])

    def _enqueue_planned(self, senders: list[Sender], entries: list[Entry]) -> None:
        for sender, lot in self.switching.lots(senders, entries):
            if sender is None:
                self._refuse([(entry, self._no_route(entry, NO_ROUTE)) for entry in lot])
            else:
                sender.queue.put(lot)
                sender.wake()

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
        """A link is down, or its connector sick: what waits for it goes to its fellows, if one of them is up."""
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
        self.enqueue_all(sender.queue.clear())


def _next_to(name: str, senders: Sequence[Sender], up: Sequence[Sender]) -> Sender:
    """The first that is up behind the one of this name, all around."""
    names = [sender.channel.name for sender in senders]
    place = names.index(name) + 1 if name in names else 0
    return next(sender for sender in (*senders[place:], *senders[:place]) if sender in up)


def _alike(entry: Entry) -> tuple[str, str, int, int, str]:
    live = entry.live
    step = entry.message.flow.steps[live.step]
    return step.channel, step.connector, live.account, live.cls, live.connector if live.tries else ""
