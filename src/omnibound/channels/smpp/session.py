"""The `smpp` channel: several binds to one carrier, a rate, facts out and commits back."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from omnibound.channels.base import Confirms, Deps
from omnibound.channels.base.throttle import Throttle
from omnibound.channels.smpp.binds import Bind, Role
from omnibound.channels.smpp.settings import Settings, tls_context
from omnibound.channels.smpp.shared import Shared, Then
from omnibound.channels.smpp.texts import Run, Texts
from omnibound.channels.smpp.trace import Exchange
from omnibound.domain.facts import Fact, Failed, Inbound, Receipt, Returned
from omnibound.domain.facts import Link as LinkFact
from omnibound.domain.message import Attempt, Message
from omnibound.ports import Emit

_log = logging.getLogger("omnibound.smpp")

STOP_S: Final = 10.0
_AGAIN_S: Final = 0.5
_AHEAD: Final = 50
"""A 50th of a second's messages: 20 ms."""
_ROLES: Final[dict[str, tuple[Role, ...]]] = {
    "transceiver": ("transceiver",),
    "transmitter+receiver": ("transmitter", "receiver"),
}


class Smpp:
    """See ports.Channel. Nothing is queued here but the parts of attempts that are partly written."""

    def __init__(self, settings: Settings, deps: Deps) -> None:
        """Raises Invalid."""
        self.name = deps.name
        self.channel = settings.channel
        self.carrier = settings.carrier or deps.name
        self.confirms: Confirms = "provider"
        self.resend = settings.on_ambiguous == "resend"
        self.stop_s = STOP_S
        self._settings = settings
        self._clock = deps.clock
        self._shared = Shared(settings, deps.name, deps.clock, tls_context(settings))
        self._texts = Texts(settings, settings.channel)
        self._throttle = Throttle(settings.rate, deps.clock)
        roles = _ROLES[settings.bind]
        self._binds = [
            Bind(number, role, self._shared, self) for number in range(1, settings.binds + 1) for role in roles
        ]
        self._senders = [bind for bind in self._binds if bind.sends]
        self._tasks: list[asyncio.Task[None]] = []
        self._commits: set[asyncio.Future[None]] = set()
        self._stopping = False
        self._starved = True
        self._refill: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._told: tuple[bool, str, int] | None = None
        self._emit: Emit
        self._wake: Callable[[], None]

    # -- The channel contract ------------------------------------------------------------------------------------

    def room(self, share: float = 1.0) -> int:
        """See ports.Channel. Whoever finds no room is woken when there may be some."""
        if self._stopping:
            return 0
        free = sum([bind.room(share) for bind in self._senders])
        allowed = self._throttle.room(share)
        if not allowed:
            self._wake_at_refill(share)
        room = min(free, allowed)
        if not room:
            self._starved = True
        return room

    def ahead(self) -> int:
        """See ports.Channel."""
        windows = self._settings.window * len(self._senders)
        rate = self._settings.rate
        return max(1, min(windows, int(rate / _AHEAD)) if rate else windows)

    def parts(self, message: Message) -> int:
        """See ports.Channel. PDUs: a text in message_payload is one, however many messages the carrier makes of it."""
        return self._texts.parts(message)

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        """See ports.Channel. Returns at once; the binds come up by themselves."""
        self._emit, self._wake = emit, wake
        self._tasks = [bind.start() for bind in self._binds]

    async def send(self, attempts: list[Attempt]) -> None:
        """See ports.Channel. One write a bind."""
        now = self._clock()
        runs, failed = self._texts.runs(attempts, now)
        facts: list[Fact] = [Failed(a.delivery, a.number, self.name, failure, now) for a, failure in failed]
        self._throttle.take(sum([run.parts for run in runs]))
        left = self._deal(deque(runs)) if runs else []
        if left:
            self._throttle.give_back(sum([run.parts for run in left]))
            why = "stopping" if self._stopping else "no room"
            facts += [Returned(a.delivery, a.number, self.name, why, now) for run in left for a in run.attempts]
        if facts:
            self.tell(facts)

    async def stop(self) -> None:
        """See ports.Channel."""
        if self._stopping or not self._tasks:
            return
        self._stopping = True
        self._settle_idle()
        try:
            async with asyncio.timeout(self.stop_s):
                await self._idle.wait()
        except TimeoutError:
            _log.warning("connector %s: stopped with %d submits unanswered", self.name, self._pending())
        for bind in self._senders:
            bind.give_up("stopped before an answer came")
        await self._committed()
        await asyncio.gather(*[bind.close() for bind in self._binds])
        if self._refill:
            self._refill.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._committed()

    def up(self) -> bool:
        """See ports.Channel."""
        return not self._stopping and any(bind.bound and not bind.paused_until for bind in self._senders)

    def condition(self) -> dict[str, object]:
        """See ports.Channel."""
        settings = self._settings
        return {
            "up": self.up(),
            "why": self._why(),
            "window": settings.window * len(self._senders),
            "busy": self._pending(),
            "rate": settings.rate,
            "throttled_until": self._throttled_until(),
            "binds": [bind.condition() for bind in self._binds],
            "counts": {**self._shared.counts, "strange answers": sum(bind.window.strange for bind in self._binds)},
            "unknown_words": dict(self._shared.receipts.words),
            "trace": self._shared.trace.on,
        }

    def trace(self, on: bool) -> None:
        """See ports.Channel."""
        self._shared.trace.on = on

    def exchanges(self) -> list[Exchange]:
        """The last PDUs of the trace, the oldest first, passwords blanked."""
        return self._shared.trace.exchanges()

    # -- Spreading over the binds --------------------------------------------------------------------------------

    def _deal(self, runs: deque[Run]) -> list[Run]:
        """Each bind gets its part by its free window; what found no room."""
        if self._stopping:
            return list(runs)
        rooms = sorted([(bind.room(1.0), at) for at, bind in enumerate(self._senders)], reverse=True)
        room = sum([free for free, _ in rooms])
        parts = sum([run.parts for run in runs])
        left: list[Run] = []
        for free, at in rooms:
            if not free or not runs:
                break
            quota = min(free, -(-parts * free // room))
            hand = _hand(runs, quota)
            left += self._senders[at].submit(hand)
            parts -= sum([run.parts for run in hand])
            room -= free
        return [*left, *runs]

    # -- What the binds tell -------------------------------------------------------------------------------------

    def tell(self, facts: Sequence[Fact], then: Then | None = None) -> None:
        """See shared.Teller."""
        if not facts:
            if then:
                then(True)
            return
        try:
            commit = asyncio.ensure_future(self._emit(facts))
        except Exception:  # noqa: BLE001 - whatever it was, the carrier must not hear "yes"
            _log.exception("connector %s: facts were not taken", self.name)
            self._untold(facts, then)
            return
        self._commits.add(commit)
        commit.add_done_callback(lambda done: self._told_of(done, facts, then))

    def roomier(self, much: bool = False) -> None:
        """See shared.Teller. Wakes whoever found no room before; when there is much, everybody."""
        if self._stopping:
            self._settle_idle()
        elif self._starved or much:
            self._starved = False
            self._wake()

    def changed(self, why: str) -> None:
        """See shared.Teller. The core hears of the connector as a whole: the first bind up, the last one down."""
        up = any(bind.bound for bind in self._senders)
        throttled = self._throttled_until()
        state = (up, "" if up else why, throttled)
        if state != self._told:
            self._told = state
            self.tell([LinkFact(self.name, up, why, self._clock(), throttled)])
        self._settle_idle()

    # -- Commits -------------------------------------------------------------------------------------------------

    def _told_of(self, done: asyncio.Future[None], facts: Sequence[Fact], then: Then | None) -> None:
        self._commits.discard(done)
        if done.cancelled() or done.exception() is not None:
            error = None if done.cancelled() else done.exception()
            _log.error("connector %s: %d facts are not committed", self.name, len(facts), exc_info=error)
            self._untold(facts, then)
        elif then:
            then(True)

    def _untold(self, facts: Sequence[Fact], then: Then | None) -> None:
        """The carrier sends its own again, when it is told to; outcomes nobody repeats but we."""
        if then:
            then(False)
        ours = [fact for fact in facts if not isinstance(fact, Receipt | Inbound)]
        if ours and not self._stopping:
            asyncio.get_running_loop().call_later(_AGAIN_S, self.tell, ours)

    async def _committed(self) -> None:
        if self._commits:
            await asyncio.wait(self._commits, timeout=self.stop_s)

    # -- Small ---------------------------------------------------------------------------------------------------

    def _pending(self) -> int:
        return sum([len(bind.window) for bind in self._senders])

    def _settle_idle(self) -> None:
        if self._stopping and not self._pending():
            self._idle.set()

    def _throttled_until(self) -> int:
        """When the first bind goes on, if all that are up are paused; else 0."""
        pauses = [bind.paused_until for bind in self._senders if bind.bound]
        return min(pauses) if pauses and all(pauses) else 0

    def _why(self) -> str:
        return next((bind.why for bind in self._senders if bind.bound), self._senders[0].why)

    def _wake_at_refill(self, share: float) -> None:
        if self._refill is None:
            wait = (self._throttle.due(share) - self._clock()) / 1_000_000
            self._refill = asyncio.get_running_loop().call_later(max(0.001, wait), self._refilled)

    def _refilled(self) -> None:
        self._refill = None
        self.roomier()


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
