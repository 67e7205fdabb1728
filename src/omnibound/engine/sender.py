"""One connector's way out: from its queue over the committed hand-over to the channel, as room allows."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from omnibound.domain.changes import Changes, HandOverList
from omnibound.domain.lifecycle import due_word
from omnibound.domain.live import Said, Word
from omnibound.domain.message import Attempt, Content, address_for
from omnibound.domain.status import Reason
from omnibound.engine.book import Entry, HandOver
from omnibound.engine.queue import SHARES, Queue
from omnibound.engine.stops import Stops
from omnibound.ports import Channel, Clock

NUDGE_S = 0.005
"""How often a sender that has work but no room looks again."""

COMMITS_AT_ONCE = 3
_log = logging.getLogger("omnibound.sender")
_NOTHING = Content()
_HELD = "held back by its sender"


class Staged(NamedTuple):
    """An attempt whose hand-over is committed, waiting for room."""

    entry: Entry
    attempt: Attempt
    parts: int
    handover: HandOver

    def stands(self) -> bool:
        """Whether its delivery still wants exactly this attempt."""
        return self.entry.handover is self.handover


class Sender:
    """Feeds one channel. `record` commits; `dispose` takes the words on entries that will not go after all."""

    def __init__(
        self,
        channel: Channel,
        node: int,
        clock: Clock,
        record: Callable[[Changes], Any],
        dispose: Callable[[list[tuple[Entry, Word]]], object],
        numbers: Callable[[], int],
        stops: Stops | None = None,
        valid: Callable[[], bool] = lambda: True,
    ) -> None:
        self.channel = channel
        self.queue = Queue(channel.name, self._cost)
        self._node = node
        self._clock = clock
        self._record = record
        self._dispose = dispose
        self._numbers = numbers
        self._stops = Stops() if stops is None else stops
        self._valid = valid
        """Whether this node may send: its lease is not over."""
        self._staged: dict[int, deque[Staged]] = {int(cls): deque() for cls, _ in SHARES}
        self._staged_parts = 0
        self._unstaged = 0
        """How often what was handed over has been taken back."""
        self._committing: dict[asyncio.Future[Any], list[Staged]] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._nudge: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"sender-{self.channel.name}")

    async def stop(self) -> list[Entry]:
        """Send nothing more; the entries that were handed over but did not go."""
        self._stopping = True
        self.wake()
        if self._task:
            await self._task
        await asyncio.gather(*self._committing, return_exceptions=True)
        await asyncio.sleep(0)
        return self.unstage()

    def unstage(self) -> list[Entry]:
        """Take back what was handed over but did not go: they wait again, here or elsewhere, once that is said."""
        left = self.staged()
        self._staged_parts -= sum(staged.parts for line in self._staged.values() for staged in line)
        self._staged = {cls: deque() for cls in self._staged}
        self._unstaged += 1
        return left

    def take_back(self, held: Callable[[Entry], bool]) -> list[tuple[Entry, Word]]:
        """The words on those of whom `held` is true, and who were handed over but have not gone to the channel."""
        now = self._clock()
        lines = [*self._staged.values(), *self._committing.values()]
        return [self._held_back(s, now) for line in lines for s in line if s.stands() and held(s.entry)]

    def staged(self) -> list[Entry]:
        """Who is handed over and waits for room."""
        return [staged.entry for line in self._staged.values() for staged in line if staged.stands()]

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    def load(self) -> int:
        """How many wait for this connector."""
        return self.queue.size + self._staged_parts

    async def _run(self) -> None:
        while not self._stopping:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._pump()
            except Exception:  # noqa: BLE001 - a sender never dies
                _log.exception("%s: sending stumbled", self.channel.name)

    async def _pump(self) -> None:
        while self._may_send() and (going := self._fitting()):
            await self._send(going)
        if self._may_send():
            self._stage()
        if (self._staged_parts or self.queue.size) and self._nudge is None:
            self._nudge = asyncio.get_running_loop().call_later(NUDGE_S, self._nudged)

    def _may_send(self) -> bool:
        return not self._stopping and self._valid()

    async def _send(self, going: list[Staged]) -> None:
        try:
            await self.channel.send([staged.attempt for staged in going])
        except Exception:  # noqa: BLE001 - each attempt comes back, whatever the channel does
            _log.exception("%s: a list may have left or not", self.channel.name)
            now, name = self._clock(), self.channel.name
            why, retry = "sending failed", self.channel.resend
            self._dispose(
                [
                    (s.entry, Word(Said.UNKNOWN, s.attempt.number, now, Reason.AMBIGUOUS, why, name, retry=retry))
                    for s in going
                    if s.stands()
                ]
            )

    def _nudged(self) -> None:
        self._nudge = None
        self.wake()

    # --- what goes now ------------------------------------------------------------------------------------------------

    def _fitting(self) -> list[Staged]:
        going: list[Staged] = []
        dropped: list[tuple[Entry, Word]] = []
        used = 0
        now = self._clock()
        held = self._stops.holds if self._stops else None
        for cls, share in SHARES:
            line = self._staged[int(cls)]
            room = self.channel.room(share) - used if line else 0
            while line and room > 0:
                staged = line.popleft()
                self._staged_parts -= staged.parts
                if not staged.stands():
                    continue
                if staged.attempt.until <= now:
                    dropped.append((staged.entry, due_word(staged.entry.live, now)))
                    continue
                if held is not None and held(staged.entry):
                    dropped.append(self._held_back(staged, now))
                    continue
                going.append(staged)
                room -= staged.parts
                used += staged.parts
        if dropped:
            self._dispose(dropped)
        return going

    def _held_back(self, staged: Staged, now: int) -> tuple[Entry, Word]:
        return staged.entry, Word(Said.RETURNED, staged.attempt.number, now, Reason.LINK_DOWN, _HELD, self.channel.name)

    # --- what may go next ---------------------------------------------------------------------------------------------

    def _stage(self) -> None:
        while self.queue.size and len(self._committing) < COMMITS_AT_ONCE:
            entries = self.queue.take(self._stage_room)
            if not entries:
                return
            self._hand_over(entries)

    def _stage_room(self, share: float) -> int:
        channel = self.channel
        if not channel.up():
            return 0
        return channel.room(share) + int(channel.ahead() * share) - self._staged_parts

    def _hand_over(self, entries: list[Entry]) -> None:
        handover = HandOver(self._numbers(), len(entries))
        keys = [(entry.live.id, entry.live.attempt) for entry in entries]
        staged = [self._attempt(entry, handover) for entry in entries]
        self._staged_parts += sum(each.parts for each in staged)
        record = HandOverList(handover.id, self._node, self.channel.name, keys, self._clock())
        future = asyncio.ensure_future(self._record(Changes(handovers=[record])))
        self._committing[future] = staged
        future.add_done_callback(partial(self._committed, staged, self._unstaged))

    def _committed(self, staged: list[Staged], unstaged: int, done: "asyncio.Future[Any]") -> None:
        del self._committing[done]
        if done.cancelled() or done.exception() is not None:
            _log.error("%s: hand-over not committed: %s", self.channel.name, done)
            self._staged_parts -= sum(each.parts for each in staged)
            # One that has ended meanwhile, or goes another way, must not come back.
            for each in [each for each in staged if each.stands()]:
                each.entry.handover = None
                self.queue.put([each.entry])
        elif unstaged != self._unstaged and not self._stopping:
            # The link went down while this was committed: it waits again, here or with a fellow.
            self._staged_parts -= sum(each.parts for each in staged)
            now, name = self._clock(), self.channel.name
            self._dispose(
                [
                    (s.entry, Word(Said.RETURNED, s.attempt.number, now, Reason.LINK_DOWN, "link is down", name))
                    for s in staged
                    if s.stands()
                ]
            )
        else:
            for each in staged:
                self._staged[each.entry.live.cls].append(each)
        self.wake()

    def _attempt(self, entry: Entry, handover: HandOver) -> Staged:
        entry.handover = handover
        live, message = entry.live, entry.message
        step = message.flow.steps[live.step]
        address = address_for(step.channel, entry.delivery.to, step.address)
        content = message.content.get(step.channel, _NOTHING)
        attempt = Attempt(live.id, live.attempt, step, address, content, message, live.step_until)
        return Staged(entry, attempt, self._cost(entry), handover)

    def _cost(self, entry: Entry) -> int:
        return self.channel.parts(entry.message)
