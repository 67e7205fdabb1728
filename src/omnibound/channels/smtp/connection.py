"""One connection: mails go out one behind the other, commands in groups (RFC 2920), without a task or a wait a mail.

While the content of one mail waits for its answer, the envelope of the next is on its way: where the relay offers
PIPELINING a mail costs one round trip. What a reply means is decided by whoever gave the mail.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from omnibound.channels.base.exchange import Doubt, NotSent
from omnibound.channels.smtp.letters import Letter
from omnibound.channels.smtp.opening import Opened
from omnibound.channels.smtp.settings import Settings
from omnibound.domain.facts import Failure
from omnibound.domain.status import Reason
from omnibound.wire.smtp import Replies, Reply, SmtpError

_CLOSING: Final = 421
_GO_ON: Final = 354


class Refused(NamedTuple):
    """The relay's refusal; `sender`: of the one that the mail is from."""

    reply: Reply
    sender: bool = False


Word = Reply | Refused | Failure | NotSent | Doubt
"""What became of a mail: taken, refused, not to be sent here, not begun, or nobody knows."""


class Source(Protocol):
    """Where mails come from."""

    settings: Settings

    def take(self) -> Letter | None:
        """The next mail, if there is one."""
        ...

    def done(self, letter: Letter, word: Word) -> None:
        """The one word on a mail."""
        ...

    def closed(self, connection: "Connection", why: str) -> None:
        """It is gone, and all that it had has been told."""
        ...


class Connection(asyncio.Protocol):
    """`attach` takes over an opened connection; from then on `feed` makes it look for mail."""

    def __init__(self, source: Source, opened: Opened) -> None:
        self.served = 0
        self._source = source
        self._transport = opened.transport
        self._offers = opened.offers
        self._pipelining = "pipelining" in opened.offers
        self._replies = Replies()
        self._awaits: deque[Callable[[Reply], None]] = deque()
        self._out: list[bytes] = []
        self._left: deque[bytes] = deque()
        self._head: Letter | None = None
        self._body: Letter | None = None
        self._refused: Refused | None = None
        self._heard = False
        self._dirty = False
        self._leaving = False
        self._over = False
        self._why = "the relay closed the connection"
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def attach(self) -> None:
        """Take over."""
        self._transport.set_protocol(self)
        self._watch()
        if self._transport.is_closing():
            self.connection_lost(None)

    @property
    def idle(self) -> bool:
        """Whether it has nothing to do."""
        return self._head is None and self._body is None

    def feed(self) -> None:
        """Begin mails as long as there is room for one."""
        while not (self._over or self._leaving) and self._head is None and (self._pipelining or not self._awaits):
            if self._full():
                self.leave()
                break
            letter = self._source.take()
            if letter is None:
                break
            fault = self._fault(letter)
            if fault:
                self._source.done(letter, fault)
            else:
                self._begin(letter)
        self._flush()

    def leave(self) -> None:
        """Take no more mail; say goodbye as soon as there is nothing to do."""
        self._leaving = True
        if self.idle and not self._over:
            self._transport.write(b"QUIT\r\n")
            self._end("left")
            self._transport.close()

    def abort(self, why: str) -> None:
        """End it now; what it has is told."""
        self._end(why)
        self._transport.abort()

    # -- A mail --------------------------------------------------------------------------------------------------

    def _full(self) -> bool:
        most = self._source.settings.messages
        return bool(most) and self.served + (self._body is not None) >= most

    def _fault(self, letter: Letter) -> Failure | None:
        """Why this relay cannot be given a mail."""
        if letter.utf8 and "smtputf8" not in self._offers:
            return Failure(Reason.INVALID_ADDRESS, "smtp:5.6.7")
        most = self._offers.get("size", "").strip()
        if most.isdigit() and 0 < int(most) < len(letter.content):
            return Failure(Reason.TOO_LONG, "smtp:5.3.4")
        return None

    def _begin(self, letter: Letter) -> None:
        if self._body is None:
            self._since = self._loop.time()
        self._head, self._refused, self._heard = letter, None, False
        size = f" SIZE={len(letter.content)}" if "size" in self._offers else ""
        utf8 = " SMTPUTF8" if letter.utf8 else ""
        self._left.extend(
            (
                f"MAIL FROM:<{letter.sender}>{size}{utf8}\r\n".encode(),
                f"RCPT TO:<{letter.recipient}>\r\n".encode(),
                b"DATA\r\n",
            )
        )
        expected: list[Callable[[Reply], None]] = [self._on_mail, self._on_recipient, self._on_data]
        if self._dirty:
            self._out.append(b"RSET\r\n")
            self._awaits.append(self._ignore)
            self._dirty = False
        if self._pipelining:
            self._out += self._left
            self._left.clear()
            self._awaits += expected
        else:
            self._out.append(self._left.popleft())
            self._awaits.append(self._on_mail)

    def _ignore(self, _reply: Reply) -> None:
        """To RSET, or to the lone dot of a mail that has failed already."""

    def _on_mail(self, reply: Reply) -> None:
        self._on_envelope(reply, self._on_recipient, sender=True)

    def _on_recipient(self, reply: Reply) -> None:
        self._on_envelope(reply, self._on_data, sender=False)

    def _on_envelope(self, reply: Reply, following: Callable[[Reply], None], *, sender: bool) -> None:
        self._heard = True
        if not reply.good:
            self._refused = self._refused or Refused(reply, sender)
        if self._pipelining and reply.code != _CLOSING:
            return
        if self._refused:
            self._fail(self._refused)
        else:
            self._out.append(self._left.popleft())
            self._awaits.append(following)

    def _on_data(self, reply: Reply) -> None:
        self._heard = True
        letter = self._head
        if letter is None:
            return
        if reply.code != _GO_ON:
            self._fail(self._refused or Refused(reply))
        elif self._refused:
            # It wants a content although nobody is to get it: an empty one ends that.
            self._out.append(b".\r\n")
            self._awaits.append(self._ignore)
            self._fail(self._refused, dirty=False)
        else:
            self._out += (letter.content, b".\r\n")
            self._awaits.append(self._on_end)
            self._head, self._body = None, letter

    def _on_end(self, reply: Reply) -> None:
        letter, self._body = self._body, None
        self.served += 1
        if letter:
            self._source.done(letter, reply if reply.good else Refused(reply))

    def _fail(self, word: Refused, *, dirty: bool = True) -> None:
        letter, self._head = self._head, None
        self._left.clear()
        self._dirty = self._dirty or dirty
        if letter:
            self._source.done(letter, word)

    # -- The line ------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Replies, in the order of what was asked."""
        self._since = self._loop.time()
        try:
            replies = self._replies.feed(data)
        except SmtpError as error:
            self.abort(f"the relay speaks no SMTP: {error}")
            return
        for reply in replies:
            if self._over:
                return
            if self._awaits:
                self._awaits.popleft()(reply)
            elif reply.code != _CLOSING:
                self.abort("the relay answers what nobody asked")
            if reply.code == _CLOSING:
                self.abort(str(reply))
        if not self._over:
            self.feed()
        if self._leaving and not self._over:
            self.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell what it had."""
        self._end(str(exc) if exc else self._why)

    def _flush(self) -> None:
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()

    def _end(self, why: str) -> None:
        if self._over:
            return
        self._over = True
        if self._timer:
            self._timer.cancel()
        head, body, self._head, self._body = self._head, self._body, None, None
        if body:
            self._source.done(body, Doubt(why))
        if head:
            # A relay that had closed an idle connection says nothing of the mail; one that drops it may say a lot.
            innocent = body is not None or (self.served > 0 and not self._heard)
            self._source.done(head, NotSent(why) if innocent else self._broken(why))
        self._source.closed(self, why)

    def _broken(self, why: str) -> Failure:
        reason = Reason.PROVIDER_TIMEOUT if why == TOO_LATE else Reason.PROVIDER_ERROR
        detail = "smtp:timeout" if why == TOO_LATE else "smtp:dropped"
        return Failure(reason, detail, True, int(self._source.settings.retry_s * 1_000_000))

    # -- The clock -----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        wait = self._since + self._patience() - self._loop.time()
        if wait <= 0:
            self._late()
        else:
            self._timer = self._loop.call_later(max(0.01, min(wait, self._shortest())), self._watch)

    def _shortest(self) -> float:
        """What it waits for may have changed, and with it how long."""
        settings = self._source.settings
        return min(settings.timeout_s, settings.content_timeout_s, settings.idle_s)

    def _patience(self) -> float:
        settings = self._source.settings
        if self.idle and not self._awaits:
            return settings.idle_s
        return settings.content_timeout_s if self._body else settings.timeout_s

    def _late(self) -> None:
        if self.idle and not self._awaits:
            self.leave()
        else:
            self.abort(TOO_LATE)


TOO_LATE: Final = "the relay does not answer in time"
