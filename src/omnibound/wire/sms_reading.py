"""Short messages that came in: octets to text, and what a concatenation header says (3GPP TS 23.038, 23.040)."""

from typing import Final

import msgspec

from omnibound.wire import gsm
from omnibound.wire.smpp import constants as c


def decode_text(data: bytes, data_coding: int, default_alphabet: str = "gsm") -> str | None:
    """The text of a message that came in, without its header (`split_header`); None where the octets are no text.

    The groups of 3GPP TS 23.038, 4 above 0x0F are read by their alphabet bits: message class and "automatic deletion"
    do not matter here.
    """
    coding = _plain_coding(data_coding)
    if coding == c.CODING_DEFAULT:
        return gsm.decode(data) if default_alphabet.startswith("gsm") else data.decode("latin-1")
    codec = _CODECS.get(coding)
    return data.decode(codec, "replace") if codec else None


def cuts_character(data: bytes, data_coding: int) -> bool:
    """Whether the octets of a part begin or end within a character of UTF-16: phones cut emoji in two."""
    if _plain_coding(data_coding) != c.CODING_UCS2 or len(data) < 2:
        return False
    first, last = data[0], data[-2 - len(data) % 2]
    return first & 0xFC == 0xDC or last & 0xFC == 0xD8


_CODECS: Final[dict[int, str]] = {
    c.CODING_ASCII: "latin-1",
    c.CODING_LATIN1: "latin-1",
    0x05: "shift_jis",
    0x06: "iso8859_5",
    0x07: "iso8859_8",
    c.CODING_UCS2: "utf-16-be",
    0x0D: "euc_jp",
    0x0E: "euc_kr",
}
"""data_coding (SMPP 3.4, 5.2.19) -> Python's codec; 2, 4, 9 and 10 are no text."""

_GSM_ALPHABETS: Final = (c.CODING_DEFAULT, c.CODING_BINARY, c.CODING_UCS2, 0x0F)
"""What the alphabet bits 3-2 of a GSM data coding scheme mean."""


def _plain_coding(data_coding: int) -> int:
    if data_coding < 0x10:
        return data_coding
    if data_coding >= 0xF0:
        return c.CODING_BINARY if data_coding & 0x04 else c.CODING_DEFAULT
    if data_coding >= 0xC0:
        return c.CODING_UCS2 if data_coding & 0xF0 == 0xE0 else c.CODING_DEFAULT
    return _GSM_ALPHABETS[data_coding >> 2 & 3] if data_coding < 0x80 and not data_coding & 0x20 else c.CODING_BINARY


class Header(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a concatenated message says of itself."""

    reference: int
    total: int
    number: int


def split_header(data: bytes) -> tuple[Header | None, bytes]:
    """The concatenation header of octets whose esm_class has the UDHI bit, and the text behind it.

    None where there is no such element, or one that contradicts itself (part 3 of 2); the text is cut all the same.
    """
    end = 1 + data[0] if data else 0
    at = 1
    while at + 2 <= min(end, len(data)):
        element, length = data[at], data[at + 1]
        value = data[at + 2 : at + 2 + length]
        if (element, len(value)) in ((0x00, 3), (0x08, 4)) and 1 <= value[-1] <= value[-2]:
            return Header(reference=int.from_bytes(value[:-2]), total=value[-2], number=value[-1]), data[end:]
        at += 2 + length
    return None, data[end:]
