"""The server's side of a session, SMTP or LMTP (RFC 2033): commands are answered, whoever takes mail decides."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple

from msgspec import Struct

LONGEST_LINE: Final = 4_096
_MOST_ERRORS: Final = 20
_PART_S: Final = 1.0
_MOST_RECIPIENTS: Final = 1_000
_PATH: Final = re.compile(r"(FROM|TO):\s*<([^<>\s]*)>((?: +[^\s=]+(?:=[^\s]+)?)*)\s*", re.IGNORECASE)

OK: Final = "250 2.0.0 OK"
BAD_SEQUENCE: Final = "503 5.5.1 not now"


class Path(NamedTuple):
    """What MAIL or RCPT names, and its parameters by their names in capitals."""

    address: str
    parameters: dict[str, str]


class Envelope(Struct, kw_only=True):
    """A mail on its way in."""

    sender: str
    recipients: list[str] = []


def read_path(word: str, text: str) -> Path | None:
    """The argument of MAIL (`word` FROM) or RCPT (TO); None if it is not one. Source routes are dropped."""
    found = _PATH.fullmatch(text)
    if found is None or found[1].upper() != word:
        return None
    given = [part.partition("=") for part in found[3].split()]
    address = found[2].partition(":")[2] if found[2].startswith("@") else found[2]
    return Path(address, {name.upper(): value for name, _, value in given})


Verb = Callable[["Session", str], Awaitable[str]]


class Session(ABC):
    """One connection. Answers are lines; an empty one closes without an answer."""

    lmtp = False
    size = 1 << 21
    """Octets of a mail."""
    idle_s = 60.0

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self.reader = reader
        self.writer = writer
        self.envelope: Envelope | None = None
        self.greeted = False
        self._errors = 0
        self._open = True

    # -- What whoever takes mail decides -------------------------------------------------------------------------

    @abstractmethod
    async def recipient(self, address: str) -> str:
        """The answer to RCPT; a positive one takes it into the envelope."""

    @abstractmethod
    async def content(self, envelope: Envelope, content: bytes) -> list[str]:
        """The answer to a mail: in LMTP one for each recipient, else one."""

    async def sender(self, path: Path) -> str:
        """The answer to MAIL."""
        return OK

    def extensions(self) -> list[str]:
        """What EHLO offers."""
        return ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", f"SIZE {self.size}"]

    # -- The session ---------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Answer until either side ends it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            await self.say(f"220 {self.name} {'LMTP' if self.lmtp else 'ESMTP'}")
            while self._open:
                await self._one()
            await self._part()
        self.writer.close()

    async def _part(self) -> None:
        """Read on until the other side has gone: what it had sent already would reset the line, our answer with it."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_PART_S):
                while await self.reader.read(1 << 16):
                    pass

    async def say(self, *lines: str) -> None:
        """Answer."""
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    def close(self) -> None:
        """Answer nothing more."""
        self._open = False

    async def line(self) -> str | None:
        """The next line; None for one that is too long. Raises TimeoutError and what streams raise."""
        async with asyncio.timeout(self.idle_s):
            try:
                line = await self.reader.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                return None
        return line.decode("utf-8", "replace").rstrip("\r\n") if len(line) <= LONGEST_LINE else None

    async def _one(self) -> None:
        line = await self.line()
        if line is None:
            self.close()
            await self.say("500 5.5.2 the line is too long")
            return
        word, _, rest = line.partition(" ")
        verb = self.verbs().get(word.upper())
        answer = await verb(self, rest) if verb else "500 5.5.2 no such command"
        self._errors += answer.startswith("5")
        if self._errors > _MOST_ERRORS:
            self.close()
            answer = "421 4.7.0 too many errors"
        if answer:
            await self.say(answer)

    def verbs(self) -> dict[str, Verb]:
        """Command -> what it does."""
        return VERBS

    async def hello(self, rest: str, *, extended: bool) -> str:
        """EHLO, HELO, LHLO."""
        if not rest.strip():
            return "501 5.5.4 who are you?"
        self.greeted, self.envelope = True, None
        if not extended:
            return f"250 {self.name}"
        offers = [self.name, *self.extensions()]
        await self.say(*(f"250-{offer}" for offer in offers[:-1]))
        return f"250 {offers[-1]}"

    async def begin(self, rest: str) -> str:
        """MAIL."""
        path = read_path("FROM", rest)
        if path is None:
            return "501 5.5.4 MAIL FROM:<address>"
        if not self.greeted or self.envelope is not None:
            return BAD_SEQUENCE
        if int(path.parameters["SIZE"]) > self.size if path.parameters.get("SIZE", "").isdigit() else False:
            return "552 5.3.4 the mail is too big"
        answer = await self.sender(path)
        if answer.startswith("2"):
            self.envelope = Envelope(sender=path.address)
        return answer

    async def add(self, rest: str) -> str:
        """RCPT."""
        path = read_path("TO", rest)
        if path is None or not path.address:
            return "501 5.5.4 RCPT TO:<address>"
        if self.envelope is None:
            return BAD_SEQUENCE
        if len(self.envelope.recipients) >= _MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        answer = await self.recipient(path.address)
        if answer.startswith("2"):
            self.envelope.recipients.append(path.address)
        return answer

    async def data(self, _rest: str) -> str:
        """DATA, with the content that follows."""
        envelope = self.envelope
        if envelope is None or not envelope.recipients:
            return "503 5.5.1 no recipients" if envelope is None else "554 5.5.1 no valid recipients"
        await self.say("354 go on")
        content = await self._content()
        self.envelope = None
        if content is None:
            return "552 5.3.4 the mail is too big"
        answers = await self.content(envelope, content)
        if not answers:
            return ""
        await self.say(*answers[:-1])
        return answers[-1]

    async def _content(self) -> bytes | None:
        """What stands before the last dot; None for too much of it."""
        parts: list[bytes] = []
        size, at_start = 0, True
        while True:
            async with asyncio.timeout(self.idle_s):
                line = await self._content_line()
            # A line ends in CR LF here and nowhere else: who takes less for the end lets others smuggle mail in.
            if at_start and line == b".\r\n":
                return b"".join(parts) if size <= self.size else None
            line = line.removeprefix(b".") if at_start else line
            at_start = line.endswith(b"\r\n")
            size += len(line)
            if size <= self.size:
                parts.append(line)

    async def _content_line(self) -> bytes:
        try:
            return await self.reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            return await self.reader.readexactly(error.consumed or 1)


# -- Verbs -------------------------------------------------------------------------------------------------------


async def _ehlo(session: Session, rest: str) -> str:
    return await session.hello(rest, extended=True)


async def _helo(session: Session, rest: str) -> str:
    return await session.hello(rest, extended=False)


async def _mail(session: Session, rest: str) -> str:
    return await session.begin(rest)


async def _rcpt(session: Session, rest: str) -> str:
    return await session.add(rest)


async def _data(session: Session, rest: str) -> str:
    return await session.data(rest)


async def _rset(session: Session, _rest: str) -> str:
    session.envelope = None
    return OK


async def _noop(_session: Session, _rest: str) -> str:
    return OK


async def _vrfy(_session: Session, _rest: str) -> str:
    return "252 2.1.5 send and see"


async def _quit(session: Session, _rest: str) -> str:
    session.close()
    return "221 2.0.0 bye"


VERBS: Final[dict[str, Verb]] = {
    "EHLO": _ehlo,
    "LHLO": _ehlo,
    "HELO": _helo,
    "MAIL": _mail,
    "RCPT": _rcpt,
    "DATA": _data,
    "RSET": _rset,
    "NOOP": _noop,
    "VRFY": _vrfy,
    "QUIT": _quit,
}
