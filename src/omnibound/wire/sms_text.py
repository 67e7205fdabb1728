"""A text as the short messages that carry it: alphabet by content, cut into parts (3GPP TS 23.040, 9.2.3.24).

`default_alphabet` is what a carrier takes data_coding 0 for, and whether it may be sent Latin-1 besides:
"gsm" (the usual), "latin1" or "ascii" (both then turned into GSM by the carrier), "gsm+latin1" (data_coding 3 for what
only Latin-1 has). What fits nowhere goes as UCS-2.
"""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from omnibound.wire import gsm
from omnibound.wire.smpp import constants as c
from omnibound.wire.smpp.names import address_kind
from omnibound.wire.transliteration import transliterate

__all__ = [
    "ALPHABETS",
    "MAX_PARTS",
    "MAX_PAYLOAD",
    "Alphabet",
    "Encoded",
    "Segments",
    "TextTooLong",
    "Way",
    "address_kind",
    "count_parts",
    "encode_text",
    "segments",
    "transliterate",
]

Way = Literal["udh", "udh16", "sar", "payload"]
"""How parts name each other: a user data header with an 8-bit or a 16-bit reference, SAR TLVs, or no parts at all:
the whole text in message_payload, to be cut by the carrier."""

_NO_TLVS: Final[dict[int, bytes]] = {}

MAX_PARTS: Final = 255
MAX_PAYLOAD: Final = 65_000
"""Octets of a message_payload that still leave room for the rest of the PDU in 64 KiB."""


class TextTooLong(ValueError):
    """A text that 255 parts, or one message_payload, do not hold."""


class Alphabet(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How characters become octets, and how many units (septets, octets, UTF-16 units) a message and a part hold."""

    name: str
    data_coding: int
    encode: Callable[[str], bytes | None]
    whole: int
    part: int
    part16: int
    width: int = 1
    """Octets a unit."""
    turned: bool = False
    """The carrier turns it into GSM: an octet of ours may be two septets there."""


class Encoded(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A text's octets, uncut. `units` counts as the radio does: an extension character is two septets in any coding."""

    alphabet: str
    data_coding: int
    data: bytes
    units: int


class Segments(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The short_messages of one text, in order.

    `esm_class` goes into each (0x40 where there is a header), `tlvs[i]` with `parts[i]`. `count` is the number of
    messages on the radio: one for each part, except with message_payload.
    """

    alphabet: str
    data_coding: int
    parts: tuple[bytes, ...]
    tlvs: tuple[dict[int, bytes], ...]
    count: int
    esm_class: int = 0


def _latin1_in_gsm(text: str) -> bytes | None:
    return None if gsm.encode(text) is None else _latin1(text)


def _latin1(text: str) -> bytes | None:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _ascii_in_gsm(text: str) -> bytes | None:
    return text.encode() if text.isascii() and gsm.encode(text) is not None else None


def _ucs2(text: str) -> bytes:
    # A lone surrogate (JSON may carry one) has no octets: it becomes "?".
    return text.encode("utf-16-be", "replace")


_GSM: Final = Alphabet(name="gsm", data_coding=0, encode=gsm.encode, whole=160, part=153, part16=152)
_UCS2: Final = Alphabet(name="ucs2", data_coding=c.CODING_UCS2, encode=_ucs2, whole=70, part=67, part16=66, width=2)
_LATIN1: Final = Alphabet(name="latin1", data_coding=c.CODING_LATIN1, encode=_latin1, whole=140, part=134, part16=133)
_LATIN1_DEFAULT: Final = Alphabet(
    name="latin1", data_coding=0, encode=_latin1_in_gsm, whole=160, part=153, part16=152, turned=True
)
_ASCII_DEFAULT: Final = Alphabet(
    name="ascii", data_coding=0, encode=_ascii_in_gsm, whole=160, part=153, part16=152, turned=True
)

ALPHABETS: Final[dict[str, tuple[Alphabet, ...]]] = {
    "gsm": (_GSM, _UCS2),
    "latin1": (_LATIN1_DEFAULT, _UCS2),
    "ascii": (_ASCII_DEFAULT, _UCS2),
    "gsm+latin1": (_GSM, _LATIN1, _UCS2),
}
"""default_alphabet -> what is tried, in order."""


def encode_text(text: str, default_alphabet: str = "gsm") -> Encoded:
    """The octets of `text` in the first alphabet that holds all of it. Raises KeyError for an unknown alphabet."""
    alphabet, data = _choose(text, default_alphabet)
    units = len(data) // alphabet.width
    if alphabet.turned:
        units += gsm.extended_count(text)
    return Encoded(alphabet=alphabet.name, data_coding=alphabet.data_coding, data=data, units=units)


def segments(text: str, default_alphabet: str = "gsm", *, way: Way = "udh", reference: int = 0) -> Segments:
    """`text` in as few parts as hold it, never cutting an escape sequence or a surrogate pair.

    `reference` tells this text's parts from another's to the same phone; its low 8 or 16 bits are used. A text that
    fits in one message has no header and no TLVs. Raises TextTooLong.
    """
    alphabet, data = _choose(text, default_alphabet)
    pieces = _cut(alphabet, data, text, alphabet.part16 if way == "udh16" else alphabet.part)
    if way == "payload" and len(pieces) > 1:
        return _in_payload(alphabet, data, len(pieces))
    if len(pieces) > MAX_PARTS:
        raise TextTooLong(f"{len(pieces)} parts")
    if way == "sar" or len(pieces) == 1:
        return Segments(
            alphabet=alphabet.name, data_coding=alphabet.data_coding, parts=tuple(pieces),
            tlvs=_sar(len(pieces), reference), count=len(pieces),
        )  # fmt: skip
    heads = _headers(len(pieces), reference, way)
    return Segments(
        alphabet=alphabet.name,
        data_coding=alphabet.data_coding,
        parts=tuple([head + piece for head, piece in zip(heads, pieces, strict=True)]),
        tlvs=(_NO_TLVS,) * len(pieces),
        count=len(pieces),
        esm_class=c.ESM_UDHI,
    )


def count_parts(text: str, default_alphabet: str = "gsm", *, way: Way = "udh") -> int:
    """How many messages on the radio `text` is; it may be above 255, which `segments` refuses."""
    alphabet, data = _choose(text, default_alphabet)
    return len(_cut(alphabet, data, text, alphabet.part16 if way == "udh16" else alphabet.part))


def _choose(text: str, default_alphabet: str) -> tuple[Alphabet, bytes]:
    for alphabet in ALPHABETS[default_alphabet]:
        data = alphabet.encode(text)
        if data is not None:
            return alphabet, data
    raise AssertionError("UCS-2 holds every text")


def _cut(alphabet: Alphabet, data: bytes, text: str, part: int) -> list[bytes]:
    if alphabet.turned:
        # One octet here may be two septets there: cut the GSM form, and follow its cuts.
        pieces = _cut(_GSM, gsm.encode(text) or b"", text, part)
        return _alike(data, [len(piece) - piece.count(gsm.ESCAPE) for piece in pieces])
    size = len(data)
    if size <= alphabet.whole * alphabet.width:
        return [data]
    step = part * alphabet.width
    pieces: list[bytes] = []
    at = 0
    while at < size:
        end = at + step
        if end < size and _is_first_half(alphabet, data, end):
            end -= alphabet.width
        pieces.append(data[at:end])
        at = end
    return pieces


def _is_first_half(alphabet: Alphabet, data: bytes, end: int) -> bool:
    """Whether the unit before `end` needs the one behind it."""
    if alphabet is _UCS2:
        return data[end - 2] & 0xFC == 0xD8
    return alphabet is _GSM and data[end - 1] == gsm.ESCAPE


def _alike(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces: list[bytes] = []
    at = 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    return pieces


def _headers(total: int, reference: int, way: Way) -> list[bytes]:
    """Concatenated short messages, 3GPP TS 23.040, 9.2.3.24.1 (8 bits) and 9.2.3.24.8 (16 bits)."""
    if way == "udh16":
        head = b"\x06\x08\x04" + (reference & 0xFFFF).to_bytes(2)
    else:
        head = b"\x05\x00\x03" + (reference & 0xFF).to_bytes(1)
    return [head + bytes((total, number)) for number in range(1, total + 1)]


def _sar(total: int, reference: int) -> tuple[dict[int, bytes], ...]:
    """The three SAR TLVs (SMPP 3.4, 5.3.2.22-24); none for a text in one part."""
    if total == 1:
        return (_NO_TLVS,)
    name = (reference & 0xFFFF).to_bytes(2)
    return tuple(
        [
            {c.TAG_SAR_REFERENCE: name, c.TAG_SAR_TOTAL: bytes((total,)), c.TAG_SAR_SEQUENCE: bytes((number,))}
            for number in range(1, total + 1)
        ]
    )


def _in_payload(alphabet: Alphabet, data: bytes, count: int) -> Segments:
    if len(data) > MAX_PAYLOAD:
        raise TextTooLong(f"{len(data)} octets")
    return Segments(
        alphabet=alphabet.name,
        data_coding=alphabet.data_coding,
        parts=(b"",),
        tlvs=({c.TAG_PAYLOAD: data},),
        count=count,
    )
