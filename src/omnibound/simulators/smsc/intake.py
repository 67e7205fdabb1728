"""Submits to answers and receipts: the hot path, a whole chunk at a time."""

import time
from typing import Final

import msgspec

from omnibound.simulators.smsc.buckets import WIDTH_S
from omnibound.simulators.smsc.fate import DELIVERED, EXPIRED, Fate, Report
from omnibound.simulators.smsc.ids import MessageIds
from omnibound.simulators.smsc.magic import MAGIC
from omnibound.simulators.smsc.mailbox import Mailbox
from omnibound.simulators.smsc.posts import Due, opening, stamp
from omnibound.simulators.smsc.reading import Light, read_light, validity_of
from omnibound.simulators.smsc.settings import SmscSettings
from omnibound.simulators.smsc.tally import Taken, Tally
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c

Submits = list[tuple[int, bytes]]
"""Sequence number and body."""

_ON_SUCCESS: Final = (False, True, False, True)
_ON_FAILURE: Final = (False, True, True, False)
"""By the low two bits of registered_delivery (SMPP 3.4, 5.2.17; 3 is SMPP 5.0's)."""
_NO_FATES: Final[dict[bytes, Fate]] = {}
_FATES: Final = {digits.encode(): fate for digits, fate in MAGIC.items()}
_AT_ONCE: Final = Fate(meaning="delivered before the response", receipt_first=True, reports=(DELIVERED,))


class Outcome(msgspec.Struct, gc=False):
    """What a chunk came to. `answers` holds `answered` responses; `drops` ends the link behind them."""

    answers: bytes = b""
    answered: int = 0
    drops: bool = False


class Chunk:
    """What is gathered while one chunk of submits is gone through."""

    __slots__ = ("command", "drops", "dues", "errors", "mailbox", "names", "now", "settings", "stamp", "taken")

    def __init__(self, mailbox: Mailbox, command: int, settings: SmscSettings) -> None:
        self.mailbox = mailbox
        self.command = command
        self.settings = settings
        self.names: list[tuple[int, bytes]] = []
        self.errors: list[bytes] = []
        self.dues: list[Due] = []
        self.taken: list[Taken] = []
        self.drops = False
        self.now = time.time()
        self.stamp = stamp(self.now)

    def refuse(self, tally: Tally, sequence: int, status: int) -> None:
        """Answer one with an error; such a response has no body (SMPP 3.4, 4.4.2)."""
        tally.refuse(status)
        self.errors.append(smpp.pdu(self.command | c.RESPONSE, sequence, b"", status))

    def answers(self) -> bytes:
        """All responses in one piece."""
        if self.command == c.SUBMIT_SM:
            good = smpp.submit_responses(self.names)
        else:
            answer = self.command | c.RESPONSE
            good = b"".join([smpp.pdu(answer, sequence, name + b"\0") for sequence, name in self.names])
        return good + b"".join(self.errors)


class Intake:
    """Takes submits in, for all binds."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._ids = MessageIds()

    def take(
        self, mailbox: Mailbox, command: int, submits: Submits, unanswered: int, settings: SmscSettings
    ) -> Outcome:
        """Decide on `submits`, of a bind that waits for `unanswered` responses already."""
        chunk = Chunk(mailbox, command, settings)
        self._tally.counts.submitted += len(submits)
        self._go_through(chunk, self._admit(chunk, submits, unanswered))
        self._tally.accept(mailbox.system_id, chunk.taken)
        if chunk.dues:
            self._tally.counts.receipts += len(chunk.dues)
            mailbox.schedule(_wait(settings, DELIVERED), chunk.dues)
        return Outcome(chunk.answers(), len(chunk.names) + len(chunk.errors), chunk.drops)

    def _admit(self, chunk: Chunk, submits: Submits, unanswered: int) -> Submits:
        """Those within backlog, window and rate; the others are refused here."""
        settings = chunk.settings
        room = len(submits)
        if settings.window:
            room = min(room, max(settings.window - unanswered, 0))
        room = min(room, max(settings.backlog - self._tally.outstanding, 0))
        passed = chunk.mailbox.tokens.take(room, settings.rate)
        for sequence, _ in submits[passed:room]:
            chunk.refuse(self._tally, sequence, c.RTHROTTLED)
        for sequence, _ in submits[room:]:
            chunk.refuse(self._tally, sequence, c.RMSGQFUL)
        return submits[:passed]

    def _go_through(self, chunk: Chunk, submits: Submits) -> None:
        settings, command, ids = chunk.settings, chunk.command, self._ids
        fates = _FATES if settings.magic else _NO_FATES
        names, dues, taken, submitted = chunk.names, chunk.dues, chunk.taken, chunk.stamp
        for sequence, body in submits:
            try:
                sender, recipient, esm_class, registered, coding, text = light = read_light(command, body)
            except smpp.PduError as error:
                self._tally.counts.broken += 1
                chunk.refuse(self._tally, sequence, error.status)
                continue
            fate = fates.get(recipient[-4:-1])
            if fate or settings.receipt_first:
                self._decide(chunk, fate or _AT_ONCE, sequence, body, light)
                if chunk.drops:
                    return
                continue
            name, receipt_name = ids.next(settings)
            names.append((sequence, name))
            taken.append((name, recipient[2:-1], command, body))
            if _ON_SUCCESS[registered & 3]:
                dues.append((receipt_name, recipient, sender, opening(text, esm_class, coding), submitted, DELIVERED))

    def _decide(self, chunk: Chunk, fate: Fate, sequence: int, body: bytes, light: Light) -> None:
        """A message with a fate of its own."""
        number = light[1][2:-1]
        if fate.status and (not fate.once or chunk.mailbox.first_time(number)):
            chunk.refuse(self._tally, sequence, fate.status)
            return
        name, receipt_name = self._ids.next(chunk.settings)
        chunk.drops = fate.drops_link
        if fate.answered:
            chunk.names.append((sequence, name))
        else:
            self._tally.counts.unanswered += 1
        if fate.taken:
            chunk.taken.append((name, number, chunk.command, body))
            self._plan(chunk, fate, receipt_name, body, light)

    def _plan(self, chunk: Chunk, fate: Fate, name: bytes, body: bytes, light: Light) -> None:
        sender, recipient, esm_class, registered, coding, text = light
        valid_s = validity_of(chunk.command, body, chunk.now)
        beginning = opening(text, esm_class, coding)
        for report in fate.reports:
            seconds = _wait(chunk.settings, report)
            told = report
            if valid_s is not None and valid_s < seconds and report.good:
                told, seconds = EXPIRED, valid_s
            if not (_ON_SUCCESS if told.good else _ON_FAILURE)[registered & 3]:
                continue
            due = (name, recipient, sender, beginning, chunk.stamp, told)
            self._tally.counts.receipts += 1
            if fate.receipt_first or chunk.settings.receipt_first:
                chunk.mailbox.release([due])
            else:
                chunk.mailbox.schedule(seconds, [due])


def _wait(settings: SmscSettings, report: Report) -> float:
    """Seconds from the submit to this receipt, which does not overtake a response that is made to wait."""
    seconds = settings.delay * report.after
    if not settings.response_delay:
        return seconds
    return max(seconds, settings.response_delay + WIDTH_S)
