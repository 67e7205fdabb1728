"""The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1), one octet a character.

Unpacked is how SMPP carries it: the carrier packs septets for the radio.
"""

import re
from typing import Final

ESCAPE: Final = 0x1B
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The 128 characters by their code; 0x1B is the escape to the extension table, no character."""
EXTENSION: Final[dict[int, str]] = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

EXTENDED: Final = frozenset(EXTENSION.values())
"""The characters that need two septets."""
CHARACTERS: Final = frozenset(BASIC) - {"\x1b"} | EXTENDED
"""All that the alphabet can say."""


class _Codes(dict[int, str]):
    """Character -> its octets. What is missing becomes U+FFFF, at which the Latin-1 codec then stops."""

    def __missing__(self, _: int) -> str:
        return "\uffff"


_CODES: Final = _Codes(
    {
        **{ord(character): chr(code) for code, character in enumerate(BASIC) if code != ESCAPE},
        **{ord(character): f"\x1b{chr(code)}" for code, character in EXTENSION.items()},
    }
)
_DECODED: Final = dict(enumerate(BASIC)) | dict.fromkeys(range(0x80, 0x100), "\ufffd")
_escape = re.compile("\x1b(.?)", re.DOTALL)
_EXTENSION_BY_BASIC: Final = {BASIC[code]: character for code, character in EXTENSION.items()}


def encode(text: str) -> bytes | None:
    """`text`, an octet a character (two for the extension table); None when it has a character that GSM lacks."""
    try:
        return text.translate(_CODES).encode("latin-1")
    except UnicodeEncodeError:
        return None


def decode(data: bytes) -> str:
    """The text of unpacked octets. Octets above 0x7F become U+FFFD.

    An escape before a code that the extension table lacks shows that code's basic character (6.2.1.1), and an escape
    before nothing shows a space.
    """
    text = data.decode("latin-1").translate(_DECODED)
    return _escape.sub(_extended, text) if "\x1b" in text else text


def _extended(match: re.Match[str]) -> str:
    return _EXTENSION_BY_BASIC.get(match[1]) or match[1].replace("\x1b", " ") or " "


def extended_count(text: str) -> int:
    """How many characters of `text` need a second septet."""
    return sum(map(text.count, EXTENDED))
