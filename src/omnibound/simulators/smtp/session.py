"""One connection to the simulated relay."""

import asyncio
import ssl
from base64 import b64decode, b64encode
from collections import Counter
from typing import Final, Protocol

from omnibound.simulators.smtp import magic
from omnibound.simulators.smtp.magic import refusal, wish_of
from omnibound.simulators.smtp.settings import SmtpSettings
from omnibound.wire.smtp import OK, Envelope, Path, Session, Verb
from omnibound.wire.smtp.serving import VERBS

_REFUSED: Final = "535 5.7.8 who are you?"


class Relay(Protocol):
    """What a connection asks of the relay."""

    settings: SmtpSettings
    counts: Counter[str]
    tls_context: ssl.SSLContext | None

    def is_new(self, address: str) -> bool:
        """Whether it was never asked for before."""
        ...

    def keep(self, envelope: Envelope, content: bytes) -> None:
        """Take a mail, and send back what its address asks for."""
        ...


class RelaySession(Session):
    """Asks who it is where the relay wants to know, and does what addresses ask for."""

    def __init__(self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__("relay.simulated.invalid", reader, writer)
        self.relay = relay
        self.size = relay.settings.size
        self.tls = relay.settings.tls == "tls"
        self.signed_in = not relay.settings.username
        self._verbs: dict[str, Verb] = {
            **VERBS,
            "STARTTLS": lambda _, rest: self.start_tls(rest),
            "AUTH": lambda _, rest: self.sign_in(rest),
        }

    def extensions(self) -> list[str]:
        """See Session."""
        settings = self.relay.settings
        offers = ["ENHANCEDSTATUSCODES", "8BITMIME", f"SIZE {self.size}"]
        offers += ["PIPELINING"] if settings.pipelining else []
        offers += ["SMTPUTF8"] if settings.utf8 else []
        offers += ["STARTTLS"] if self._may_start_tls else []
        return offers + (["AUTH PLAIN LOGIN"] if settings.username and self._is_safe else [])

    @property
    def _may_start_tls(self) -> bool:
        return self.relay.settings.tls == "starttls" and not self.tls

    @property
    def _is_safe(self) -> bool:
        return self.tls or self.relay.settings.tls == "none"

    def verbs(self) -> dict[str, Verb]:
        """See Session."""
        return self._verbs

    async def sender(self, path: Path) -> str:
        """See Session."""
        if self._may_start_tls:
            return "530 5.7.0 STARTTLS first"
        if not self.signed_in:
            return "530 5.7.0 who are you?"
        wish = wish_of(path.address)
        return refusal(wish.word) if wish.what == magic.SENDER else OK

    async def recipient(self, address: str) -> str:
        """See Session."""
        wish = wish_of(address)
        if wish.what == magic.REFUSE:
            self.relay.counts["refused"] += 1
            return refusal(wish.word)
        if wish.what == magic.GREYLIST and self.relay.is_new(address):
            return "450 4.7.1 greylisted, come again"
        if wish.what == magic.BUSY and self.relay.is_new(address):
            self.close()
            return "421 4.3.2 too busy"
        if wish.what == magic.DROP:
            self.close()
            return ""
        return OK

    async def content(self, envelope: Envelope, content: bytes) -> list[str]:
        """See Session."""
        wish = wish_of(envelope.recipients[0])
        if wish.what == magic.CONTENT:
            return [refusal(wish.word, 554)]
        if wish.what == magic.SLOW:
            await asyncio.sleep(self.relay.settings.slow)
        if wish.what == magic.HANG:
            await asyncio.Event().wait()
        self.relay.keep(envelope, content)
        if wish.what == magic.DROP_LATE:
            self.close()
            return []
        return [f"250 2.0.0 queued as {self.relay.counts['accepted']}"]

    # -- TLS and who it is ---------------------------------------------------------------------------------------

    async def start_tls(self, _rest: str) -> str:
        """STARTTLS."""
        context = self.relay.tls_context
        if not self._may_start_tls or context is None:
            return "502 5.5.1 no TLS here"
        await self.say("220 2.0.0 go on")
        await self.writer.start_tls(context)
        self.tls, self.greeted, self.envelope = True, False, None
        return ""

    async def sign_in(self, rest: str) -> str:
        """AUTH PLAIN and LOGIN."""
        settings = self.relay.settings
        if not settings.username or not self._is_safe:
            return "538 5.7.11 not without TLS" if settings.username else "503 5.5.1 nobody needs to"
        method, _, initial = rest.partition(" ")
        try:
            given = await self._plain(initial) if method.upper() == "PLAIN" else await self._login(initial)
        except ValueError:
            return "501 5.5.2 no base64"
        if given != (settings.username, settings.password):
            self.relay.counts["strangers"] += 1
            return _REFUSED
        self.signed_in = True
        return "235 2.7.0 welcome"

    async def _plain(self, initial: str) -> tuple[str, ...]:
        return tuple(_read(initial or await self._challenge("")).split("\0")[1:])

    async def _login(self, initial: str) -> tuple[str, ...]:
        name = _read(initial or await self._challenge("Username:"))
        return name, _read(await self._challenge("Password:"))

    async def _challenge(self, words: str) -> str:
        await self.say(f"334 {b64encode(words.encode()).decode()}")
        return await self.line() or ""


def _read(text: str) -> str:
    return b64decode(text, validate=True).decode()
