"""Numbers: which may be called, and how a trunk wants them written."""

from collections.abc import Iterable
from typing import Final

from omnibound.domain.errors import Forbidden, Invalid
from omnibound.wire.sip import NumberFormat

COSTLY: Final = {
    "870": "Inmarsat satellite telephones",
    "878": "universal personal numbers",
    "881": "satellite telephones of the global mobile system",
    "882": "international networks",
    "883": "international networks",
    "888": "disaster relief",
    "979": "international premium rate",
}
"""Country codes that ITU-T E.164 gives to no country: calls there cost more than one expects, and fraud likes them."""

MAX_DIGITS: Final = 20
"""E.164 has fifteen; national prefixes and a carrier's own come on top."""
_SEPARATORS: Final = str.maketrans("", "", " -.()/")

NATIONAL_DIGITS: Final = 10
"""What is written without `+` or `00`, and is no longer, may be a national number: no costly one is so short."""

_ZERO_BELONGS: Final = frozenset(("39", "378", "379"))
"""Calling codes of countries whose numbers keep their leading zero when they are called from abroad."""


def digits_of(number: str, region: str = "") -> str:
    """`+48 22 123 45 67` or `0048...` -> `48221234567`. Raises Invalid for what is no telephone number.

    `region` is the calling code of national numbers: with `48`, `881 234 567` -> `48881234567`.
    """
    return _read(number, region)[0]


def _read(number: str, region: str) -> tuple[str, bool]:
    """The digits, and whether they begin with a calling code beyond doubt."""
    plain = number.translate(_SEPARATORS)
    marked = plain.startswith(("+", "00"))
    digits = plain.removeprefix("+") if plain.startswith("+") else plain.removeprefix("00")
    if not (digits.isascii() and digits.isdigit() and 1 < len(digits) <= MAX_DIGITS):
        raise Invalid(f"{number[:40]!r} is not a telephone number", "to")
    if marked or len(digits) > NATIONAL_DIGITS or not region:
        return digits, marked or len(digits) > NATIONAL_DIGITS
    return region + (digits if region in _ZERO_BELONGS else digits.removeprefix("0")), True


def write_number(number: str, form: NumberFormat, strip: str = "", prefix: str = "", region: str = "") -> str:
    """A number as the trunk wants it: `strip` is taken from its front, `prefix` put there. Raises Invalid."""
    if form == "as_is":
        # Whatever a URI's user part may hold; what could end it or begin a header is no number anywhere.
        if not number or len(number) > 64 or not all(c.isalnum() or c in "+*#-_." for c in number):
            raise Invalid(f"{number[:40]!r} is not a telephone number", "to")
        written = number
    else:
        written = {"digits": "", "plus": "+", "00": "00"}[form] + digits_of(number, region)
    return prefix + written.removeprefix(strip)


def check_allowed(
    number: str, refused: Iterable[str] = (), allowed: Iterable[str] = (), region: str = ""
) -> None:  # fmt: skip
    """Raises Forbidden for numbers that cost too much: COSTLY and the `refused` prefixes, except `allowed` ones.

    Prefixes are of international digits (`48700`). The longest prefix that fits decides, so that one premium range may
    be opened within a refused country and the other way round.
    """
    try:
        digits, international = _read(number, region)
    except Invalid:
        return
    # 881 begins satellite telephones as a calling code only: Polish mobile numbers begin so as well.
    costly = COSTLY if international else ()
    no = max((len(one) for one in (*costly, *map(_plain, refused)) if digits.startswith(one)), default=0)
    yes = max((len(one) for one in map(_plain, allowed) if digits.startswith(one)), default=0)
    if no > yes:
        why = COSTLY.get(digits[:3], "a refused prefix")
        raise Forbidden(
            f"calls to {digits[:no]}... are not allowed ({why}); add the prefix to `allow` to call it", "to"
        )


def _plain(prefix: str) -> str:
    return prefix.translate(_SEPARATORS).removeprefix("+").removeprefix("00")
