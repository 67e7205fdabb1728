"""Receipts: what a deliver_sm says about a message sent before (SMPP 3.4, 2.11, 5.3.2.12, 5.3.2.31, appendix B).

Appendix B's text form is "SMSC vendor specific", so it is read with tolerance: members in any order and case, missing,
separated by spaces, commas or lines, with states cut short or written out.
"""

import re
from datetime import UTC, datetime
from typing import Final

import msgspec

from omnibound.wire.smpp import constants as c
from omnibound.wire.smpp.frames import PduError, read_tlvs
from omnibound.wire.smpp.messages import Deliver

_RECEIPT_KINDS: Final = frozenset({c.ESM_RECEIPT, c.ESM_INTERMEDIATE})

STATES: Final = frozenset({*c.MESSAGE_STATES.values(), "SEEN"})
"""What `ReceiptText.state` may be, besides ""."""

_SYNONYMS: Final[dict[str, str]] = {
    **{state: state for state in STATES},
    "DELIVERED": "DELIVRD",
    "UNDELIVERED": "UNDELIV",
    "UNDELIVERABLE": "UNDELIV",
    "UNDELIVRD": "UNDELIV",
    "UNDELVD": "UNDELIV",
    "ACCEPTED": "ACCEPTD",
    "REJECTED": "REJECTD",
    "CANCELED": "DELETED",
    "CANCELLED": "DELETED",
    "EN_ROUTE": "ENROUTE",
    "EN-ROUTE": "ENROUTE",
    "BUFFERED": "ENROUTE",
    "READ": "SEEN",
    "DISPLAYED": "SEEN",
}


class ReceiptText(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a receipt says, by its TLVs first and its text second. Absent members are "" and 0.

    `state` is one of STATES, or "" where the carrier's `word` is none we know. `network_type` (3 is GSM) and
    `network_code` come from network_error_code (5.3.2.31). `submitted` and `done` are as written: YYMMDDhhmm or with
    seconds, in a time zone that only the carrier knows (`receipt_instant`).
    """

    id: str = ""
    state: str = ""
    word: str = ""
    error: str = ""
    submitted: str = ""
    done: str = ""
    text: str = ""
    network_type: int = 0
    network_code: int = 0


_cut_receipt = re.compile(rb"[^\0]*\0..[^\0]*\0..[^\0]*\0(.)..[^\0]*\0[^\0]*\0..(.).(.)", re.DOTALL).match
_usual = re.compile(
    r"id:(\S+) sub:\d* dlvrd:\d* submit date:(\d*) done date:(\d*) stat:([A-Z]+) err:(\S*)(?: text:(.*))?",
    re.DOTALL,
).fullmatch
_member = re.compile(
    r"(?:^|(?<=[\s,;|]))(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat(?:us)?|err(?:or)?|text)[ \t]*[:=]",
    re.IGNORECASE,
)
_KEYS: Final = {"status": "stat", "error": "err"}


def deliver_receipt(body: bytes) -> ReceiptText | None:
    """The receipt in the body of a deliver_sm, past all that a receipt does not need; None: it is a message.

    Raises PduError as `read_deliver` does.
    """
    match = _cut_receipt(body)
    if match is None:
        raise PduError("a deliver_sm cut short")
    esm_class, coding, length = match.groups()
    start = match.end()
    end = start + length[0]
    if end == len(body):
        return _receipt(esm_class[0], coding[0], body[start:end], None)
    if end > len(body):
        raise PduError("short_message is shorter than sm_length")
    return _receipt(esm_class[0], coding[0], body[start:end], read_tlvs(body, end))


def read_receipt(deliver: Deliver) -> ReceiptText | None:
    """The receipt that a deliver_sm or data_sm carries; None: it is a message.

    It is one by esm_class (5.2.12: delivery receipt, intermediate notification) or by its receipted_message_id, never
    by its words alone: those a phone could write too.
    """
    return _receipt(deliver.esm_class, deliver.data_coding, deliver.short_message, deliver.tlvs)


def _receipt(esm_class: int, coding: int, octets: bytes, tlvs: dict[int, bytes] | None) -> ReceiptText | None:
    if not tlvs:
        return _read_text(_to_text(esm_class, coding, octets)) if esm_class & c.ESM_KIND in _RECEIPT_KINDS else None
    if esm_class & c.ESM_KIND not in _RECEIPT_KINDS and c.TAG_RECEIPTED_MESSAGE_ID not in tlvs:
        return None
    told = _read_text(_to_text(esm_class, coding, octets or tlvs.get(c.TAG_PAYLOAD, b"")))
    return _overlay(told, tlvs)


def _overlay(told: ReceiptText, tlvs: dict[int, bytes]) -> ReceiptText:
    """TLVs are meant for machines, so they win over the text."""
    name = tlvs.get(c.TAG_RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0].decode("latin-1").strip()
    state = tlvs.get(c.TAG_MESSAGE_STATE, b"")
    network = tlvs.get(c.TAG_NETWORK_ERROR, b"")
    told_by_tlv = c.MESSAGE_STATES.get(state[0], "") if len(state) == 1 else ""
    return ReceiptText(
        id=name or told.id,
        state=told_by_tlv or told.state,
        word=told.word or (told_by_tlv or str(state[0]) if len(state) == 1 else ""),
        error=told.error,
        submitted=told.submitted,
        done=told.done,
        text=told.text,
        network_type=network[0] if len(network) == 3 else 0,
        network_code=int.from_bytes(network[1:]) if len(network) == 3 else 0,
    )


def _to_text(esm_class: int, coding: int, octets: bytes) -> str:
    if esm_class & c.ESM_UDHI and octets:
        octets = octets[1 + octets[0] :]
    if coding == c.CODING_UCS2:
        return octets.decode("utf-16-be", "replace")
    return octets.decode("latin-1")


def _read_text(text: str) -> ReceiptText:
    usual = _usual(text)
    if usual is None:
        return _read_freely(text)
    name, submitted, done, word, error, rest = usual.groups("")
    return ReceiptText(
        id=name, state=_SYNONYMS.get(word) or state_of(word), word=word, error=error, submitted=submitted, done=done,
        text=rest,
    )  # fmt: skip


def _read_freely(text: str) -> ReceiptText:
    """Any order; the first of a repeated member counts, so that the quoted text behind cannot overrule it."""
    text = text.strip(" \0\r\n\t")
    found: dict[str, str] = {}
    marks = list(_member.finditer(text))
    ends = [*[mark.start() for mark in marks[1:]], len(text)]
    for mark, end in zip(marks, ends, strict=False):
        key = mark[1].lower().replace("_", "").replace(" ", "")
        value = text[mark.end() : end].strip(" \t\r\n,;|\0")
        found.setdefault(_KEYS.get(key, key), value)
    word = _first(found.get("stat", ""))
    return ReceiptText(
        id=_first(found.get("id", "")),
        state=state_of(word),
        word=word,
        error=_first(found.get("err", "")),
        submitted=found.get("submitdate", ""),
        done=found.get("donedate", ""),
        text=found.get("text", ""),
    )


def _first(value: str) -> str:
    return value.split(None, 1)[0] if value else ""


def state_of(word: str) -> str:
    """The state that a carrier's word means: known, written out, or cut to four letters and more; else ""."""
    word = word.strip().upper()
    if word in _SYNONYMS:
        return _SYNONYMS[word]
    meant = {state for whole, state in _SYNONYMS.items() if len(word) >= 4 and whole.startswith(word)}
    return meant.pop() if len(meant) == 1 else ""


def receipt_instant(written: str, hours_ahead: float = 0) -> int | None:
    """`done` or `submitted` in microseconds since 1970, UTC, of a carrier whose clock is `hours_ahead` of UTC.

    None for what is no YYMMDDhhmm[ss].
    """
    for size, layout in ((10, "%y%m%d%H%M"), (12, "%y%m%d%H%M%S")):
        if len(written) == size and written.isascii() and written.isdigit():
            try:
                local = datetime.strptime(written, layout).replace(tzinfo=UTC)
            except ValueError:
                return None
            return int(local.timestamp() - hours_ahead * 3600) * 1_000_000
    return None


def write_receipt(name: str, state: str, *, submitted: str, done: str, error: str = "000", text: str = "") -> bytes:
    """Appendix B's text of a receipt, as a carrier writes it: the short_message of a deliver_sm."""
    delivered = "001" if state == "DELIVRD" else "000"
    line = (
        f"id:{name} sub:001 dlvrd:{delivered} submit date:{submitted} done date:{done} "
        f"stat:{state[:7]} err:{error} text:{text[:20]}"
    )
    return line.encode("latin-1", "replace")
