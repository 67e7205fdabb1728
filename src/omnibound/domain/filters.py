"""Who is excluded from a campaign by what its client says of them: conditions on attributes. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from omnibound.domain.errors import Invalid
from omnibound.domain.outbound import Condition

MOST_CONDITIONS: Final = 100
LONGEST_VALUE: Final = 1_000

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?", re.ASCII)
"""What is compared as a number. Longer ones are texts, and so are exponents: `1e5` is a flat as often as a number."""


class _Value(NamedTuple):
    """One side of a comparison; `number` None: it is none."""

    text: str
    number: Decimal | None


_Fits = Callable[[_Value, Sequence[_Value]], bool]
Test = Callable[[Mapping[str, Any]], bool]


def _compared(left: _Value, right: _Value) -> int:
    """Below 0, 0 or above it, as the left one is smaller, equal or larger."""
    if left.number is not None and right.number is not None:
        return (left.number > right.number) - (left.number < right.number)
    return (left.text > right.text) - (left.text < right.text)


def _between(value: _Value, ends: Sequence[_Value]) -> bool:
    return _compared(value, ends[0]) >= 0 and _compared(value, ends[1]) <= 0


def _like(value: _Value, patterns: Sequence[_Value]) -> bool:
    return _pattern(patterns[0].text).fullmatch(value.text) is not None


_FITS: Final[Mapping[str, tuple[int, _Fits]]] = {
    "=": (1, lambda value, values: _compared(value, values[0]) == 0),
    "<>": (1, lambda value, values: _compared(value, values[0]) != 0),
    ">": (1, lambda value, values: _compared(value, values[0]) > 0),
    "<": (1, lambda value, values: _compared(value, values[0]) < 0),
    ">=": (1, lambda value, values: _compared(value, values[0]) >= 0),
    "<=": (1, lambda value, values: _compared(value, values[0]) <= 0),
    "BETWEEN": (2, _between),
    "NOT BETWEEN": (2, lambda value, values: not _between(value, values)),
    "LIKE": (1, _like),
    "NOT LIKE": (1, lambda value, values: not _like(value, values)),
}
"""Operator -> how many values it takes, and whether an attribute fits them."""

OPERATORS: Final = tuple(_FITS)
"""`=` `<>` `>` `<` `>=` `<=` `BETWEEN` `NOT BETWEEN` `LIKE` `NOT LIKE`; in patterns % is any run, _ one character."""


def check_conditions(conditions: Sequence[Condition]) -> None:
    """Raises Invalid, naming what is wrong: `excluded[0].operator`."""
    if len(conditions) > MOST_CONDITIONS:
        raise Invalid(f"must not be more than {MOST_CONDITIONS}", "excluded")
    for place, condition in enumerate(conditions):
        field = f"excluded[{place}]"
        if not condition.attribute.strip() or len(condition.attribute) > LONGEST_VALUE:
            raise Invalid("must name an attribute", f"{field}.attribute")
        if condition.operator not in _FITS:
            raise Invalid(f"must be one of {', '.join(OPERATORS)}", f"{field}.operator")
        wanted, _ = _FITS[condition.operator]
        if len(condition.values) != wanted:
            raise Invalid(f"{condition.operator} takes {wanted}, not {len(condition.values)}", f"{field}.values")
        if any(len(value) > LONGEST_VALUE for value in condition.values):
            raise Invalid(f"must not have more than {LONGEST_VALUE} characters", f"{field}.values")


def excluded(conditions: Sequence[Condition], attributes: Mapping[str, Any] | None) -> bool:
    """Whether a person is: any condition fits. Numbers compare as numbers where both are, else as texts without case.

    An attribute that is missing, null, a list or an object fits nothing, not even `<>`.
    """
    return excluded_by(conditions, attributes) is not None


def excluded_by(conditions: Sequence[Condition], attributes: Mapping[str, Any] | None) -> Condition | None:
    """The first condition that fits."""
    if not attributes:
        return None
    return next((each for each in conditions if _test(each)(attributes)), None)


@lru_cache(maxsize=2_000)
def _test(condition: Condition) -> Test:
    """Of a checked condition, its values read once for a million people."""
    _, fits = _FITS[condition.operator]
    name, values = condition.attribute, tuple(_value(text) for text in condition.values)

    def test(attributes: Mapping[str, Any]) -> bool:
        text = _text(attributes.get(name))
        return text is not None and fits(_value(text), values)

    return test


def _text(attribute: Any) -> str | None:
    """An attribute as a filter sees it."""
    if isinstance(attribute, bool):
        return str(attribute).lower()
    return str(attribute) if isinstance(attribute, str | int | float) else None


def _value(text: str) -> _Value:
    stripped = text.strip()
    return _Value(text.casefold(), Decimal(stripped) if _NUMBER.fullmatch(stripped) else None)


@lru_cache(maxsize=2_000)
def _pattern(text: str) -> re.Pattern[str]:
    """Of a LIKE. Each run takes as little as does and never gives back, so that no pattern takes long."""
    first, *parts = ("".join("." if c == "_" else re.escape(c) for c in part) for part in text.split("%"))
    runs = [f"(?>.*?{part})" for part in parts[:-1]]
    return re.compile(first + "".join(runs) + "".join(f".*{part}" for part in parts[-1:]), re.DOTALL)
