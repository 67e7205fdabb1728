"""What a list of PDUs from the carrier says: facts for the core, and answers for the carrier."""

import logging
from typing import Final

from omnibound.channels.smpp.inbound import read_inbound
from omnibound.channels.smpp.shared import Shared
from omnibound.channels.smpp.window import Window
from omnibound.domain.facts import Fact
from omnibound.wire.smpp import (
    Deliver,
    Pdu,
    PduError,
    command_name,
    deliver_receipt,
    pdu,
    read_data,
    read_deliver,
    read_receipt,
)
from omnibound.wire.smpp import constants as c

_log = logging.getLogger("omnibound.smpp")

_ANSWERED: Final = frozenset({c.DELIVER_SM, c.DATA_SM})
_NO_ID: Final = b"\0"


class Chunk:
    """All that one read of the socket made. `at` in microseconds UTC."""

    __slots__ = ("at", "delivered", "facts", "news", "out", "passed")

    def __init__(self, at: int) -> None:
        self.at = at
        self.facts: list[Fact] = []
        self.out: list[bytes] = []
        """Answers that need no commit."""
        self.delivered: list[int] = []
        """Sequence numbers of deliver_sm to acknowledge after the commit."""
        self.passed: list[int] = []
        """Those of data_sm."""
        self.news: list[Pdu] = []
        """PDUs about the link itself: answers to a bind or unbind, and the carrier's unbind."""


class Reader:
    """Reads one link's PDUs. It keeps nothing but counts; the window is the link's."""

    def __init__(self, shared: Shared, window: Window) -> None:
        self._shared = shared
        self._window = window
        self._counts = shared.counts
        self._table = {
            c.SUBMIT_SM_RESP: self._submit_resp,
            c.DELIVER_SM: self._deliver,
            c.DATA_SM: self._data,
            c.GENERIC_NACK: self._nack,
            c.ENQUIRE_LINK: self._enquire,
            c.ENQUIRE_LINK_RESP: self._quiet,
            c.DATA_SM_RESP: self._ignore,
            c.ALERT_NOTIFICATION: self._ignore,
            c.OUTBIND: self._ignore,
            c.UNBIND: self._news,
            c.UNBIND_RESP: self._news,
            **{bind | c.RESPONSE: self._news for bind in c.BINDS},
        }

    def read(self, pdus: list[Pdu], at: int) -> Chunk:
        """Everything in order. What cannot be read is answered as such; nothing is raised."""
        chunk = Chunk(at)
        table, strange = self._table, self._strange
        for command, status, sequence, body in pdus:
            try:
                table.get(command, strange)(chunk, command, status, sequence, body)
            except Exception as error:  # noqa: BLE001 - one odd PDU must not cost the facts beside it
                self._unread(chunk, command, sequence, error)
        return chunk

    def _submit_resp(self, chunk: Chunk, _command: int, status: int, sequence: int, body: bytes) -> None:
        self._window.answered(chunk.facts, status, sequence, body, chunk.at)

    def _deliver(self, chunk: Chunk, _command: int, _status: int, sequence: int, body: bytes) -> None:
        told = deliver_receipt(body)
        if told is None:
            self._inbound(chunk, read_deliver(body))
        elif told.id:
            chunk.facts.append(self._shared.receipts.read(told, chunk.at))
        else:
            self._nameless(body)
        chunk.delivered.append(sequence)

    def _data(self, chunk: Chunk, _command: int, _status: int, sequence: int, body: bytes) -> None:
        deliver = read_data(body)
        told = read_receipt(deliver)
        if told is None:
            self._inbound(chunk, deliver)
        elif told.id:
            chunk.facts.append(self._shared.receipts.read(told, chunk.at))
        else:
            self._nameless(body)
        chunk.passed.append(sequence)

    def _inbound(self, chunk: Chunk, deliver: Deliver) -> None:
        settings = self._shared.settings
        chunk.facts.append(
            read_inbound(
                deliver, connector=self._shared.name, channel=settings.channel, alphabet=settings.default_alphabet,
                at=chunk.at,
            )
        )  # fmt: skip

    def _nameless(self, body: bytes) -> None:
        self._counts["receipts without id"] += 1
        if self._counts["receipts without id"] == 1:
            _log.warning("connector %s: a receipt without a message id: %r", self._shared.name, body[:200])

    def _nack(self, chunk: Chunk, command: int, status: int, sequence: int, body: bytes) -> None:
        self._counts["generic_nack"] += 1
        if sequence in self._window.pending:
            self._window.answered(chunk.facts, status or c.RSYSERR, sequence, b"", chunk.at)
        else:
            chunk.news.append((command, status, sequence, body))

    def _enquire(self, chunk: Chunk, _command: int, _status: int, sequence: int, _body: bytes) -> None:
        chunk.out.append(pdu(c.ENQUIRE_LINK_RESP, sequence))

    def _quiet(self, _chunk: Chunk, _command: int, _status: int, _sequence: int, _body: bytes) -> None:
        """That it came is all it says."""

    def _ignore(self, _chunk: Chunk, command: int, _status: int, _sequence: int, _body: bytes) -> None:
        self._counts[command_name(command)] += 1

    def _news(self, chunk: Chunk, command: int, status: int, sequence: int, body: bytes) -> None:
        chunk.news.append((command, status, sequence, body))

    def _strange(self, chunk: Chunk, command: int, _status: int, sequence: int, _body: bytes) -> None:
        self._counts["unknown commands"] += 1
        if command < c.RESPONSE:
            chunk.out.append(pdu(c.GENERIC_NACK, sequence, status=c.RINVCMDID))

    def _unread(self, chunk: Chunk, command: int, sequence: int, error: Exception) -> None:
        self._counts["malformed"] += 1
        if not isinstance(error, PduError):
            _log.exception("connector %s: %s could not be read", self._shared.name, command_name(command))
        status = error.status if isinstance(error, PduError) else c.RSYSERR
        if command in _ANSWERED:
            chunk.out.append(pdu(command | c.RESPONSE, sequence, _NO_ID, status))
        elif command < c.RESPONSE:
            chunk.out.append(pdu(c.GENERIC_NACK, sequence, status=status))


def data_responses(sequences: list[int], status: int) -> bytes:
    """A data_sm_resp for each, in one piece."""
    return b"".join([pdu(c.DATA_SM_RESP, sequence, _NO_ID, status) for sequence in sequences])
