"""Starts the calls of dialled campaigns: as many as the pace of each allows, from its lanes in their order.

One loop beside the timers. Who is claimed goes the way of everybody who is due: stops, routes, queue, sender.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import NamedTuple

from msgspec.structs import replace

from omnibound.domain.agent import agent_key
from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.bulk import Stop, Target
from omnibound.domain.campaign import CHANNEL, Campaign, Kind, State, bulk_of
from omnibound.domain.campaign_flow import in_order, read_lane
from omnibound.domain.flow import SECOND
from omnibound.domain.live import Said, Stage, Word
from omnibound.domain.member import Doing as Phase
from omnibound.domain.member import Stand
from omnibound.domain.message import Class, Message
from omnibound.domain.outbound import AGENT_WAIT
from omnibound.domain.pacing import Bound, Start, Tempo, allowed, pace, spent
from omnibound.domain.status import Reason
from omnibound.engine.book import Book, Entry
from omnibound.engine.found_calls import FoundCalls
from omnibound.engine.grounds import Grounds, Known, dialer_of
from omnibound.engine.queue import SHARES
from omnibound.engine.receiver import Receiver
from omnibound.engine.routes import Routes
from omnibound.engine.silence import Silence
from omnibound.engine.stops import Stops
from omnibound.engine.timers import Room
from omnibound.engine.turn import Turn
from omnibound.engine.under_way import Key, UnderWay
from omnibound.engine.wrap_ups import WrapUps
from omnibound.ports import Clock, Loaded, Store
from omnibound.ports.members import Search

BEAT_S = 0.2
GAP_S = 0.02
"""Two looks are at least so far apart, however many calls end."""

MOST = 100
"""Who is claimed in one look: it must not hold up the loop."""

FRESH = SECOND
"""How long a campaign that was read is believed; a change that this node makes is heeded at once."""

CHUNK = 1_000
_SHARE = dict(SHARES)[Class.NORMAL]
_log = logging.getLogger("omnibound.dialer")


class Node(NamedTuple):
    """What of this node's engine the dialer uses."""

    store: Store
    book: Book
    receiver: Receiver
    routes: Routes
    stops: Stops
    number: int
    clock: Clock
    room: Room


class Dialer:
    """Call `wake` when something has changed. `lines` tells how agents' lines are now."""

    def __init__(self, node: Node, lines: Callable[[], Sequence[AgentLine]], turn: Turn | None = None) -> None:
        self._node = node
        self._turn = turn or Turn()
        self._turns = 0
        """How often it had become this node's when it was last looked."""
        self._store = node.store
        self._lines = lines
        self._under_way = UnderWay(node.book)
        self._wrap_ups = WrapUps(node.store, node.book, node.receiver, node.clock, self._under_way)
        self._found = FoundCalls(node.store, node.book, node.receiver, node.clock)
        self._silence = Silence(node.receiver, node.routes, node.clock, self._under_way)
        self._bounds: dict[Key, Bound] = {}
        self._known: dict[Key, Known] = {}
        self._tempos: dict[Key, Tempo] = {}
        self._claimed: list[tuple[Known, list[Loaded]]] = []
        """Ours in the store, and not in the book yet."""
        self._last: Key = (0, "")
        """Who was served first last time."""
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.on_look: Callable[[float], object] = nobody_asks
        """Told of each look how many seconds it took."""

    # --- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="dialer")

    async def stop(self) -> None:
        """End; nothing is claimed afterwards."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """A call has ended, an agent is ready, or somebody was born: look again soon."""
        self._woken.set()

    def renew(self) -> None:
        """A campaign was changed, started or paused: read all of them again."""
        self._known = {key: known._replace(until=0) for key, known in self._known.items()}
        self.wake()

    def bound(self, account: int, campaign: str) -> Bound | None:
        """Why a campaign of which somebody waits starts no more calls; None: it is not dialled now."""
        return self._bounds.get((account, campaign))

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                async with self._turn.within() as ours:
                    if ours and await self._look():
                        self._woken.set()
            except Exception:  # noqa: BLE001 - the next look may succeed
                _log.exception("a look at who is to be called has failed")
            await asyncio.sleep(GAP_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S - GAP_S):
                    await self._woken.wait()

    async def _look(self) -> bool:
        began = time.perf_counter()
        try:
            return await self.tick()
        finally:
            self.on_look(time.perf_counter() - began)

    # --- a look -------------------------------------------------------------------------------------------------------

    async def tick(self) -> bool:
        """One look; whether there is more to do at once."""
        if self._turns != self._turn.began:
            await self._recover()
            self._turns = self._turn.began
        await self._hold_claimed()
        await self._found.look()
        await self._wrap_ups.look()
        await self._silence.look()
        lanes = sorted(await self._store.deliveries.lanes())
        by_campaign = {key: list(group) for key, group in groupby(lanes, read_lane)}
        self._bounds = {key: bound for key, bound in self._bounds.items() if key in by_campaign}
        running = [(known, by_campaign[known.key]) for known in await self._running(by_campaign)]
        return bool(running) and await self._serve(running)

    async def _serve(self, running: list[tuple[Known, list[str]]]) -> bool:
        """In turns: who was first is last next time."""
        running.sort(key=lambda each: (each[0].key <= self._last, each[0].key))
        grounds = Grounds(self._under_way, self._known, self._lines())
        left = MOST
        for known, lanes in running:
            if left:
                left -= await self._start(known, lanes, grounds, left)
        self._last = running[0][0].key
        return not left

    async def _start(self, known: Known, lanes: list[str], grounds: Grounds, most: int) -> int:
        start = self._may_start(known, grounds, most)
        self._bounds[known.key] = start.bound
        left = start.calls
        for lane in in_order(lanes, known.campaign.priority_order):
            if left:
                left -= await self._claim(known, lane, left)
        started = start.calls - left
        if known.campaign.calls:
            grounds.started(known, started)
        return started

    async def _claim(self, known: Known, lane: str, limit: int) -> int:
        now = self._node.clock()
        due = await self._store.deliveries.next_due(lane)
        if due is None or due > now:
            return 0
        loaded = await self._store.deliveries.claim_lane(lane, self._node.number, now, limit)
        if loaded:
            tempo = self._tempos.get(known.key, Tempo())
            self._tempos[known.key] = spent(tempo, known.campaign.pace, now, len(loaded))
            self._claimed.append((known, loaded))
            await self._hold_claimed()
        return len(loaded)

    async def _hold_claimed(self) -> None:
        """Who is claimed waits for a connector. What fails here is done by the next look."""
        book = self._node.book
        while self._claimed:
            known, loaded = self._claimed[0]
            messages = await self._store.deliveries.messages([each.live.message for each in loaded])
            elsewhere = await self._elsewhere(known, loaded)
            del self._claimed[0]
            book.forget([each.live.id for each in loaded])
            entries = [self._entry(each, messages[each.live.message]) for each in loaded]
            book.add(entries)
            if known.campaign.calls:
                self._under_way.add(known.key, [entry.live.id for entry in entries])
            self._postpone([entry for entry in entries if entry.live.id in elsewhere])
            self._node.routes.enqueue([entry for entry in entries if entry.live.id not in elsewhere])

    def _entry(self, loaded: Loaded, message: Message) -> Entry:
        """The time for a step begins now, however long its person has waited for their turn."""
        live = loaded.live
        if not live.tries:
            live = replace(live, step_until=self._node.clock() + message.flow.steps[live.step].validity)
        return Entry(live, loaded.delivery, message, loaded.owner)

    async def _elsewhere(self, known: Known, loaded: list[Loaded]) -> set[int]:
        """Those for whom no agent is there: theirs is signed on, but not free, or none can be kept for them.

        Who is signed off keeps nobody waiting.
        """
        if known.campaign.kind is not Kind.QUEUE:
            return set()
        taken = {line.agent for line in self._lines() if line.doing is not Doing.FREE}
        ids = [each.live.id for each in loaded]
        members = await self._store.campaigns.members_of(ids)
        kept = {member.id for member in members.values() if agent_key(member.traits.agent) in taken}
        called = [id_ for id_ in ids if id_ not in kept and id_ in members and members[id_].tries]
        return kept | await self._unreserved(known, called)

    async def _unreserved(self, known: Known, called: list[int]) -> set[int]:
        """Of those who were abandoned once as many as there is no spare agent for: calls under way need theirs."""
        if not (called and known.campaign.reserves):
            return set()
        calls = await self._store.calls.of(called)
        abandoned = [id_ for id_ in called if any(call.reason is Reason.ABANDONED for call in calls.get(id_, ()))]
        spare = Grounds(self._under_way, self._known, self._lines()).spare(known) if abandoned else 0
        return set(abandoned[max(0, spare) :])

    def _postpone(self, entries: list[Entry]) -> None:
        now = self._node.clock()
        words = [
            (entry, Word(Said.FAILED, entry.live.attempt, now, Reason.CLOSED, "agent", retry=True, after=AGENT_WAIT))
            for entry in entries
        ]
        if words:
            self._node.receiver.say(words)

    # --- what may start -----------------------------------------------------------------------------------------------

    def _may_start(self, known: Known, grounds: Grounds, most: int) -> Start:
        campaign = known.campaign
        tempo = self._tempos.get(known.key, Tempo())
        start = pace(grounds.of(known, allowed(tempo, campaign.pace, self._node.clock(), most)))
        room = min(most, self._room(campaign))
        return start if start.calls <= room else Start(calls=room, bound=Bound.TRUNK)

    def _room(self, campaign: Campaign) -> int:
        """How many the connectors take now: who finds no room waits in the lane, where the order is kept."""
        if not campaign.calls:
            steps = campaign.flow.steps if campaign.flow else ()
            return max(0, self._node.room(Class.NORMAL, steps[0].channel)) if steps else 0
        senders = [s for s in self._node.routes.senders(CHANNEL) if campaign.trunk in ("", s.channel.name)]
        return sum(max(0, s.channel.room(_SHARE) - s.load()) for s in senders if s.channel.up())

    def _may_run(self, campaign: Campaign, now: int) -> bool:
        stop = self._node.stops.get(Target(campaign.account, bulk_of(campaign.id)))
        within = campaign.not_before <= now and not 0 < campaign.end_at <= now
        return campaign.dialled and campaign.state is State.STARTED and within and (stop is None or _lets_go(stop))

    # --- what is known ------------------------------------------------------------------------------------------------

    async def _running(self, keys: Iterable[Key]) -> list[Known]:
        """Those campaigns of these of which somebody may be called now."""
        now = self._node.clock()
        found = [await self._know(key, now) for key in keys]
        return [known for known in found if known and self._may_run(known.campaign, now)]

    async def _know(self, key: Key, now: int) -> Known | None:
        known = self._known.get(key)
        return known if known and known.until > now else await self._read(key, now)

    async def _read(self, key: Key, now: int) -> Known | None:
        campaign = await self._store.campaigns.one(*key)
        if campaign is None:
            self._known.pop(key, None)
            return None
        dialer = await dialer_of(self._store, key[0], campaign.dialer)
        self._known[key] = known = Known(campaign, dialer, now + FRESH)
        return known

    async def _recover(self) -> None:
        """Calls that an earlier start has left under way, or waiting for a result, are known here again."""
        for account in await self._store.accounts.all():
            after = ""
            while found := await self._store.campaigns.page(account.id, after, CHUNK):
                for campaign in found:
                    if campaign.dialled and campaign.calls:
                        await self._recover_campaign((account.id, campaign.id))
                after = found[-1].id

    async def _recover_campaign(self, key: Key) -> None:
        await self._read(key, self._node.clock())
        search = Search(account=key[0], campaign=key[1], stands=_is_under_way, limit=CHUNK)
        while found := await self._store.members.search(search):
            await self._node.receiver.load([member.id for member in found])
            entries = self._node.book.entries
            here = [member.id for member in found if member.id in entries]
            calls = [id_ for id_ in here if entries[id_].live.stage is not Stage.WAITING]
            self._under_way.add(key, calls)
            self._found.add(calls)
            search = replace(search, offset=search.offset + len(found))


def nobody_asks(_seconds: float) -> None:
    """Nothing is measured."""


def _is_under_way(stand: Stand) -> bool:
    return stand.doing is not Phase.WAITING


def _lets_go(stop: Stop) -> bool:
    """Not while it is held back, nor before all who were are due again: the order would not be theirs."""
    return not stop.paused and not stop.send_at and (stop.cancelled or not stop.open)
