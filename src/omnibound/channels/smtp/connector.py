"""The `smtp` channel: attempts become mails, connections take them as they can, the relay's word goes back."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from omnibound.channels.base import Confirms, Deps
from omnibound.channels.base.exchange import SECOND, NotSent, Slow, Taken, Verdict
from omnibound.channels.base.outcomes import Outcomes, hand_over
from omnibound.channels.base.pace import Pace
from omnibound.channels.base.throttle import Throttle
from omnibound.channels.base.waking import LEAST_NAP_S, Waking
from omnibound.channels.smtp.bounces import Bounces
from omnibound.channels.smtp.connection import Refused, Word
from omnibound.channels.smtp.letters import Letter, Letters
from omnibound.channels.smtp.pool import Pool
from omnibound.channels.smtp.refusals import failure_of, is_dead
from omnibound.channels.smtp.settings import Settings, check, tls_context
from omnibound.channels.smtp.signing import read_signer
from omnibound.channels.smtp.trace import Exchange, Trace
from omnibound.domain.facts import Fact, Failure, Returned
from omnibound.domain.message import Attempt, Message
from omnibound.domain.status import Reason
from omnibound.ports import NOT_HELD, Emit, Share
from omnibound.ports.mail import Unwanted
from omnibound.wire.smtp import Reply

_log = logging.getLogger("omnibound.smtp")

STOP_S: Final = 10.0
_LAG: Final = 4
"""There is no room while more facts wait for their commit than this many windows."""
_GATHER_S: Final = 0.01
"""What becomes of mails is told in lists of so many seconds: relays answer one by one."""
_LEAST: Final = 0.2
"""What is not urgent goes in lists of at least so much of the window."""
_AMENDED: Final = (
    "rate", "window", "on_ambiguous", "trace", "messages", "timeout_s", "content_timeout_s", "idle_s", "retry_s",
)  # fmt: skip
"""Settings that change nothing about whom we speak to, as whom, and what we write."""


class Smtp:
    """See ports.Channel. Its binds are its connections; mails in hand wait for the first connection that has room."""

    def __init__(self, settings: Settings, deps: Deps) -> None:
        """Raises Invalid."""
        check(settings)
        self.name = deps.name
        self.channel = settings.channel
        self.carrier = settings.carrier or deps.name
        self.confirms: Confirms = "accept"
        self.resend = settings.on_ambiguous == "resend"
        self.settings = settings
        self.slots = settings.connections
        self.share = Share(self.slots, self.slots)
        self.stop_s = STOP_S
        self.counts: Counter[str] = Counter()
        self.clock = deps.clock
        self._mailing = deps.mailing
        self._tls = tls_context(settings)
        self._letters = Letters(settings, deps.mailing, read_signer(settings))
        self._throttle = Throttle(settings.rate, deps.clock)
        self._pace = Pace(self.name, self._throttle, deps.clock, self._tell)
        self._kept = Trace(settings.trace)
        self.bounces = Bounces(settings, self.carrier, deps.mailing, deps.clock)
        self._suppressing: set[asyncio.Task[None]] = set()
        self._unwanted: list[Unwanted] = []
        self._running = False
        self._busy = 0
        self._waking = Waking(deps.clock)
        self._hurry = asyncio.Event()

    # -- The channel contract ------------------------------------------------------------------------------------

    def room(self, share: float = 1.0) -> int:
        """See ports.Channel. Whoever finds no room is woken when there may be some."""
        if not self._running or not self._pace.up or not self.share.binds:
            self._waking.starved = True
            return 0
        window = max(1, int(self._window * share)) - self._busy
        if share < 1 and self._busy and window < self._window * _LEAST:
            # Mails in hand keep the connections busy meanwhile: a list costs less than as many pieces of it.
            window = 0
        lag = _LAG * self.settings.window - len(self._outcomes)
        rate = self._throttle.room(share)
        room = max(0, min(window, lag, rate))
        if not room:
            self._waking.starved = True
            if not rate:
                self._waking.at(self._throttle.due(share))
        return room

    def ahead(self) -> int:
        """See ports.Channel."""
        rate = self._throttle.rate
        return max(1, min(self._window, int(rate / 50)) if rate else self._window)

    def parts(self, message: Message) -> int:
        """A mail is one."""
        return 1

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        """See ports.Channel. Returns at once; the first connection, which tells how the link is, opens by itself."""
        self._waking.begin(wake)
        self._loop = asyncio.get_running_loop()
        self._outcomes = Outcomes(emit, _GATHER_S)
        self._idle = asyncio.Event()
        self._idle.set()
        self._running = True
        self._pool = Pool(self.name, self.settings, self._tls, self)
        self.bounces.start(emit)
        self._pace.why = "connecting" if self.share.binds else NOT_HELD
        self._pool.limit(self.share.binds)

    async def send(self, attempts: list[Attempt]) -> None:
        """See ports.Channel."""
        if not attempts:
            return
        self._busy += len(attempts)
        self._idle.clear()
        self._throttle.take(len(attempts))
        if not (self._running and self._pace.up and self.share.binds):
            for attempt in attempts:
                self._come_back(attempt, NotSent(self._pace.why))
            return
        blocked = await self._blocked(attempts)
        now = self.clock()
        letters: list[Letter] = []
        for attempt in attempts:
            made = blocked.get((attempt.message.account, attempt.address)) or self._letter(attempt, now)
            if isinstance(made, Letter):
                letters.append(made)
            else:
                self._come_back(attempt, made)
        self._pool.put(letters)
        if not (self._running and self._pace.up):
            self._pool.give_back(self._pace.why)

    async def resize(self, share: Share) -> None:
        """See ports.Channel."""
        held, self.share = self.share.binds, share
        self._throttle.limit(share.rate(self.settings.rate))
        if not self._running:
            return
        self._pool.limit(share.binds)
        if not share.binds:
            self._pool.give_back(NOT_HELD)
            self._pace.link(up=False, why=NOT_HELD)
        elif not held:
            self._pace.why = "connecting"
        self._waking.at(0)
        await self._pool.shrunk(NOT_HELD, self.stop_s)

    def amend(self, settings: Settings) -> bool:
        """See ports.Channel. In place are rate, window, time-outs, `messages`, `on_ambiguous` and `trace`."""
        same = {name: getattr(self.settings, name) for name in _AMENDED}
        if replace(settings, **same) != self.settings:
            return False
        self.settings = settings
        if self._running:
            self._pool.settings = settings
        self.resend = settings.on_ambiguous == "resend"
        self._kept.on = settings.trace
        self._throttle.limit(self.share.rate(settings.rate))
        return True

    async def stop(self, linger_s: float = 0) -> None:
        """See ports.Channel. What comes back is taken as long as it lingers."""
        if not self._running:
            if not linger_s:
                self._hurry.set()
            return
        self._running = False
        self._pool.give_back("stopping")
        with suppress(TimeoutError):
            async with asyncio.timeout(self.stop_s):
                await self._idle.wait()
        await self._pool.close("stopped before the answer")
        await asyncio.gather(*self._suppressing, return_exceptions=True)
        self._pace.link(up=False, why="stopped")
        self._waking.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(linger_s):
                await self._hurry.wait()
        await self.bounces.stop()
        await self._outcomes.close(self.stop_s)

    def up(self) -> bool:
        """See ports.Channel."""
        up = self._running and self._pace.up and self.share.binds > 0
        return up and self._throttle.paused_until <= self.clock()

    def condition(self) -> dict[str, object]:
        """See ports.Channel."""
        paused_until = self._throttle.paused_until
        return {
            "up": self._pace.up,
            "why": self._pace.why,
            "window": self._window,
            "busy": self._busy,
            "rate": self._throttle.rate,
            "connections": len(self._pool.connections) if self._running else 0,
            "throttled_until": paused_until if paused_until > self.clock() else 0,
            "counts": {**self.counts, "pauses": self._pace.pauses},
            "bounces": self.bounces.condition(),
            "trace": self._kept.on,
        }

    def trace(self, on: bool) -> None:
        """See ports.Channel."""
        self._kept.on = on

    def exchanges(self) -> list[Exchange]:
        """The last exchanges kept, the oldest first."""
        return self._kept.exchanges()

    # -- Mails ---------------------------------------------------------------------------------------------------

    @property
    def _window(self) -> int:
        binds, of = self.share
        return max(1, self.settings.window * binds // of) if binds else 0

    async def _blocked(self, attempts: Sequence[Attempt]) -> dict[tuple[int, str], Failure | NotSent]:
        """Addresses that must not be written to, by account; asked once a list."""
        by_account: dict[int, list[str]] = {}
        for attempt in attempts:
            by_account.setdefault(attempt.message.account, []).append(attempt.address)
        found: dict[tuple[int, str], Failure | NotSent] = {}
        for account, addresses in by_account.items():
            try:
                known = await self._mailing.suppressed(account, addresses)
            except Exception as error:  # noqa: BLE001 - who may not be written to is not written to unasked
                _log.exception("connector %s: it cannot be asked who wants no mail", self.name)
                self._pace.pause()
                found |= {(account, to): NotSent(f"not asked: {type(error).__name__}") for to in addresses}
            else:
                found |= {(account, to): _suppressed(reason) for to, reason in known.items()}
        return found

    def _letter(self, attempt: Attempt, now: int) -> Letter | Failure:
        try:
            return self._letters.write(attempt, now)
        except Exception as error:  # noqa: BLE001 - one fault must not stop the others
            _log.exception("connector %s: delivery %d makes no mail", self.name, attempt.delivery)
            return Failure(Reason.INVALID_CONTENT, f"smtp:{type(error).__name__}")

    # -- Outcomes ------------------------------------------------------------------------------------------------

    def done(self, letter: Letter, word: Word) -> None:
        """See connection.Pool."""
        verdict = self._verdict(letter, word)
        self._keep(letter, word, verdict)
        self._pace.heed(verdict, answered=False)
        if isinstance(verdict, Failure) and is_dead(verdict):
            self._suppress(letter.attempt, verdict.reason)
        self._come_back(letter.attempt, verdict)
        if isinstance(verdict, Slow):
            self._pool.give_back(verdict.why)

    def reached(self) -> None:
        """See pool.Desk."""
        if not self._pace.up:
            self._throttle.resume()
            self._pace.link(up=True, why="ready")
        self._waking.at(0)

    def unreached(self, why: str) -> float:
        """See pool.Desk."""
        self.counts["unreached"] += 1
        self._pace.pause()
        if self._pace.up or self._pace.why != why:
            self._pace.link(up=False, why=why)
        return max(LEAST_NAP_S, (self._throttle.paused_until - self.clock()) / SECOND)

    def _verdict(self, letter: Letter, word: Word) -> Verdict:
        if isinstance(word, Reply):
            return Taken((letter.id,), final=True)
        if not isinstance(word, Refused):
            return word
        failure = failure_of(word.reply, int(self.settings.retry_s * SECOND), of_sender=word.sender)
        return Slow(str(word.reply)) if failure.reason is Reason.THROTTLED else failure

    def _keep(self, letter: Letter, word: Word, verdict: Verdict) -> None:
        if not self._kept.on and isinstance(verdict, Taken):
            return
        reply = word.reply if isinstance(word, Refused) else word if isinstance(word, Reply) else None
        attempt = letter.attempt
        self._kept.keep(
            Exchange(
                at=self.clock(), delivery=attempt.delivery, attempt=attempt.number, sender=letter.sender,
                recipient=letter.recipient, size=len(letter.content), answer=str(reply)[:1_000] if reply else "",
                error="" if reply else str(getattr(verdict, "why", "") or getattr(verdict, "detail", "")),
            )
        )  # fmt: skip

    def _come_back(self, attempt: Attempt, verdict: Verdict) -> None:
        """The one outcome of an attempt; its place in the window is free."""
        fact = hand_over(attempt, verdict, self, self.clock())
        if isinstance(fact, Returned):
            self._throttle.give_back(1)
        self.counts[type(fact).__name__.lower()] += 1
        self._tell(fact)
        self._busy -= 1
        if not self._busy:
            self._idle.set()
        self._waking.soon()

    def _tell(self, fact: Fact) -> None:
        self._outcomes.add(fact)

    def _suppress(self, attempt: Attempt, reason: Reason) -> None:
        """Soon, with what else is told in this turn: the relay knows that nobody is there."""
        self._unwanted.append(Unwanted(attempt.message.account, attempt.address, reason, self.clock()))
        if len(self._unwanted) == 1:
            task = self._loop.create_task(self._suppress_all(), name=f"{self.name} suppresses")
            self._suppressing.add(task)
            task.add_done_callback(self._suppressing.discard)

    async def _suppress_all(self) -> None:
        unwanted, self._unwanted = self._unwanted, []
        try:
            await self._mailing.suppress(unwanted)
        except Exception:  # noqa: BLE001 - the relay says it again to the next mail
            _log.exception("connector %s: %d addresses are not suppressed", self.name, len(unwanted))


def _suppressed(reason: Reason) -> Failure:
    return Failure(Reason.BLOCKED, f"suppression:{reason.name.lower()}", retry=False)
