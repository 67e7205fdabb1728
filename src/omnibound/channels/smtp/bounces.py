"""Where mail that comes back is taken: for our own addresses only, each with its id, and answered after the commit."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import Final

from omnibound.channels.smtp.feedback import Feedback, find_ids, read_feedback
from omnibound.channels.smtp.letters import BOUNCE
from omnibound.channels.smtp.settings import Settings
from omnibound.domain.facts import Receipt
from omnibound.ports import Clock, Emit
from omnibound.ports.mail import Back, Mailing
from omnibound.wire.smtp import OK, Envelope, Session

_log = logging.getLogger("omnibound.smtp")

_AGAIN_S: Final = 5.0
_MOST: Final = 100
"""Connections at once."""
_NOBODY: Final = "550 5.1.1 nobody is reached here"
_LATER: Final = "451 4.3.0 it could not be kept, try again"


class Bounces:
    """A port for LMTP or SMTP. Nothing runs where a table names none."""

    def __init__(self, settings: Settings, carrier: str, mailing: Mailing, clock: Clock) -> None:
        self.settings = settings
        self.counts: Counter[str] = Counter()
        self.port = 0
        self.why = ""
        """Why it does not listen; empty: it does, or is not to."""
        self._carrier = carrier
        self._mailing = mailing
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()

    def start(self, emit: Emit) -> None:
        """Listen; where the port is taken, as soon as it is not."""
        self._emit = emit
        if self.settings.lmtp_port is not None:
            self._listening = asyncio.get_running_loop().create_task(self._listen(self.settings.lmtp_port))

    async def stop(self) -> None:
        """Close; what was not answered is sent again by the relay."""
        tasks = [*self._tasks, *filter(None, (self._listening,))]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def condition(self) -> dict[str, object]:
        """For people."""
        return {"port": self.port, "why": self.why, "counts": dict(self.counts)}

    async def _listen(self, port: int) -> None:
        while True:
            try:
                server = await asyncio.start_server(self._serve, self.settings.lmtp_host, port, limit=1 << 16)
            except OSError as error:
                if self.why != str(error):
                    _log.warning("mail that comes back cannot be taken: %s", error)
                self.why = str(error)
                await asyncio.sleep(_AGAIN_S)
                continue
            self.port, self.why = int(server.sockets[0].getsockname()[1]), ""
            self.ready.set()
            async with server:
                await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= _MOST:
            writer.write(b"421 4.3.2 too many connections\r\n")
            writer.close()
            return
        self._tasks.add(task)
        try:
            await _Session(self, reader, writer).run()
        except asyncio.CancelledError:
            # The end of the server: asyncio's streams would report a task that was cancelled.
            writer.close()
        finally:
            self._tasks.discard(task)
            with suppress(ConnectionError):
                await writer.wait_closed()

    # -- What is taken -------------------------------------------------------------------------------------------

    def knows(self, address: str) -> bool:
        """Whether it is an address of ours: an id that we gave, or the one for complaints."""
        return self._is_for_complaints(address) or self._attempt(address) is not None

    async def take(self, address: str, content: bytes) -> str:
        """The answer to a mail, once what it says is committed."""
        try:
            feedback = read_feedback(content)
        except Exception:  # noqa: BLE001 - whoever sends nonsense must not stop the others
            _log.exception("a mail that came back cannot be read")
            feedback = None
        ids = find_ids(content) if self._is_for_complaints(address) else [self._id(address)]
        known = [(id_, of[0]) for id_ in ids if (of := self._mailing.bounced(id_)) is not None]
        if feedback is None or not known:
            self.counts["ignored"] += 1
            return OK
        try:
            await self._tell(feedback, known[0])
        except Exception:  # noqa: BLE001 - whatever it was, the relay has to keep it
            _log.exception("what came back is not committed")
            return _LATER
        self.counts["complaints" if feedback.detail.startswith("arf:") else feedback.status.name.lower()] += 1
        return OK

    async def _tell(self, feedback: Feedback, of: tuple[str, int]) -> None:
        id_, delivery = of
        now = self._clock()
        if feedback.suppress is not None:
            await self._mailing.suppress_back([Back(delivery, feedback.suppress, now)])
        await self._emit([Receipt(self._carrier, id_, feedback.status, feedback.reason, feedback.detail, now)])

    def _is_for_complaints(self, address: str) -> bool:
        user, _, domain = address.rpartition("@")
        ours = domain.lower() == self.settings.bounce_domain.lower()
        return ours and bool(self.settings.complaints) and user.lower() == self.settings.complaints.lower()

    def _id(self, address: str) -> str:
        user, _, domain = address.lower().rpartition("@")
        ours = domain == self.settings.bounce_domain.lower() and user.startswith(BOUNCE)
        return user.removeprefix(BOUNCE) if ours else ""

    def _attempt(self, address: str) -> tuple[int, int] | None:
        id_ = self._id(address)
        return self._mailing.bounced(id_) if id_ else None


class _Session(Session):
    """A connection of the relay's."""

    def __init__(self, bounces: Bounces, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(bounces.settings.bounce_domain, reader, writer)
        self.lmtp = bounces.settings.lmtp
        self._bounces = bounces

    async def recipient(self, address: str) -> str:
        """Nobody but ours: forged ones end here."""
        if self._bounces.knows(address):
            return OK
        self._bounces.counts["refused"] += 1
        return _NOBODY

    async def content(self, envelope: Envelope, content: bytes) -> list[str]:
        """An answer for each recipient in LMTP, the worst one in SMTP."""
        answers = [await self._bounces.take(address, content) for address in envelope.recipients]
        return answers if self.lmtp else [max(answers)]
