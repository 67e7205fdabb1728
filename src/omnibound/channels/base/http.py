"""What every HTTP provider's channel is built on: an author writes a request and the reading of answers and callbacks.

It owns window, rate, time-outs, back-off, trace, counts and the stop, and gathers outcomes into lists. A request that
never reached the provider is Returned; one that may have is Unknown; what the provider said is Accepted or Failed.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from msgspec.structs import replace

from omnibound.channels.base.client import Client, Exchanged, Headers, HttpSettings
from omnibound.channels.base.exchange import (
    Answer,
    Callback,
    Dead,
    Doubt,
    Exchange,
    NotSent,
    Request,
    Slow,
    Taken,
    Trace,
    Verdict,
    as_text,
    judge_status,
    sum_up,
)
from omnibound.channels.base.kinds import Confirms, Deps
from omnibound.channels.base.outcomes import Outcomes, hand_over
from omnibound.channels.base.pace import Pace
from omnibound.channels.base.throttle import Throttle
from omnibound.channels.base.waking import Waking
from omnibound.domain.errors import NotFound
from omnibound.domain.facts import Fact, Failure, Gone, Returned
from omnibound.domain.message import Attempt, Message
from omnibound.domain.status import Reason
from omnibound.ports import NOT_HELD, Emit, Share

_log = logging.getLogger("omnibound.channels")

STOP_S = 10.0
"""How long a stop waits for what is on its way."""
SLOTS = 12
"""One to four nodes, and six, can have equal parts of twelve."""
_AMENDED = ("rate", "window", "on_ambiguous", "trace", "linger_s")
"""Settings that change nothing about whom we ask, and how."""
_LAG = 4
"""There is no room while more facts wait for their commit than this many windows."""
_WORDS_LIMIT = 200


class _Job(NamedTuple):
    attempt: Attempt
    requests: Sequence[Request]


class HttpChannel(ABC):
    """A connector to an HTTP provider: `window` workers, no task a message."""

    family = "http"
    """Stands before the provider's words in a failure's detail."""
    confirms: Confirms = "provider"
    """Who says that an attempt has arrived."""

    def __init__(self, settings: HttpSettings, deps: Deps, secrets: tuple[str, ...] = ()) -> None:
        """`secrets` are texts that no trace may show, whatever they stand in."""
        self.name = deps.name
        self.channel = settings.channel
        self.carrier = settings.carrier or deps.name
        self.resend = settings.on_ambiguous == "resend"
        self.clock = deps.clock
        self.throttle = Throttle(settings.rate, deps.clock)
        self.counts: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        """The provider's words that we do not know, and how often they came."""
        self.stop_s = STOP_S
        self.slots = SLOTS
        self.share = Share(SLOTS, SLOTS)
        self._settings = settings
        self._kept = Trace(secrets)
        self._kept.on = settings.trace
        self._pace = Pace(self.name, self.throttle, deps.clock, self._tell)
        self._running = False
        self._hurry = asyncio.Event()
        self._busy = 0
        self._waking = Waking(deps.clock)

    # -- What the author writes ----------------------------------------------------------------------------------

    @abstractmethod
    def request(self, attempt: Attempt) -> Request | Failure:
        """The request for an attempt, or why there can be none."""

    @abstractmethod
    def read(self, request: Request, answer: Answer) -> Verdict | None:
        """What an answer means; None leaves it to the status code (`judge_status`)."""

    async def requests(self, attempts: list[Attempt]) -> list[Sequence[Request] | Failure]:
        """The requests of each attempt, in order, at least one each.

        For providers where an attempt is several requests, or where something is looked up for the whole list at
        once. What it raises gives the whole list back.
        """
        return [self.one_request(attempt) for attempt in attempts]

    async def authorize(self) -> Headers | Failure | NotSent:
        """Headers that give us access, put on as a request is written; or why there are none."""
        return {}

    def unauthorized(self, headers: Headers) -> bool:
        """Told of a 401 to these headers. True: `authorize` gives others now, so the request may go once more."""
        return False

    def read_callback(self, callback: Callback) -> list[Fact]:
        """The facts in a provider's request to us. It keeps nothing: a replayed callback gives equal facts.

        Raises Unauthorized for a wrong signature, Invalid for nonsense, NotFound where there are no callbacks.
        """
        raise NotFound(f"{self.name} takes no callbacks")

    # -- What helps the author -----------------------------------------------------------------------------------

    def one_request(self, attempt: Attempt) -> Sequence[Request] | Failure:
        """`request`, safely: to give back what cannot be written would only bring it here again."""
        try:
            made = self.request(attempt)
        except Exception as error:  # noqa: BLE001 - one fault must not stop the others
            _log.exception("connector %s: delivery %d has no request", self.name, attempt.delivery)
            return Failure(Reason.INVALID_CONTENT, f"{self.family}:{type(error).__name__}")
        return made if isinstance(made, Failure) else (made,)

    def unknown_word(self, word: str) -> Failure:
        """The failure for a word that no table of ours has; it is counted, and logged the first time."""
        if word not in self.words and len(self.words) < _WORDS_LIMIT:
            _log.warning("connector %s: the provider says %r, which we do not know", self.name, word)
            self.words[word] = 0
        if word in self.words:
            self.words[word] += 1
        return Failure(Reason.UNKNOWN, f"{self.family}:{word}")

    # -- The channel contract ------------------------------------------------------------------------------------

    def room(self, share: float = 1.0) -> int:
        """How many attempts it can write now; whoever finds no room is woken when there may be some."""
        if not self._running or not self.share.binds:
            return 0
        window = max(1, int(self._window * share)) - self._busy
        lag = _LAG * self._settings.window - len(self._outcomes)
        rate = self.throttle.room(share)
        room = max(0, min(window, lag, rate))
        if not room:
            self._waking.starved = True
            if not rate:
                self._waking.at(self.throttle.due(share))
        return room

    def ahead(self) -> int:
        """As many as a window holds: an answer takes longer than a commit."""
        rate = self.throttle.rate
        return max(1, min(self._window, int(rate / 50)) if rate else self._window)

    def up(self) -> bool:
        """Whether it may be tried: a provider that could not be reached is, as soon as its pause is over."""
        return self._running and self.share.binds > 0 and self.throttle.paused_until <= self.clock()

    def parts(self, message: Message) -> int:
        """An HTTP provider takes a message as a whole."""
        return 1

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        """Open the session and start the workers; nothing is asked of the provider yet."""
        self._waking.begin(wake)
        self.client = Client(self._settings)
        self._outcomes = Outcomes(emit)
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._idle = asyncio.Event()
        self._idle.set()
        self._running = True
        self._workers = [asyncio.create_task(self._work(), name=self.name) for _ in range(self._settings.window)]
        self._tell_link()

    async def send(self, attempts: list[Attempt]) -> None:
        """Write them all; returns once they are in the workers' hands."""
        if not attempts:
            return
        self._busy += len(attempts)
        self._idle.clear()
        self.throttle.take(len(attempts))
        for attempt, made in zip(attempts, await self._prepare(attempts), strict=True):
            if isinstance(made, Failure | NotSent):
                self._done(attempt, made)
            else:
                self._jobs.put_nowait(_Job(attempt, made))

    async def resize(self, share: Share) -> None:
        """See ports.Channel. Requests that are with the provider after 10 s still are let come to their own end."""
        held, self.share = self.share.binds, share
        self.throttle.limit(share.rate(self._settings.rate))
        if not self._running:
            return
        if bool(held) != bool(share.binds):
            self._tell_link()
        self._waking.at(0)
        if not share.binds:
            await self._finish(NOT_HELD)

    def amend(self, settings: HttpSettings) -> bool:
        """See ports.Channel. In place are rate, `on_ambiguous`, `trace`, and a window that is not wider: a session's
        bound on connections stays what it was.
        """
        same = {name: getattr(self._settings, name) for name in _AMENDED}
        if replace(settings, **same) != self._settings or settings.window > self._settings.window:
            return False
        self._settings = settings
        self.resend = settings.on_ambiguous == "resend"
        self._kept.on = settings.trace
        self.throttle.limit(self.share.rate(settings.rate))
        return True

    async def stop(self, linger_s: float = 0) -> None:
        """See ports.Channel. Callbacks can be read at any time: to linger is no more than to end later."""
        if not self._running:
            self._hurry.set()
            return
        self._running = False
        await self._finish("stopping")
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._pace.link(up=False, why="stopped")
        await self._outcomes.close(self.stop_s)
        self._waking.end()
        await self.client.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(linger_s):
                await self._hurry.wait()

    def condition(self) -> dict[str, object]:
        """How it is, for people. No secrets."""
        paused_until = self.throttle.paused_until
        return {
            "up": self._pace.up,
            "why": self._pace.why,
            "window": self._window,
            "busy": self._busy,
            "rate": self.throttle.rate,
            "throttled_until": paused_until if paused_until > self.clock() else 0,
            "counts": {**self.counts, "pauses": self._pace.pauses},
            "unknown_words": dict(self.words),
            "trace": self._kept.on,
        }

    def trace(self, on: bool) -> None:
        """Keep every exchange, or failures only."""
        self._kept.on = on

    def exchanges(self) -> list[Exchange]:
        """The last exchanges kept, the oldest first, secrets blanked."""
        return self._kept.exchanges()

    @property
    def _window(self) -> int:
        """Requests that may be on their way at once from here."""
        binds, of = self.share
        return max(1, self._settings.window * binds // of) if binds else 0

    def _tell_link(self) -> None:
        held = self.share.binds > 0
        self._pace.link(up=held, why="ready" if held else NOT_HELD)

    async def _finish(self, why: str) -> None:
        """Give back what has not begun, and wait for the rest, at most 10 s."""
        while not self._jobs.empty():
            self._done(self._jobs.get_nowait().attempt, NotSent(why))
        try:
            async with asyncio.timeout(self.stop_s):
                await self._idle.wait()
        except TimeoutError:
            _log.warning("connector %s: %d attempts are still on their way (%s)", self.name, self._busy, why)

    # -- Workers -------------------------------------------------------------------------------------------------

    async def _prepare(self, attempts: list[Attempt]) -> Sequence[Sequence[Request] | Failure | NotSent]:
        if not self._running:
            return [NotSent("stopping")] * len(attempts)
        try:
            return await self.requests(attempts)
        except asyncio.CancelledError:
            for attempt in attempts:
                self._done(attempt, NotSent("cancelled"))
            raise
        except Exception as error:  # noqa: BLE001 - each attempt has to come back
            _log.exception("connector %s: %d attempts cannot be prepared", self.name, len(attempts))
            # Else they would come straight back, as fast as the loop turns.
            self._pace.pause()
            return [NotSent(f"cannot be prepared: {type(error).__name__}")] * len(attempts)

    async def _work(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                verdict = sum_up(await self._try_all(job))
            except asyncio.CancelledError:
                self._done(job.attempt, Doubt("stopped before the answer"))
                raise
            except Exception as error:  # noqa: BLE001 - each attempt has to come back
                _log.exception("connector %s: delivery %d", self.name, job.attempt.delivery)
                verdict = Doubt(f"cannot read the answer: {type(error).__name__}")
            self._done(job.attempt, verdict)

    async def _try_all(self, job: _Job) -> list[Verdict]:
        verdicts: list[Verdict] = []
        self.throttle.take(len(job.requests) - 1)
        for request in job.requests:
            verdict = await self._try(job.attempt, request)
            verdicts.append(verdict)
            if isinstance(verdict, Slow | NotSent):
                break
        return verdicts

    async def _try(self, attempt: Attempt, request: Request) -> Verdict:
        began = self.clock()
        if self.throttle.paused_until > began:
            return NotSent("throttled")
        exchanged = await self.client.exchange(request, self.authorize, self.unauthorized)
        verdict: Verdict = exchanged.verdict
        try:
            if exchanged.answer is not None:
                verdict = Doubt("the answer cannot be read")
                verdict = self.read(request, exchanged.answer) or judge_status(exchanged.answer, self.clock())
        finally:
            if self._kept.on or not isinstance(verdict, Taken):
                self._keep(attempt, request, exchanged, verdict, began)
        if isinstance(verdict, Dead):
            self._tell(Gone(self.name, self.channel, verdict.address, self.clock()))
        self._pace.heed(verdict, answered=exchanged.answer is not None)
        return verdict

    def _keep(self, attempt: Attempt, request: Request, exchanged: Exchanged, verdict: Verdict, began: int) -> None:
        answer = exchanged.answer
        exchange = Exchange(
            at=began,
            took=self.clock() - began,
            delivery=attempt.delivery,
            attempt=attempt.number,
            method=request.method,
            url=request.url,
            headers=dict(request.headers),
            body=as_text(request.body),
            status=answer.status if answer else 0,
            answer=as_text(answer.body) if answer else "",
            error="" if answer else str(getattr(verdict, "why", "") or getattr(verdict, "detail", "")),
        )
        self._kept.keep(exchange, exchanged.secrets)

    # -- Outcomes ------------------------------------------------------------------------------------------------

    def _tell(self, fact: Fact) -> None:
        self._outcomes.add(fact)

    def _done(self, attempt: Attempt, verdict: Verdict) -> None:
        """The one outcome of an attempt; its place in the window is free."""
        fact = hand_over(attempt, verdict, self, self.clock())
        if isinstance(fact, Returned):
            self.throttle.give_back(1)
        self.counts[type(fact).__name__.lower()] += 1
        self._tell(fact)
        self._busy -= 1
        if not self._busy:
            self._idle.set()
        self._waking.soon()
