"""Conditions on attributes as people write them: `City = 'New York'`, `Age BETWEEN 18 AND 30`, `"Post code" LIKE '8%'`.

Names in double quotes and values in single ones may hold anything, a quote twice.
"""

import re
from typing import Final

from omnibound.domain.errors import Invalid
from omnibound.domain.filters import OPERATORS
from omnibound.domain.outbound import Condition

LONGEST: Final = 4_000
HOW: Final = "is written as: City = 'New York', Age BETWEEN 18 AND 30, \"Post code\" LIKE '8%'"

_PLAIN: Final = r"[^\s'\"=<>]+"
_NAME: Final = re.compile(rf"""\s*(?:"((?:[^"]|"")*)"|({_PLAIN}))""")
_OPERATOR: Final = re.compile(
    r"\s*("
    + "|".join(re.escape(each).replace(r"\ ", r"\s+") for each in sorted(OPERATORS, key=len, reverse=True))
    + ")",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(rf"\s*(?:'((?:[^']|'')*)'|({_PLAIN}))")
_AND: Final = re.compile(r"(?:\s+|(?<='))AND(?=[\s'])", re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z_][\w.-]*")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def read_condition(text: str, field: str = "") -> Condition:
    """The condition. Raises Invalid, naming `field`, for what is none."""
    if len(text) > LONGEST:
        raise Invalid(f"has up to {LONGEST} characters", field)
    name = _NAME.match(text)
    operator = _OPERATOR.match(text, name.end()) if name else None
    if name is None or operator is None:
        raise Invalid(HOW, field)
    word = " ".join(operator[1].upper().split())
    values, end = _values(text, operator.end(), 2 if word.endswith("BETWEEN") else 1)
    if not values or text[end:].strip():
        raise Invalid(HOW, field)
    return Condition(attribute=_unquoted(name, '"'), operator=word, values=values)


def _values(text: str, at: int, wanted: int) -> tuple[tuple[str, ...], int]:
    """The values from a place on, and where they end; none where there are fewer than wanted."""
    found: list[str] = []
    for place in range(wanted):
        between = _AND.match(text, at) if place else None
        value = _VALUE.match(text, between.end() if between else at)
        if value is None or (place and between is None):
            return (), at
        found.append(_unquoted(value, "'"))
        at = value.end()
    return tuple(found), at


def _unquoted(match: re.Match[str], quote: str) -> str:
    quoted, plain = match[1], match[2]
    return plain if quoted is None else quoted.replace(quote * 2, quote)


def write_condition(condition: Condition) -> str:
    """The words that are read as this condition."""
    name = condition.attribute if _WORD.fullmatch(condition.attribute) else _quoted(condition.attribute, '"')
    values = [each if _NUMBER.fullmatch(each) else _quoted(each, "'") for each in condition.values]
    return f"{name} {condition.operator} {' AND '.join(values)}"


def _quoted(text: str, quote: str) -> str:
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"
