"""How one name is written in two places: message ids of a carrier, and addresses."""

import re
from typing import Final

SHORT_CODE: Final = 6
"""Digits of the longest number that is taken for a short code."""

_hex = re.compile(r"[0-9A-Fa-f]{1,32}").fullmatch
_number = re.compile(r"\s*\+?[0-9 ().\-/]*[0-9][0-9 ().\-/]*").fullmatch
_separators = re.compile(r"[^0-9]+")

UNKNOWN: Final = (0, 0)
INTERNATIONAL: Final = (1, 1)
NETWORK_SPECIFIC: Final = (3, 0)
ALPHANUMERIC: Final = (5, 0)


def id_spellings(provider_id: str) -> tuple[str, ...]:
    """The ways one message id may be written, the likeliest first: as it is, without leading zeros, hexadecimal in
    both cases, and hexadecimal <-> decimal (also with the 8 and 10 digits that carriers pad to).

    Carriers answer submit_sm in hexadecimal and write the receipt in decimal, or the reverse (SMPP 3.4, appendix B:
    10 octets, decimal or hexadecimal, is the vendor's choice). Since a spelling may be another message's id, take the
    first that is known, and of one carrier only.
    """
    name = provider_id.strip()
    if not _hex(name):
        return (name,)
    bare = name.lstrip("0") or "0"
    if bare.isdigit():
        value = int(bare)
        other = [f"{value:x}", f"{value:X}", f"{value:08x}", f"{value:08X}", f"{value:010d}"]
    else:
        other = []
    value = int(bare, 16)
    decimal = [f"{value}", f"{value:010d}"]
    padded = bare.zfill(8)
    same = [name, bare, bare.lower(), bare.upper()]
    return tuple(dict.fromkeys([*same, *other, *decimal, padded, padded.lower(), padded.upper()]))


def address_kind(address: str) -> tuple[int, int]:
    """(type of number, numbering plan) of an address (SMPP 3.4, 5.2.5, 5.2.6).

    Letters: alphanumeric (5, 0). `+` or more than 6 digits: international, E.164 (1, 1). Up to 6 digits: a short code,
    network specific (3, 0). Empty: unknown (0, 0), the carrier's default.
    """
    if not address.strip():
        return UNKNOWN
    if not _number(address):
        return ALPHANUMERIC
    short = "+" not in address and len(_separators.sub("", address)) <= SHORT_CODE
    return NETWORK_SPECIFIC if short else INTERNATIONAL


def address_octets(address: str) -> bytes:
    """An address as the wire has it: a number's digits alone (no `+`, no spaces), else the letters; what is not
    Latin-1 becomes `?`."""
    if _number(address):
        return _separators.sub("", address).encode()
    return address.strip().encode("latin-1", "replace")
