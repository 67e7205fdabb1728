"""One bind, kept up: connect, bind, watch, reconnect with back-off; its window written and read."""

import asyncio
import logging
import ssl
from typing import Final, Literal

from omnibound.channels.smpp.link import Link
from omnibound.channels.smpp.patience import BackOff, Enquiry
from omnibound.channels.smpp.reading import Chunk, Reader, data_responses
from omnibound.channels.smpp.shared import Shared, Teller
from omnibound.channels.smpp.texts import Run
from omnibound.channels.smpp.window import Window
from omnibound.domain.facts import Fact
from omnibound.wire.smpp import Pdu, deliver_responses, pdu, status_name
from omnibound.wire.smpp import constants as c

_log = logging.getLogger("omnibound.smpp")

Role = Literal["transceiver", "transmitter", "receiver"]
COMMANDS: Final[dict[Role, int]] = {
    "transceiver": c.BIND_TRANSCEIVER,
    "transmitter": c.BIND_TRANSMITTER,
    "receiver": c.BIND_RECEIVER,
}
_HOPELESS: Final = frozenset({c.RINVPASWD, c.RINVSYSID})
"""A carrier that does not know us is asked again as rarely as the settings allow."""
_UNBIND_S: Final = 2.0
_MICRO: Final = 1_000_000


class NotBound(Exception):
    """The carrier refused the bind."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the carrier refuses the bind: {status_name(status)}")
        self.hopeless = status in _HOPELESS


class Bind:
    """A bind of one role. `bound`: it may be used; `why` it is not."""

    def __init__(self, number: int, role: Role, shared: Shared, teller: Teller) -> None:
        settings = shared.settings
        self.number = number
        self.name = f"{shared.name}/{role}-{number}"
        self.role: Role = role
        self.sends = role != "receiver"
        self.bound = False
        self.why = "not connected yet"
        self.paused_until = 0
        """Microseconds UTC; 0 when it is not paused."""
        self.window = Window(settings.window, settings.response_timeout_s, shared.origin, shared.refusals)
        self._shared = shared
        self._teller = teller
        self._reader = Reader(shared, self.window)
        self._link: Link | None = None
        self._back_off = BackOff(settings)
        self._hopeless = False
        self._enquiry: Enquiry | None = None
        self._stopping = False
        self._stood = False
        """Whether the core was told that it is up, and not yet that it is down."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._answer: asyncio.Future[int] | None = None
        self._unbound = asyncio.Event()

    # -- What the channel asks -----------------------------------------------------------------------------------

    def room(self, share: float) -> int:
        """Submits that may be written now."""
        if not self.bound or self.paused_until or not self.sends or (self._link and self._link.full):
            return 0
        return self.window.room(share)

    def submit(self, runs: list[Run]) -> list[Run]:
        """Write them in one piece; what found no room."""
        loop = asyncio.get_running_loop()
        out, refused = self.window.submit(runs, loop.time())
        self._write(out)
        self._watch_deadline(loop)
        return refused

    def condition(self) -> dict[str, object]:
        """How it is, for people."""
        return {
            "name": self.name,
            "role": self.role,
            "bound": self.bound,
            "why": self.why,
            "pending": len(self.window),
            "throttled_until": self.paused_until,
        }

    def amend(self) -> None:
        """Go on by the settings that all binds share now."""
        shared = self._shared
        settings = shared.settings
        self.window.amend(settings.window, settings.response_timeout_s, shared.origin, shared.refusals)
        self._back_off = BackOff(settings)
        if self._enquiry:
            self._enquiry.interval_s = settings.enquire_link_s

    def start(self) -> asyncio.Task[None]:
        """Keep it up until `close`."""
        return asyncio.create_task(self._run(), name=self.name)

    def give_up(self, why: str) -> None:
        """What is still in the window comes back as Unknown."""
        self._tell(self.window.lost(why, self._shared.clock()))

    async def close(self) -> None:
        """Unbind, wait shortly for the answer, and close."""
        self._stopping = True
        link = self._link
        if link is None:
            return
        if self.bound:
            self.bound = False
            link.write(pdu(c.UNBIND, self.window.number()))
            try:
                async with asyncio.timeout(_UNBIND_S):
                    await self._unbound.wait()
            except TimeoutError:
                pass
        link.close("stopped")
        await link.closed.wait()

    # -- Keeping it up -------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while not self._stopping:
            self._hopeless = False
            try:
                await self._live()
            except (OSError, TimeoutError, ssl.SSLError, NotBound) as error:
                self._failed(error)
            except Exception as error:  # noqa: BLE001 - a bind that is not kept up is worse than any fault in it
                _log.exception("bind %s stumbled", self.name)
                self._failed(error)
            if not self._stopping:
                await asyncio.sleep(self._back_off.wait(hopeless=self._hopeless))

    async def _live(self) -> None:
        """One connection from its beginning to its end."""
        settings = self._shared.settings
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(settings.connect_timeout_s):
            _, link = await loop.create_connection(
                lambda: Link(self), settings.host, settings.port, ssl=self._shared.tls
            )
        self._link = link
        self._answer = loop.create_future()
        try:
            if link.closed.is_set():
                raise ConnectionError(link.why)
            link.write(pdu(COMMANDS[self.role], self.window.number(), self._shared.bind_body))
            async with asyncio.timeout(settings.response_timeout_s):
                status = await self._answer
            if status:
                raise NotBound(status)
            await link.closed.wait()
        finally:
            # What is told of the old connection must not be taken for the next one's; nobody waits for its answer.
            self._answer = None
            link.abort("given up")
            await link.closed.wait()
            self._link = None

    def _failed(self, error: Exception) -> None:
        self._hopeless = isinstance(error, NotBound) and error.hopeless
        self.why = str(error) or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)
        self._teller.changed(self.why)

    def _is_bound(self) -> None:
        self.bound, self._stood, self.why = True, True, "bound"
        self._back_off.reset()
        if self._link:
            self._enquiry = Enquiry(self._link, self._shared.settings.enquire_link_s, self.window.number)
        self._teller.changed(self.why)
        self._teller.roomier(much=True)

    # -- The link's events ---------------------------------------------------------------------------------------

    def received(self, pdus: list[Pdu]) -> None:
        """See link.Listener."""
        shared, window = self._shared, self.window
        at = shared.clock()
        if shared.trace.on:
            shared.trace.keep(at, self.name, pdus, out=False)
        before = len(window)
        chunk = self._reader.read(pdus, at)
        if window.waiting and not self.paused_until:
            chunk.out += window.flush(asyncio.get_running_loop().time(), at, chunk.facts)
        self._write(chunk.out)
        if chunk.delivered or chunk.passed:
            self._tell_and_acknowledge(chunk)
        else:
            self._tell(chunk.facts)
        for news in chunk.news:
            self._hear(*news)
        if window.slowed:
            self._pause(at)
        if window.forgotten:
            window.forgotten = False
            self._abort("the carrier has forgotten the bind")
        if len(window) < before:
            self._teller.roomier()

    def writable(self) -> None:
        """See link.Listener."""
        self._go_on()

    def written(self, data: bytes) -> None:
        """See link.Listener."""
        shared = self._shared
        if shared.trace.on:
            shared.trace.keep_written(shared.clock(), self.name, data)

    def lost(self, why: str) -> None:
        """See link.Listener."""
        self.bound, self.paused_until = False, 0
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._enquiry:
            self._enquiry.end()
        self._unbound.set()
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError(why))
        self.give_up(f"link lost: {why}")
        if self._stood:
            self._stood, self.why = False, why
            _log.log(logging.INFO if self._stopping else logging.WARNING, "bind %s is down: %s", self.name, why)
            self._teller.changed(why)

    def _tell_and_acknowledge(self, chunk: Chunk) -> None:
        """A carrier hears "yes" only of what is committed; else it is asked to try again."""
        link, owed = self._link, len(chunk.delivered) + len(chunk.passed)

        def acknowledge(good: bool) -> None:
            status = c.ROK if good else c.RX_T_APPN
            if link:
                link.write(deliver_responses(chunk.delivered, status) + data_responses(chunk.passed, status))
                link.owe(-owed)

        if link:
            link.owe(owed)
        self._teller.tell(chunk.facts, acknowledge)

    def _hear(self, command: int, status: int, sequence: int, _body: bytes) -> None:
        if command == COMMANDS[self.role] | c.RESPONSE or command == c.GENERIC_NACK:
            self._bind_answered(command, status)
        elif command == c.UNBIND_RESP:
            self._unbound.set()
        elif command == c.UNBIND and self._link:
            self.bound = False
            self._link.write(pdu(c.UNBIND_RESP, sequence))
            self._link.close("the carrier has unbound us")

    def _bind_answered(self, command: int, status: int) -> None:
        if self._answer is None or self._answer.done():
            return
        if not status and command == c.GENERIC_NACK:
            status = c.RBINDFAIL
        self._answer.set_result(status)
        if not status:
            self._is_bound()

    # -- Timers --------------------------------------------------------------------------------------------------

    def _watch_deadline(self, loop: asyncio.AbstractEventLoop) -> None:
        deadline = self.window.deadline()
        if deadline is not None and "deadline" not in self._timers:
            self._timers["deadline"] = loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timers.pop("deadline", None)
        loop = asyncio.get_running_loop()
        # A timer may ring a clock tick early.
        facts = self.window.expired(loop.time() + 0.001, self._shared.clock())
        self._watch_deadline(loop)
        if facts:
            self._shared.counts["timeouts"] += len(facts)
            self._tell(facts)
            self._go_on()

    def _pause(self, at: int) -> None:
        """The carrier asks to slow down: this bind writes nothing for a while."""
        self.window.slowed = False
        self._shared.counts["throttled"] += 1
        if self.paused_until:
            return
        seconds = self._shared.settings.throttle_pause_s
        self.paused_until = at + int(seconds * _MICRO)
        self._timers["pause"] = asyncio.get_running_loop().call_later(seconds, self._resume)
        self._teller.changed("throttled")

    def _resume(self) -> None:
        self.paused_until = 0
        self._teller.changed("throttle pause over")
        self._go_on()

    def _go_on(self) -> None:
        """There may be room again: for what waits here first."""
        if self.window.waiting and self.bound and not self.paused_until:
            facts: list[Fact] = []
            loop = asyncio.get_running_loop()
            self._write(self.window.flush(loop.time(), self._shared.clock(), facts))
            self._watch_deadline(loop)
            self._tell(facts)
        self._teller.roomier()

    # -- Small ---------------------------------------------------------------------------------------------------

    def _write(self, out: list[bytes]) -> None:
        if out and self._link:
            self._link.write(out[0] if len(out) == 1 else b"".join(out))

    def _tell(self, facts: list[Fact]) -> None:
        if facts:
            self._teller.tell(facts)

    def _abort(self, why: str) -> None:
        self.bound = False
        if self._link:
            self._link.abort(why)
