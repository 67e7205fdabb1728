"""One link of a client: bind, submits in, deliver_sm out."""

import asyncio
from typing import Final, Protocol, cast

from omnibound.simulators.smsc.buckets import Buckets
from omnibound.simulators.smsc.intake import Intake, Submits
from omnibound.simulators.smsc.mailbox import Mailbox
from omnibound.simulators.smsc.settings import SmscSettings
from omnibound.simulators.smsc.tally import Tally
from omnibound.simulators.smsc.unacknowledged import Unacknowledged
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c

SYSTEM_ID: Final = "omnibound"
UNBOUND_S: Final = 30.0
"""A link that has not bound by then is closed."""
_EVERYTHING: Final = 1 << 30
_SENDERS: Final = frozenset({c.BIND_TRANSMITTER, c.BIND_TRANSCEIVER})
_RECEIVERS: Final = frozenset({c.BIND_RECEIVER, c.BIND_TRANSCEIVER})
_Answers = tuple[bytes, int]


class Carrier(Protocol):
    """What a link needs of the carrier it belongs to."""

    settings: SmscSettings
    tally: Tally
    intake: Intake

    def mailbox(self, system_id: str) -> Mailbox:
        """The mailbox of a system_id, made when there is none."""
        ...

    def came(self, session: "Session") -> None:
        """A link is there."""
        ...

    def went(self, session: "Session") -> None:
        """A link is gone."""
        ...


class Session(asyncio.Protocol):
    """A link. Nothing it reads can raise out of it."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._tally = carrier.tally
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._bind = 0
        self._mailbox: Mailbox | None = None
        self._stopped: set[str] = set()
        self._held: list[bytes] = []
        self._unanswered = 0
        self._later: Buckets[_Answers] = Buckets(self._answer_all)
        self._unacknowledged = Unacknowledged(lambda: carrier.settings.resend_s, self._send_again)
        self._idle: asyncio.TimerHandle | None = None

    # -- the link ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # No isinstance: uvloop's transports are not asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._idle = self._loop.call_later(UNBOUND_S, self.drop)
        self._tally.counts.links += 1
        self._carrier.came(self)
        self._tally.changed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._later.clear()
        if self._idle:
            self._idle.cancel()
        self._leave()
        self._carrier.went(self)

    def pause_writing(self) -> None:
        """A client that does not read its answers is not read either: that bounds what we hold for it."""
        self.stop("writing")

    def resume_writing(self) -> None:
        self.go("writing")

    def stop(self, why: str) -> None:
        """Neither read nor answer until `go` with the same reason."""
        if not self._stopped and self._transport:
            self._transport.pause_reading()
        self._stopped.add(why)

    def go(self, why: str) -> None:
        """Undo `stop`."""
        self._stopped.discard(why)
        if self._stopped or not self._transport:
            return
        self._transport.resume_reading()
        held, self._held = self._held, []
        self._write(b"".join(held))
        if self._mailbox:
            self._mailbox.flush()

    def drop(self) -> None:
        """Close the link without a word, once what was answered is out."""
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        """Close the link at once."""
        if self._transport:
            self._transport.abort()

    def _write(self, octets: bytes) -> None:
        if not octets:
            return
        if self._stopped:
            self._held.append(octets)
        elif self._transport:
            self._transport.write(octets)

    # -- reading -------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        try:
            pdus, end = smpp.split(data)
        except smpp.PduError as error:
            self._go_through(list(error.before))
            self._break_off(error)
            return
        self._rest = data[end:]
        self._go_through(pdus)

    def _break_off(self, error: smpp.PduError) -> None:
        """The stream has lost its step: nothing behind can be read (SMPP 3.4, 4.3)."""
        self._rest = b""
        self._tally.counts.broken += 1
        self._write(smpp.pdu(c.GENERIC_NACK, 0, b"", error.status))
        self._tally.changed()
        self.drop()

    def _go_through(self, pdus: list[smpp.Pdu]) -> None:
        submits: Submits = []
        acknowledged = 0
        pop = self._unacknowledged.posts.pop
        for command, status, sequence, body in pdus:
            if command == c.SUBMIT_SM:
                submits.append((sequence, body))
            elif command == c.DELIVER_SM_RESP and not status:
                acknowledged += pop(sequence, None) is not None
            else:
                self._submit(c.SUBMIT_SM, submits)
                submits = []
                self._take(command, status, sequence, body)
        self._submit(c.SUBMIT_SM, submits)
        if acknowledged:
            self._tally.counts.acknowledged += acknowledged
            if self._mailbox:
                self._mailbox.flush()
        self._tally.changed()

    def _take(self, command: int, status: int, sequence: int, body: bytes) -> None:
        """Everything but the two PDUs of which there are many."""
        if command in c.BINDS:
            self._try_bind(command, sequence, body)
        elif command == c.ENQUIRE_LINK:
            self._write(smpp.pdu(c.ENQUIRE_LINK_RESP, sequence))
        elif command == c.UNBIND:
            self._unbind(sequence)
        elif command == c.DATA_SM:
            self._submit(command, [(sequence, body)])
        elif command == c.DELIVER_SM_RESP or (command == c.GENERIC_NACK and sequence in self._unacknowledged.posts):
            # No acknowledgement: it stays where it is, and is sent again when its time has come.
            self._tally.counts.declined += 1
        elif not command & c.RESPONSE:
            self._tally.counts.broken += 1
            self._write(smpp.pdu(c.GENERIC_NACK, sequence, b"", c.RINVCMDID))

    @property
    def bound(self) -> bool:
        """Whether it is bound now."""
        return self._bind != 0

    # -- bind ----------------------------------------------------------------------------------------------------

    def _try_bind(self, command: int, sequence: int, body: bytes) -> None:
        try:
            bind = smpp.read_bind(body)
            status = self._judge(bind)
        except smpp.PduError as error:
            self._tally.counts.broken += 1
            bind, status = None, error.status
        if status or bind is None:
            self._tally.counts.binds_refused += 1
            self._write(smpp.pdu(command | c.RESPONSE, sequence, b"", status))
            return
        self._tally.counts.binds += 1
        self._write(smpp.pdu(command | c.RESPONSE, sequence, smpp.write_bind_resp(SYSTEM_ID)))
        self._enter(command, bind.system_id)

    def _judge(self, bind: smpp.Bind) -> int:
        settings = self._carrier.settings
        if self._bind:
            return c.RALYBND
        if not bind.system_id or settings.system_id not in ("", bind.system_id):
            return c.RINVSYSID
        return c.ROK if settings.password in ("", bind.password) else c.RINVPASWD

    def _enter(self, command: int, system_id: str) -> None:
        if self._idle:
            self._idle.cancel()
        self._bind = command
        self._mailbox = self._carrier.mailbox(system_id)
        if command in _RECEIVERS:
            self._mailbox.join(self)

    def _leave(self) -> None:
        mailbox, self._mailbox = self._mailbox, None
        owed = self._unacknowledged.take_all()
        if mailbox and self._bind in _RECEIVERS:
            mailbox.leave(self, owed)
        self._bind = 0

    def _unbind(self, sequence: int) -> None:
        status = c.ROK if self._bind else c.RINVBNDSTS
        self._leave()
        self._write(smpp.pdu(c.UNBIND_RESP, sequence, b"", status))
        self.drop()

    # -- submits -------------------------------------------------------------------------------------------------

    def _submit(self, command: int, submits: Submits) -> None:
        if not submits:
            return
        if self._mailbox is None or self._bind not in _SENDERS:
            answer = command | c.RESPONSE
            self._tally.counts.submitted += len(submits)
            self._tally.refuse(c.RINVBNDSTS, len(submits))
            self._write(b"".join([smpp.pdu(answer, sequence, b"", c.RINVBNDSTS) for sequence, _ in submits]))
            return
        settings = self._carrier.settings
        outcome = self._carrier.intake.take(self._mailbox, command, submits, self._unanswered, settings)
        if settings.response_delay:
            self._unanswered += outcome.answered
            self._later.add(settings.response_delay, [(outcome.answers, outcome.answered)])
        else:
            self._write(outcome.answers)
        if outcome.drops:
            self.drop()

    def _answer_all(self, answers: list[_Answers]) -> None:
        self._unanswered -= sum([count for _, count in answers])
        self._write(b"".join([octets for octets, _ in answers]))

    # -- deliver_sm ----------------------------------------------------------------------------------------------

    def room(self) -> int:
        """How many deliver_sm may be sent now."""
        if self._stopped or self._transport is None or self._transport.is_closing():
            return 0
        window = self._carrier.settings.deliver_window
        return window - len(self._unacknowledged.posts) if window else _EVERYTHING

    def deliver(self, posts: list[bytes]) -> None:
        """Send these and remember them until they are acknowledged."""
        self._tally.counts.sent += len(posts)
        self._write(self._unacknowledged.number(posts))

    def _send_again(self, posts: list[bytes]) -> None:
        if self._mailbox:
            self._mailbox.again(posts)
