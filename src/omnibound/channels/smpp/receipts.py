"""A carrier's receipt in our words: its state, its error code, its clock."""

import logging
from collections import Counter
from functools import lru_cache
from typing import Final, NamedTuple

from omnibound.channels.smpp.settings import Settings
from omnibound.domain.facts import Receipt
from omnibound.domain.status import Reason, Status
from omnibound.wire.smpp import ReceiptText, receipt_instant

_log = logging.getLogger("omnibound.smpp")

_GSM_NETWORK: Final = 3
_REMEMBERED: Final = 2000
_WORDS: Final = 200
_MINUTE: Final = 60_000_000
_SAME: Final = 2 * _MINUTE
_LONGEST: Final = 14 * 24 * 60 * _MINUTE

STATES: Final[dict[str, tuple[Status, Reason]]] = {
    "DELIVRD": (Status.DELIVERED, Reason.DELIVERED),
    "SEEN": (Status.SEEN, Reason.SEEN),
    "EXPIRED": (Status.EXPIRED, Reason.EXPIRED),
    "DELETED": (Status.FAILED, Reason.UNDELIVERED),
    "UNDELIV": (Status.FAILED, Reason.UNDELIVERED),
    "SKIPPED": (Status.FAILED, Reason.UNDELIVERED),
    "REJECTD": (Status.FAILED, Reason.REFUSED),
    "SCHEDULED": (Status.SENT, Reason.UNKNOWN),
    "ENROUTE": (Status.SENT, Reason.UNKNOWN),
    "ACCEPTD": (Status.SENT, Reason.UNKNOWN),
    "UNKNOWN": (Status.SENT, Reason.UNKNOWN),
}
"""message_state (SMPP 3.4, 5.2.28) in appendix B's words -> what it means before the error code is looked at."""

REASONS: Final[dict[str, Reason]] = {
    "gsm:1": Reason.UNKNOWN_SUBSCRIBER,
    "gsm:5": Reason.UNKNOWN_SUBSCRIBER,
    "gsm:6": Reason.ABSENT_SUBSCRIBER,
    "gsm:8": Reason.SERVICE_BARRED,
    "gsm:9": Reason.UNKNOWN_SUBSCRIBER,
    "gsm:10": Reason.SERVICE_BARRED,
    "gsm:11": Reason.SERVICE_BARRED,
    "gsm:12": Reason.HANDSET_ERROR,
    "gsm:13": Reason.SERVICE_BARRED,
    "gsm:15": Reason.SERVICE_BARRED,
    "gsm:21": Reason.SERVICE_BARRED,
    "gsm:27": Reason.ABSENT_SUBSCRIBER,
    "gsm:31": Reason.SUBSCRIBER_BUSY,
    "gsm:32": Reason.HANDSET_ERROR,
    "gsm:33": Reason.ABSENT_SUBSCRIBER,
    "gsm:34": Reason.UNDELIVERED,
    "gsm:256": Reason.HANDSET_FULL,
    "gsm:257": Reason.HANDSET_ERROR,
    "gsm:258": Reason.HANDSET_ERROR,
}
"""MAP errors of MT-ForwardSM (3GPP TS 29.002, 17.6.6) by detail; 256 and above: causes of SM-DeliveryFailure."""


class Meant(NamedTuple):
    """What a receipt says, apart from which message it is about and when."""

    status: Status
    reason: Reason
    detail: str
    raw: str


class Receipts:
    """Reads a connector's receipts by its tables, and counts the words that no table has."""

    def __init__(self, settings: Settings, carrier: str, words: Counter[str] | None = None) -> None:
        self.words = Counter[str]() if words is None else words
        self._name = settings.name
        self._carrier = carrier
        self._errors = {_bare(err): detail for err, detail in settings.errors.items()} | settings.errors
        self._family = settings.error_family
        self._hours = settings.receipt_hours_ahead
        self._meant: dict[tuple[str, str, str, int, int], Meant] = {}

    def read(self, told: ReceiptText, now: int) -> Receipt:
        """The fact. Of what changes no status the raw words are kept; so they are of failures. `now`: microseconds."""
        key = (told.state, told.word, told.error, told.network_type, told.network_code)
        meant = self._meant.get(key) or self._learn(key, told)
        if meant.reason is Reason.UNKNOWN and told.state in ("", "UNKNOWN"):
            self._count(told.word)
        at = done_at(told.done, self._hours, now) if told.done else now
        return Receipt(self._carrier, told.id, meant.status, meant.reason, meant.detail, at, meant.raw)

    def _learn(self, key: tuple[str, str, str, int, int], told: ReceiptText) -> Meant:
        if len(self._meant) >= _REMEMBERED:
            self._meant.clear()
        self._meant[key] = meant = self._mean(told)
        return meant

    def _mean(self, told: ReceiptText) -> Meant:
        status, reason = STATES.get(told.state, (Status.SENT, Reason.UNKNOWN))
        if status.arrived:
            return Meant(status, reason, "", "")
        detail = self._detail(told)
        if status is not Status.EXPIRED and told.state != "REJECTD":
            # What the carrier refused or gave up on stays that, whatever its error says about the phone.
            reason = REASONS.get(detail, reason)
        return Meant(status, reason, detail, f"stat:{told.word} err:{told.error}")

    def _detail(self, told: ReceiptText) -> str:
        """The error's code with its family; the TLV is meant for machines, so it wins."""
        if told.network_type == _GSM_NETWORK and told.network_code:
            return f"gsm:{told.network_code}"
        err = told.error
        known = self._errors.get(err) or self._errors.get(_bare(err))
        if known is not None or not err.strip("0"):
            return known or ""
        if self._family and err.isascii() and err.isdigit():
            return f"{self._family}:{int(err)}"
        return f"smpp-err:{err}"

    def _count(self, word: str) -> None:
        if word not in self.words and len(self.words) < _WORDS:
            _log.warning("connector %s: a receipt says %r, which changes no status", self._name, word[:40])
            self.words[word] = 0
        if word in self.words:
            self.words[word] += 1


def _bare(err: str) -> str:
    return err.lstrip("0")


def done_at(written: str, hours_ahead: float, now: int) -> int:
    """When it was done by the carrier's clock, in microseconds UTC.

    Our own clock counts where the carrier's says the same within two minutes (it may leave seconds out or be a bit
    off), lies ahead of ours, or says nonsense.
    """
    at = _instant(written, hours_ahead)
    return now if at is None or not _SAME < now - at < _LONGEST else at


@lru_cache(maxsize=4096)
def _instant(written: str, hours_ahead: float) -> int | None:
    return receipt_instant(written, hours_ahead)
