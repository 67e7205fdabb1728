"""The relay itself: its port, what it took, and what it sends back."""

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiosmtplib import SMTP, SMTPException
from msgspec import Struct

from omnibound.simulators.smtp import magic, reports
from omnibound.simulators.smtp.certificates import make_certificate
from omnibound.simulators.smtp.magic import wish_of
from omnibound.simulators.smtp.session import RelaySession
from omnibound.simulators.smtp.settings import SmtpSettings, checked
from omnibound.wire.smtp import Envelope

_TRIES = 20
_AGAIN_S = 0.25


class Kept(Struct, frozen=True, kw_only=True):
    """A mail that was taken."""

    sender: str
    recipient: str
    content: bytes


class Relay:
    """A simulated relay. All of it lives in the event loop that started it. Raises ValueError for wrong settings."""

    def __init__(self, settings: SmtpSettings | None = None) -> None:
        self.settings = checked(settings or SmtpSettings())
        self.counts: Counter[str] = Counter()
        self.mails: deque[Kept] = deque(maxlen=self.settings.last)
        self.answers: list[str] = []
        """What whoever takes reports said to them."""
        self.tls_context: ssl.SSLContext | None = None
        self._met: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._news = asyncio.Condition()
        self._waiting = 0

    # -- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        if self.settings.tls != "none":
            self.tls_context = _context(self.settings.certificate)
        own = self.tls_context if self.settings.tls == "tls" else None
        self._server = await asyncio.start_server(
            self._serve, self.settings.host, self.settings.port, ssl=own, limit=1 << 17, backlog=1024
        )

    async def stop(self) -> None:
        """Close all links and the port; reports that were not sent are forgotten."""
        if self._server:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> "Relay":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """Where it listens. Raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("the relay has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        full = 0 < self.settings.connections <= len(self._writers)
        if task is None or full:
            writer.write(b"421 4.7.0 too many connections\r\n")
            writer.close()
            return
        self.counts["connections"] += 1
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await RelaySession(self, reader, writer).run()
        except asyncio.CancelledError:
            writer.close()
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            with suppress(OSError):
                await writer.wait_closed()

    def drop_links(self) -> None:
        """Break every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    # -- what is taken -------------------------------------------------------------------------------------------

    def is_new(self, address: str) -> bool:
        """Whether it was never asked for before."""
        new = address not in self._met
        self._met.add(address)
        return new

    def keep(self, envelope: Envelope, content: bytes) -> None:
        """Take a mail, and send back what its address asks for."""
        for recipient in envelope.recipients:
            mail = Kept(sender=envelope.sender, recipient=recipient, content=content)
            self.mails.append(mail)
            self.counts["accepted"] += 1
            report = self.settings.bounces and envelope.sender and _report(mail)
            if report:
                self._spawn(self._send_back(envelope.sender, report))
        if self._waiting:
            self._spawn(self._tell())

    async def until(self, **at_least: int) -> None:
        """Wait until each of these counts is that high."""
        self._waiting += 1
        try:
            async with self._news:
                await self._news.wait_for(lambda: all(self.counts[name] >= n for name, n in at_least.items()))
        finally:
            self._waiting -= 1

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- what comes back -----------------------------------------------------------------------------------------

    async def _send_back(self, to: str, report: bytes) -> None:
        """Until it is taken: nothing that comes back is lost because nobody listened."""
        await asyncio.sleep(self.settings.delay)
        for _ in range(_TRIES):
            said = await self.send_report(to, report)
            if not said.startswith("4"):
                break
            await asyncio.sleep(_AGAIN_S)

    async def send_report(self, to: str, report: bytes) -> str:
        """Send one; what was answered, 4xx if nobody was reached."""
        try:
            said = await self._hand_over(to, report)
        except (SMTPException, OSError) as error:
            said = f"{getattr(error, 'code', 421)} {error}"
        self.answers.append(said)
        self.counts["reports" if said.startswith("2") else "reports_refused"] += 1
        await self._tell()
        return said

    async def _hand_over(self, to: str, report: bytes) -> str:
        host, _, port = self.settings.bounces.rpartition(":")
        client = SMTP(hostname=host, port=int(port), start_tls=False, timeout=10, local_hostname="relay.invalid")
        await client.connect()
        try:
            verb = b"LHLO" if self.settings.lmtp else b"EHLO"
            await client.execute_command(verb, b"relay.simulated.invalid")
            for command in (b"MAIL FROM:<>", f"RCPT TO:<{to}>".encode()):
                reply = await client.execute_command(command)
                if reply.code >= 400:
                    return f"{reply.code} {reply.message}"
            # Not the client's own `data`: it would say EHLO first, and that ends what has begun.
            protocol = client.protocol
            reply = await protocol.execute_data_command(report, timeout=10) if protocol else None
            return f"{reply.code} {reply.message}" if reply else "421 gone"
        finally:
            client.close()


def _report(mail: Kept) -> bytes | None:
    wish = wish_of(mail.recipient)
    match wish.what:
        case magic.BOUNCE:
            return reports.notification(mail.sender, mail.recipient, "failed", wish.word or "5.0.0", mail.content)
        case magic.DELAY:
            return reports.notification(mail.sender, mail.recipient, "delayed", wish.word or "4.0.0", mail.content)
        case magic.COMPLAIN:
            return reports.complaint(mail.sender, wish.word or "abuse", mail.content, mail.sender)
        case magic.OUT_OF_OFFICE:
            return reports.automatic_reply(mail.sender, mail.recipient)
        case _:
            return None


def _context(path: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate, key = make_certificate()
    if path:
        Path(path).write_bytes(certificate)
    with TemporaryDirectory() as folder:
        both = Path(folder) / "both.pem"
        both.touch(mode=0o600)
        both.write_bytes(certificate + key)
        context.load_cert_chain(both)
    return context


_print = partial(print, flush=True)


async def serve(settings: SmtpSettings, started: Callable[[str], None] = _print) -> None:
    """Run until cancelled. `started` is told once, in a line, where it listens. Raises as `Relay.start` does."""
    async with Relay(settings) as relay:
        started(f"simulated mail relay listens on {settings.host}:{relay.port}")
        await asyncio.Event().wait()
