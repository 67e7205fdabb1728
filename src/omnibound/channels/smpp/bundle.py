"""The binds of a connector: as many as this node holds, those that leave, and the work spread over them."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from omnibound.channels.smpp.binds import Bind, Role
from omnibound.channels.smpp.shared import Shared, Teller
from omnibound.channels.smpp.texts import Run

_log = logging.getLogger("omnibound.smpp")

_ROLES: Final[dict[str, tuple[Role, ...]]] = {
    "transceiver": ("transceiver",),
    "transmitter+receiver": ("transmitter", "receiver"),
}

Slot = tuple[Bind, ...]
"""What counts as one bind: a transceiver, or a transmitter with its receiver."""


class Bundle:
    """`senders` are those that submits are written to. Nothing is written to one that leaves, but it hears on."""

    def __init__(self, shared: Shared, teller: Teller) -> None:
        self.senders: list[Bind] = []
        self._shared = shared
        self._teller = teller
        self._roles = _ROLES[shared.settings.bind]
        self._slots: list[Slot] = []
        self._leaving: list[Slot] = []
        self._tasks: dict[Bind, asyncio.Task[None]] = {}
        self._ends: set[asyncio.Task[None]] = set()
        self._started = False
        self._answered = asyncio.Event()
        """Set whenever a window has become empty."""

    def all(self) -> list[Bind]:
        """Every bind, those that leave last."""
        return [bind for slot in (*self._slots, *self._leaving) for bind in slot]

    def pending(self) -> int:
        """Submits without answer, and parts still to write."""
        return sum([len(bind.window) for bind in self.all()])

    def room(self, share: float) -> int:
        """Submits that may be written now."""
        return sum([bind.room(share) for bind in self.senders])

    # -- How many ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Bring up what there is, and from now on whatever is added."""
        self._started = True
        for bind in self.all():
            self._bring_up(bind)

    def grow(self, slots: int) -> None:
        """At least so many."""
        taken = {slot[0].number for slot in (*self._slots, *self._leaving)}
        free = (number for number in range(1, len(taken) + slots + 1) if number not in taken)
        while len(self._slots) < slots:
            number = next(free)
            slot = tuple([Bind(number, role, self._shared, self._teller) for role in self._roles])
            self._slots.append(slot)
            for bind in slot if self._started else ():
                self._bring_up(bind)
        self._deal_to()

    def shrink(self, slots: int) -> list[Slot]:
        """At most so many: the others get nothing more from now on, and have to `leave`."""
        # Those that are not bound leave first: they carry nothing.
        by_use = sorted(self._slots, key=lambda slot: not any(bind.bound for bind in slot))
        left = by_use[slots:]
        self._slots = [slot for slot in self._slots if slot not in left]
        self._leaving += left
        self._deal_to()
        return left

    async def leave(self, slots: list[Slot], within_s: float, last: Callable[[], Awaitable[None]]) -> None:
        """Wait so many seconds for their answers, then for what is to happen `last`, and unbind. Whoever is cancelled
        while waiting for that does not end it.
        """
        if slots:
            end = asyncio.create_task(self._leave(slots, within_s, last), name=f"{self._shared.name} unbinds")
            self._ends.add(end)
            end.add_done_callback(self._ends.discard)
            await asyncio.shield(end)

    async def left(self) -> None:
        """Wait for all that leave."""
        await asyncio.gather(*self._ends)

    async def _leave(self, slots: list[Slot], within_s: float, last: Callable[[], Awaitable[None]]) -> None:
        binds = [bind for slot in slots for bind in slot]
        try:
            async with asyncio.timeout(within_s):
                await self._until_answered(binds)
        except TimeoutError:
            pending = sum([len(bind.window) for bind in binds])
            _log.warning("connector %s: stopped with %d submits unanswered", self._shared.name, pending)
        for bind in binds:
            bind.give_up("stopped before an answer came")
        await last()
        await asyncio.gather(*[bind.close() for bind in binds])
        await self._end(binds)
        self._leaving = [slot for slot in self._leaving if slot not in slots]

    def settle(self) -> None:
        """Windows may have become empty."""
        if self._leaving:
            self._answered.set()

    def _bring_up(self, bind: Bind) -> None:
        self._tasks[bind] = bind.start()

    def _deal_to(self) -> None:
        self.senders = [bind for slot in self._slots for bind in slot if bind.sends]

    async def _until_answered(self, binds: list[Bind]) -> None:
        while any(bind.window for bind in binds):
            self._answered.clear()
            await self._answered.wait()

    async def _end(self, binds: list[Bind]) -> None:
        tasks = [self._tasks.pop(bind) for bind in binds if bind in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- Spreading over them -------------------------------------------------------------------------------------

    def deal(self, runs: deque[Run]) -> list[Run]:
        """Each bind gets its part by its free window; what found no room."""
        rooms = sorted([(bind.room(1.0), at) for at, bind in enumerate(self.senders)], reverse=True)
        room = sum([free for free, _ in rooms])
        parts = sum([run.parts for run in runs])
        left: list[Run] = []
        for free, at in rooms:
            if not free or not runs:
                break
            quota = min(free, -(-parts * free // room))
            hand = _hand(runs, quota)
            left += self.senders[at].submit(hand)
            parts -= sum([run.parts for run in hand])
            room -= free
        return [*left, *runs]


def _hand(runs: deque[Run], parts: int) -> list[Run]:
    """Runs of so many parts off the front; a run is divided between attempts, never an attempt."""
    hand: list[Run] = []
    while runs and parts > 0:
        run = runs.popleft()
        attempts = -(-parts // len(run.templates))
        if attempts < len(run.attempts):
            run, rest = run.cut(attempts)
            runs.appendleft(rest)
        hand.append(run)
        parts -= run.parts
    return hand
