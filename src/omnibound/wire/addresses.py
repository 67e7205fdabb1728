"""Phone numbers and mail addresses as people write them."""

import re

MIN_DIGITS = 3
MAX_DIGITS = 20
"""E.164 has 15, but a vendor's own sample sends 17, and SMPP carries 20."""

MAX_EMAIL = 254
"""Characters (RFC 5321, 4.5.3.1.3: a path has 256 octets, angle brackets included)."""

MAX_ADDRESS = 4096
"""Characters of an address that is neither: a web push registration has some hundreds."""

_PUNCTUATION = str.maketrans("", "", " \t\u00a0-.()[]/")
_EMAIL = re.compile(r"[^\s@<>,;\x00-\x1f]+@[^\s@<>,;\x00-\x1f]+")


def read_phone(text: str) -> str:
    """The digits (3 to 20) of a number, without a leading `+` or `00` and without punctuation; empty if it is none.

    A national number keeps its leading 0: who takes international ones only has to look.
    """
    digits = text.translate(_PUNCTUATION)
    digits = digits[1:] if digits.startswith("+") else digits.removeprefix("00")
    plain = digits.isascii() and digits.isdecimal()
    return digits if plain and MIN_DIGITS <= len(digits) <= MAX_DIGITS else ""


def is_email(text: str) -> bool:
    """Whether mail could be sent there: one `@` with something on both sides, and nothing that ends a header."""
    return len(text) <= MAX_EMAIL and _EMAIL.fullmatch(text) is not None
