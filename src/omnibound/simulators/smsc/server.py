"""The carrier itself: its ports, its links, and what can be asked of it."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from omnibound.simulators.smsc.control import Control
from omnibound.simulators.smsc.intake import Intake
from omnibound.simulators.smsc.mailbox import Mailbox
from omnibound.simulators.smsc.posts import write_inbound
from omnibound.simulators.smsc.session import Session
from omnibound.simulators.smsc.settings import SmscSettings, changed, checked
from omnibound.simulators.smsc.tally import Kept, Tally


class Smsc:
    """A simulated SMS centre, SMPP 3.4. All of it lives in the event loop that started it.

    Raises ValueError for settings that make no sense.
    """

    def __init__(self, settings: SmscSettings | None = None) -> None:
        self.settings = checked(settings or SmscSettings())
        self.tally = Tally(self.settings.last, count_numbers=self.settings.keep == "numbers")
        self.intake = Intake(self.tally)
        self._mailboxes: dict[str, Mailbox] = {}
        self._sessions: set[Session] = set()
        self._server: asyncio.Server | None = None
        self._control: Control | None = None
        self._resume: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()
        self._reference = 0

    # -- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. Raises OSError where a port is taken, or a certificate cannot be read."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Session(self), self.settings.host, self.settings.port, ssl=_tls(self.settings), backlog=1024
        )
        if self.settings.control_port is None:
            return
        self._control = Control(self)
        try:
            await self._control.start(self.settings.host, self.settings.control_port)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close all links and ports; what is still owed is forgotten."""
        if self._resume:
            self._resume.cancel()
            self._resume = None
        if self._control:
            await self._control.stop()
            self._control = None
        if self._server:
            self._server.close()
            self._server = None
        for mailbox in self._mailboxes.values():
            mailbox.clear()
        for session in list(self._sessions):
            session.abort()
        await self._empty.wait()

    async def __aenter__(self) -> "Smsc":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """Where it listens for SMPP. Raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("the carrier has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def control_port(self) -> int | None:
        """Where it listens for control lines; None: nowhere."""
        return self._control.port if self._control else None

    # -- what a link needs ---------------------------------------------------------------------------------------

    def mailbox(self, system_id: str) -> Mailbox:
        """The mailbox of a system_id, made when there is none."""
        found = self._mailboxes.get(system_id)
        if found is None:
            found = self._mailboxes[system_id] = Mailbox(system_id, lambda: self.settings, self.tally)
        return found

    def came(self, session: Session) -> None:
        """A link is there."""
        self._sessions.add(session)
        self._empty.clear()
        if self._resume:
            session.stop("pause")

    def went(self, session: Session) -> None:
        """A link is gone."""
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()

    # -- what can be asked of it ---------------------------------------------------------------------------------

    @property
    def counts(self) -> dict[str, int]:
        """Everything in `tally.Counts`, and what is outstanding: receipts and inbound messages to be acknowledged."""
        return {**msgspec.structs.asdict(self.tally.counts), "outstanding": self.tally.outstanding}

    @property
    def states(self) -> dict[str, int]:
        """Receipts that fell due, by their word."""
        return dict(self.tally.states)

    @property
    def statuses(self) -> dict[str, int]:
        """Submits answered with an error, by its name."""
        return dict(self.tally.statuses)

    @property
    def numbers(self) -> dict[str, int]:
        """Accepted messages of each destination, with keep="numbers"."""
        return {number.decode("latin-1"): count for number, count in self.tally.numbers.items()}

    def messages(self, last: int = 10) -> list[Kept]:
        """The last accepted messages, the newest last."""
        return self.tally.messages(last)

    async def until(self, **at_least: int) -> None:
        """Wait until each of these counts is that high (`outstanding`: that low). Raises ValueError for others."""
        await self.tally.until(at_least)

    def say(
        self,
        sender: str,
        recipient: str,
        text: str,
        system_id: str = "",
        parts: Sequence[int] = (),
        reference: int = 0,
    ) -> int:
        """A phone writes to `recipient`; gives the number of parts that come. They wait if nobody is bound.

        `system_id` may be left out where there is only one. `parts` (from 1) come in this order; all in theirs if none
        is named. Raises ValueError (PduError and TextTooLong are some).
        """
        mailbox = self.mailbox(system_id or self._only())
        self._reference += 1
        written = write_inbound(sender, recipient, text, reference or self._reference)
        if any(not 1 <= part <= len(written) for part in parts):
            raise ValueError(f"the text has the parts 1 to {len(written)}")
        coming = [written[part - 1] for part in parts] or written
        self.tally.counts.inbound += len(coming)
        mailbox.post(coming)
        return len(coming)

    def _only(self) -> str:
        names = [self.settings.system_id] if self.settings.system_id else list(self._mailboxes)
        if len(names) != 1:
            raise ValueError(f"say for which system_id; there are {len(names)}")
        return names[0]

    def change(self, **settings: object) -> None:
        """Change settings while it runs. Raises ValueError, and then nothing has changed."""
        self.settings = changed(self.settings, settings)

    def drop_links(self) -> int:
        """Break every link; gives their number."""
        for session in self._sessions:
            session.abort()
        return len(self._sessions)

    def bound(self) -> int:
        """How many links are bound now."""
        return sum(session.bound for session in self._sessions)

    def pause(self, seconds: float) -> None:
        """Read nothing and answer nothing for so long, new links included. 0 ends a pause. Raises ValueError."""
        if not 0 <= seconds < float("inf"):
            raise ValueError("seconds have to be 0 or more")
        if self._resume:
            self._resume.cancel()
        for session in self._sessions:
            session.stop("pause")
        self._resume = asyncio.get_running_loop().call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._resume = None
        for session in list(self._sessions):
            session.go("pause")


def _tls(settings: SmscSettings) -> ssl.SSLContext | None:
    if not settings.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key or None)
    return context


_print = partial(print, flush=True)


async def serve(settings: SmscSettings, started: Callable[[str], None] = _print) -> None:
    """Run until cancelled. `started` is told once, in a line, where it listens. Raises as `Smsc.start` does."""
    async with Smsc(settings) as smsc:
        control = f", control lines on port {smsc.control_port}" if smsc.control_port else ""
        started(f"simulated SMSC listens on {settings.host}:{smsc.port}{control}")
        await asyncio.Event().wait()
