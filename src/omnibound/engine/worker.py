"""The engine of one node: queues, senders, receiver and timers over one store; starting, recovering, draining."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.agent_line import AgentLine
from omnibound.domain.bulk import Stop
from omnibound.domain.campaign_flow import flow_of
from omnibound.domain.changes import HandOverList
from omnibound.domain.errors import Backlogged, Stopping, Unavailable
from omnibound.domain.facts import Link
from omnibound.domain.flow import SECOND, Flow
from omnibound.domain.ids import NODES
from omnibound.domain.live import Live, Said, Stage, Word
from omnibound.domain.message import Class, Delivery, Message
from omnibound.domain.node import TELEPHONE
from omnibound.domain.status import Reason
from omnibound.engine.book import Book, Entry
from omnibound.engine.connectors import Connectors
from omnibound.engine.dialer import Dialer, Node
from omnibound.engine.filling import Fill, Filling, as_it_is
from omnibound.engine.giving import Giving
from omnibound.engine.holds import Holds
from omnibound.engine.housekeeping import Housekeeping, Retention
from omnibound.engine.joiner import Joiner
from omnibound.engine.numbers import Numbers
from omnibound.engine.outflow import Outflow
from omnibound.engine.queue import SHARES
from omnibound.engine.receiver import Receiver, Turns
from omnibound.engine.releases import Releases
from omnibound.engine.results import Results
from omnibound.engine.revising import revise
from omnibound.engine.routes import Routes
from omnibound.engine.sender import Sender
from omnibound.engine.sharing import Among
from omnibound.engine.stops import Stops
from omnibound.engine.timers import CHUNK, Timers
from omnibound.ports import Channel, Clock, Store

_log = logging.getLogger("omnibound.worker")
RETRY_AFTER_S = 5
ROOM_WAIT_S = 0.3
ROOM_LOOK_S = 0.01
COUNT_S = 10.0
HURRY_S = 5.0
"""Half of what requests have to end in: they can be told then that the store is away, and the drain ends in time."""


class EngineSettings(Struct, frozen=True, kw_only=True):
    """The bounds of one node: `queue`, how many of a channel wait in memory; `backlog`, how many may be unfinished."""

    queue: int = 50_000
    backlog: int = 10_000_000
    retention: Retention = Retention()


class Worker:
    """Runs the engine. `node` is this start's incarnation."""

    def __init__(
        self,
        store: Store,
        channels: Sequence[Channel],
        node: int,
        clock: Clock,
        settings: EngineSettings,
        lines: Callable[[], Sequence[AgentLine]] = tuple,
        fill: Fill = as_it_is,
        among: Among | None = None,
    ) -> None:
        self._store = store
        self._node = node
        self._clock = clock
        self._settings = settings
        self._among = among = among or Among()
        self._numbers = Numbers(clock, among.slot, NODES)
        self._book = Book()
        stops = Stops()
        self.routes = Routes(self._say, clock, stops)
        self.receiver = Receiver(store, self._book, node, clock, self._turns())

        def sender(channel: Channel) -> Sender:
            return Sender(channel, node, clock, store.record, self._say, self._numbers, stops, among.valid)

        self._up: set[str] = set()
        self.connectors = Connectors(self.routes, self.receiver, sender, self._give_back, self._up, channels)
        keep = settings.retention.deliveries
        self.holds = Holds(store, stops, self._book, self.receiver, self.routes, node, clock, keep)
        self.holds.turn = among.chores["stops"]
        self.results = Results(store, self._book, self.receiver, clock, self._ended, self._moved)
        self.releases = Releases(store, self._book, self.receiver, clock)
        self._timers = Timers(store, self._book, self.receiver, self.routes, node, clock, self._room)
        self._timers.expiry = among.chores["expiry"]
        self._giving = Giving(store, self._book, self.routes, node)
        self.routes.keeps = self._keeps
        own = Node(store, self._book, self.receiver, self.routes, stops, node, clock, self._room)
        self.lines = lines
        self.dialer = Dialer(own, lines, among.chores[TELEPHONE])
        self._filling = Filling(store, self._book, clock, fill, self.routes.enqueue, self._say)
        self.routes.pass_on = self._filling.let_pass
        self._housekeeping = Housekeeping(store, self._book, self.receiver, clock, settings.retention, among.chores)
        self._joiner = Joiner(store, clock, self._numbers, among.chores["inbound"])
        self._outflows = {channel: Outflow(clock) for channel in self.routes.channels()}
        self._backlog = self._admitted = self.ended = 0
        self._stopping = self._drifts = False
        """`_drifts`: whether what is unfinished may be another number than we remember."""
        self._counting: asyncio.Task[None] | None = None
        self.on_pushes: Callable[[], None] = lambda: None
        """Told that reports to push are committed."""

    def _turns(self) -> Turns:
        others, enqueue = self.routes.others, self.routes.enqueue
        return Turns(others, enqueue, self._linked, self._ended, self._numbers, self._moved, self._pushed)

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take over what an earlier start left, then connect and begin."""
        self._backlog = await self._store.deliveries.backlog()
        await self.holds.load()
        await self._remember_unmatched()
        await (self._among.begin or self._inherit_all)()
        await self.connectors.start()
        self._counting = asyncio.get_running_loop().create_task(self._count(), name="counting")
        self._timers.start()
        self._giving.start()
        self.dialer.start()
        self.holds.start()
        self._housekeeping.start()
        self._joiner.start()

    async def drain(self) -> None:
        """Refuse what is new, wait for the windows, commit, and leave the rest to the next start."""
        self.refuse()
        if self._counting:
            self._counting.cancel()
        await self._timers.stop()
        await self._giving.stop()
        await self.dialer.stop()
        await self._filling.stop()
        await self.holds.stop()
        await self._housekeeping.stop()
        await self._joiner.stop()
        senders = self.routes.senders()
        left = [entry for entries in await asyncio.gather(*[s.stop() for s in senders]) for entry in entries]
        await self._give_back(left, "stopped")
        await asyncio.gather(self.connectors.stop(), *[sender.channel.stop() for sender in senders])
        await self.receiver.idle()
        try:
            await self._store.deliveries.disown(self._node)
        except Unavailable as error:
            _log.error("%s: what was under way is looked at again by the next start", error)

    async def inherit(self, dead: int) -> int:
        """Take over what an incarnation left that is no node any more; how many deliveries it owned.

        First what may have left, so that nobody sends it unmarked; then all else is there to be claimed.
        """
        for handover in await self._store.receipts.unsettled(dead):
            await self._recover_list(handover)
        left = await self._store.nodes.owned(dead)
        for start in range(0, len(left), CHUNK):
            await self._store.nodes.disown(left[start : start + CHUNK], dead)
        self._drifts = True
        return len(left)

    async def _count(self) -> None:
        """What others take and end is not counted here: all is counted anew while there are others, and after that
        until it is what we remember.
        """
        while True:
            await asyncio.sleep(COUNT_S)
            if self._drifts or not self._among.alone():
                try:
                    self._drifts = await self._count_anew()
                except Exception as error:  # noqa: BLE001 - the next count may succeed
                    _log.warning("what is unfinished could not be counted: %s", error)

    async def _count_anew(self) -> bool:
        """Whether it was not as remembered."""
        before = self._backlog
        found = await self._store.deliveries.backlog()
        # With what came and went while it was counted.
        self._backlog = max(0, found + self._backlog - before)
        return found != before

    async def _inherit_all(self) -> None:
        for dead in await self._store.nodes.orphans():
            await self.inherit(dead)

    async def campaigns_changed(self) -> None:
        """Another node has changed campaigns: what is held in memory of them goes their way from now on."""
        messages = {entry.message.id: entry.message for entry in self._book.entries.values() if entry.message.campaign}
        for account, campaign in {(message.account, message.campaign) for message in messages.values()}:
            kept = await self._store.campaigns.one(account, campaign)
            self._store.deliveries.forget_campaign(account, campaign)
            if kept is not None:
                revise(self._book, self.routes, account, campaign, flow_of(kept))
        self.dialer.renew()

    async def _remember_unmatched(self) -> None:
        after = 0
        while rows := await self._store.receipts.unmatched(after, 1_000):
            for number, receipt in rows:
                self._book.keep_unmatched(number, receipt)
            after = rows[-1][0]
        self._numbers.above(after)

    async def _recover_list(self, handover: HandOverList) -> None:
        """Attempts in an open hand-over without an outcome may have left."""
        resend = {s.channel.name: s.channel.resend for s in self.routes.senders()}.get(handover.connector, True)
        now = self._clock()
        entries = {e.live.id: e for e in await self.receiver.load([id_ for id_, _ in handover.keys])}
        open_ = [
            entries[id_]
            for id_, attempt in handover.keys
            if id_ in entries and entries[id_].live.attempt == attempt and entries[id_].live.stage is Stage.WAITING
        ]
        open_ = [entry for entry in open_ if not await self._came_back(entry)]
        why = "the server stopped before the answer came"
        words = [
            (e, Word(Said.UNKNOWN, e.live.attempt, now, Reason.AMBIGUOUS, why, handover.connector, retry=resend))
            for e in open_
        ]
        await self.receiver.say(words, settled=[handover.id])
        self._book.forget(entries)
        if words:
            _log.warning("%s: %d attempts may have left before the stop", handover.connector, len(words))

    async def _came_back(self, entry: Entry) -> bool:
        """Whether the last word on its attempt is that it never left."""
        events = await self._store.deliveries.timeline(entry.live.id)
        last = [event.said for event in events if event.attempt == entry.live.attempt][-1:]
        return last == [Said.RETURNED]

    # --- what sending asks --------------------------------------------------------------------------------------------

    def admit(self, number: int) -> None:
        """Raises Stopping, or Backlogged when so many more cannot be taken; else they count until `release`."""
        if self._stopping:
            raise Stopping("the server is stopping", RETRY_AFTER_S)
        if self._backlog + self._admitted + number > self._settings.backlog:
            raise Backlogged(f"{self._backlog} deliveries are unfinished already, {self._admitted} come", RETRY_AFTER_S)
        self._admitted += number

    def release(self, number: int) -> None:
        """So many that were admitted are born, or will not be."""
        self._admitted -= number

    @property
    def stopping(self) -> bool:
        """Whether nothing more is admitted, because the server is about to stop."""
        return self._stopping

    def refuse(self) -> None:
        """Admit nothing more: the server is about to stop, and waits no longer for a store that is away."""
        self._stopping = True
        self._store.hurry(HURRY_S)

    def owner_for(self, account: int, cls: Class, number: int, channel: str) -> tuple[int, int]:
        """(this node, how many of so many that begin with a channel it may own at once)."""
        ours = self.routes.serves(channel) and self._among.valid()
        return (0, 0) if self._stopping or not ours else (self._node, max(0, min(number, self._room(cls, channel))))

    async def wait_for_room(self, cls: Class, number: int, channel: str) -> None:
        """Wait up to `ROOM_WAIT_S` until so many fit into memory, if at the channel's pace they will; urgent never."""
        outflow = self._outflows.get(channel)
        if outflow is None or cls is Class.URGENT or self._room(cls, channel) >= number:
            return
        until = self._clock() + int(ROOM_WAIT_S * SECOND)
        while outflow.per_second(self.routes.taken(channel)) * ROOM_WAIT_S >= number and self._clock() < until:
            await asyncio.sleep(ROOM_LOOK_S)
            if self._room(cls, channel) >= number or self._stopping:
                return

    def on_born(self, message: Message, deliveries: Sequence[Delivery], lives: Sequence[Live], number: int) -> None:
        """These are committed and ours; `number` were taken in all."""
        self._backlog += number
        if message.flow.dialled:
            self.dialer.wake()
        if self._stopping or not lives:
            return
        entries = [Entry(live, delivery, message) for live, delivery in zip(lives, deliveries, strict=True)]
        self._book.add(entries)
        self.routes.enqueue(entries)

    def revise(self, account: int, campaign: str, flow: Flow) -> None:
        """A campaign was changed and that is committed: what is held in memory of it goes this way from now on."""
        revise(self._book, self.routes, account, campaign, flow)
        self.dialer.renew()

    async def put(self, stop: Stop) -> bool:
        """Hold back, or let go; see `Holds.put`. A campaign may have been started or paused by it."""
        kept = await self.holds.put(stop)
        self.dialer.renew()
        return kept

    def bound(self, queue: int, backlog: int) -> None:
        """Other bounds from now on; see EngineSettings."""
        self._settings = replace(self._settings, queue=queue, backlog=backlog)

    def load(self) -> dict[str, int]:
        """How much is under way, for people and metrics."""
        return {
            "unfinished": self._backlog,
            "in_memory": len(self._book.entries),
            "waiting": self.routes.waiting(),
            "unmatched": len(self._book.unmatched),
            "ended": self.ended,
        }

    # --- connections --------------------------------------------------------------------------------------------------

    def _room(self, cls: Class, channel: str) -> int:
        """A channel that is down or slow takes no room from the others; one that nobody carries fails at once."""
        channel = self.routes.channel_of(channel)
        if not self.routes.carries(channel):
            return CHUNK
        share = SHARES[int(cls)][1]
        return int(self._settings.queue * share) - self.routes.waiting(channel)

    def _keeps(self, channel: Channel) -> bool:
        """What waits for a connector that is down waits here, unless another node may have it up."""
        return channel.share.binds > 0 and (self._among.alone() or channel.up())

    def _say(self, words: list[tuple[Entry, Word]]) -> None:
        future = self.receiver.say(words)
        future.add_done_callback(_complain)

    def _linked(self, link: Link) -> None:
        if link.up:
            _log.info("connector %s is up: %s", link.connector, link.why)
        else:
            level = logging.INFO if self._stopping else logging.WARNING
            _log.log(level, "connector %s is down: %s", link.connector, link.why)
        own = [sender for sender in self.routes.senders() if sender.channel.name == link.connector]
        came = link.up and link.connector not in self._up
        (self._up.add if link.up else self._up.discard)(link.connector)
        if not link.up and not self._stopping:
            self._say(self._returned([entry for sender in own for entry in sender.unstage()], link.why))
            self.routes.reroute(link.connector)
        elif came:
            self.routes.rescue(link.connector)
        for sender in own:
            sender.wake()

    async def _give_back(self, entries: list[Entry], why: str) -> None:
        await asyncio.wait([self.receiver.say(self._returned(entries, why))])

    def _returned(self, entries: list[Entry], why: str) -> list[tuple[Entry, Word]]:
        now = self._clock()
        return [(e, Word(Said.RETURNED, e.live.attempt, now, Reason.LINK_DOWN, why)) for e in entries]

    def _moved(self) -> None:
        """Late: the receiver is there before the dialer."""
        self.dialer.wake()

    def _pushed(self) -> None:
        """Whoever pushes is made after the worker."""
        self.on_pushes()

    def _ended(self, number: int) -> None:
        self._backlog -= number
        self.ended += number


def _complain(done: "asyncio.Future[None]") -> None:
    if not done.cancelled() and done.exception() is not None:
        _log.error("words were not committed: %s", done.exception())
