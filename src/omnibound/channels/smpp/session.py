"""The `smpp` channel: several binds to one carrier, a rate, facts out and commits back."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from omnibound.channels.base import Confirms, Deps
from omnibound.channels.base.throttle import Throttle
from omnibound.channels.smpp.bundle import Bundle
from omnibound.channels.smpp.settings import Settings
from omnibound.channels.smpp.shared import Shared, Then
from omnibound.channels.smpp.texts import Texts
from omnibound.channels.smpp.trace import Exchange
from omnibound.domain.facts import Fact, Failed, Inbound, Receipt, Returned
from omnibound.domain.facts import Link as LinkFact
from omnibound.domain.message import Attempt, Message
from omnibound.ports import NOT_HELD, Emit, Share

_log = logging.getLogger("omnibound.smpp")

STOP_S: Final = 10.0
_AGAIN_S: Final = 0.5
_STOPPED: Final = "stopped"
_AHEAD: Final = 50
"""A 50th of a second's messages: 20 ms."""
_IDENTITY: Final = (
    "name", "kind", "channel", "carrier", "host", "port", "system_id", "password", "system_type", "bind",
    "tls", "tls_verify", "tls_ca",
)  # fmt: skip
"""What decides whom it speaks to, and as whom: with another one it is another connector."""


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
        self._shared = Shared(settings, deps.name, deps.clock)
        self._texts = Texts(settings, settings.channel)
        self._throttle = Throttle(settings.rate, deps.clock)
        self.slots = settings.binds
        self.share = Share(self.slots, self.slots)
        self._binds = Bundle(self._shared, self)
        self._binds.grow(self.slots)
        self._end: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._commits: set[asyncio.Future[None]] = set()
        self._started = self._stopping = False
        self._starved = True
        self._refill: asyncio.TimerHandle | None = None
        self._told: tuple[bool, str, int] | None = None
        self._emit: Emit
        self._wake: Callable[[], None]

    # -- The channel contract ------------------------------------------------------------------------------------

    def room(self, share: float = 1.0) -> int:
        """See ports.Channel. Whoever finds no room is woken when there may be some."""
        if self._stopping:
            return 0
        free = self._binds.room(share)
        allowed = self._throttle.room(share)
        if not allowed:
            self._wake_at_refill(share)
        room = min(free, allowed)
        if not room:
            self._starved = True
        return room

    def ahead(self) -> int:
        """See ports.Channel."""
        windows = self._settings.window * len(self._binds.senders)
        rate = self._throttle.rate
        return max(1, min(windows, int(rate / _AHEAD)) if rate else windows)

    def parts(self, message: Message) -> int:
        """See ports.Channel. PDUs: a text in message_payload is one, however many messages the carrier makes of it."""
        return self._texts.parts(message)

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        """See ports.Channel. Returns at once; the binds come up by themselves."""
        self._emit, self._wake = emit, wake
        self._started = True
        self._binds.start()

    async def send(self, attempts: list[Attempt]) -> None:
        """See ports.Channel. One write a bind."""
        now = self._clock()
        runs, failed = self._texts.runs(attempts, now)
        facts: list[Fact] = [Failed(a.delivery, a.number, self.name, failure, now) for a, failure in failed]
        self._throttle.take(sum([run.parts for run in runs]))
        left = runs if self._stopping else self._binds.deal(deque(runs))
        if left:
            self._throttle.give_back(sum([run.parts for run in left]))
            why = "stopping" if self._stopping else "no room"
            facts += [Returned(a.delivery, a.number, self.name, why, now) for run in left for a in run.attempts]
        if facts:
            self.tell(facts)

    async def resize(self, share: Share) -> None:
        """See ports.Channel. Of a pair of transmitter and receiver both leave together."""
        self.share = share
        if self._stopping:
            return
        self._throttle.limit(share.rate(self._settings.rate))
        self._binds.grow(share.binds)
        leaving = self._binds.shrink(share.binds)
        if self._started:
            self.changed(self._why())
            self.roomier(much=True)
        await self._binds.leave(leaving, self.stop_s, self._committed)

    def amend(self, settings: Settings) -> bool:
        """See ports.Channel. Raises Invalid, and changes nothing, for tables that say nonsense."""
        if any(getattr(settings, name) != getattr(self._settings, name) for name in _IDENTITY):
            return False
        self._shared.amend(settings)
        self._settings = settings
        self._texts = Texts(settings, settings.channel)
        self.resend = settings.on_ambiguous == "resend"
        self.slots = settings.binds
        self._throttle.limit(self.share.rate(settings.rate))
        for bind in self._binds.all():
            bind.amend()
        if self._started:
            self.roomier(much=True)
        return True

    async def stop(self, linger_s: float = 0) -> None:
        """See ports.Channel."""
        if not self._started:
            return
        if not linger_s:
            self._hurry.set()
        self._stopping = True
        if self._end is None:
            self._end = asyncio.create_task(self._close(linger_s), name=f"{self.name} stops")
        await asyncio.shield(self._end)

    async def _close(self, linger_s: float) -> None:
        async def heard() -> None:
            await self._committed()
            with suppress(TimeoutError):
                async with asyncio.timeout(linger_s):
                    await self._hurry.wait()
            await self._committed()

        await self._binds.leave(self._binds.shrink(0), self.stop_s, heard)
        await self._binds.left()
        if self._refill:
            self._refill.cancel()
        await self._committed()

    def up(self) -> bool:
        """See ports.Channel."""
        return not self._stopping and any(bind.bound and not bind.paused_until for bind in self._binds.senders)

    def condition(self) -> dict[str, object]:
        """See ports.Channel."""
        settings, binds = self._settings, self._binds.all()
        return {
            "up": self.up(),
            "why": self._why(),
            "window": settings.window * len(self._binds.senders),
            "busy": self._binds.pending(),
            "rate": self._throttle.rate,
            "throttled_until": self._throttled_until(),
            "binds": [bind.condition() for bind in binds],
            "counts": {**self._shared.counts, "strange answers": sum(bind.window.strange for bind in binds)},
            "unknown_words": dict(self._shared.receipts.words),
            "trace": self._shared.trace.on,
        }

    def trace(self, on: bool) -> None:
        """See ports.Channel."""
        self._shared.trace.on = on

    def exchanges(self) -> list[Exchange]:
        """The last PDUs of the trace, the oldest first, passwords blanked."""
        return self._shared.trace.exchanges()

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
        self._binds.settle()
        if (self._starved or much) and not self._stopping:
            self._starved = False
            self._wake()

    def changed(self, why: str) -> None:
        """See shared.Teller. The core hears of the connector as a whole: the first bind up, the last one down."""
        up = any(bind.bound for bind in self._binds.senders)
        why = why if self._binds.senders else self._why()
        throttled = self._throttled_until()
        state = (up, "" if up else why, throttled)
        if state != self._told:
            self._told = state
            self.tell([LinkFact(self.name, up, why, self._clock(), throttled)])
        self._binds.settle()

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

    def _throttled_until(self) -> int:
        """When the first bind goes on, if all that are up are paused; else 0."""
        pauses = [bind.paused_until for bind in self._binds.senders if bind.bound]
        return min(pauses) if pauses and all(pauses) else 0

    def _why(self) -> str:
        whys = [bind.why for bind in sorted(self._binds.senders, key=lambda bind: not bind.bound)]
        return (whys or [_STOPPED if self._stopping else NOT_HELD])[0]

    def _wake_at_refill(self, share: float) -> None:
        if self._refill is None:
            wait = (self._throttle.due(share) - self._clock()) / 1_000_000
            self._refill = asyncio.get_running_loop().call_later(max(0.001, wait), self._refilled)

    def _refilled(self) -> None:
        self._refill = None
        self.roomier()
