"""Amounts of money in words."""

import re
from decimal import ROUND_HALF_UP, Decimal

from omnibound.wire.ssml.numbers import decimal_of, say_cardinal
from omnibound.wire.ssml.spelling import say_characters
from omnibound.wire.ssml.words import Words, in_words

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₴": "UAH", "₽": "RUB", "zł": "PLN", "Kč": "CZK", "Ft": "HUF"}
_CURRENCY = "|".join([*map(re.escape, _SIGNS), "[A-Za-z]{3}"])
_AMOUNT = re.compile(rf"(-?)({_CURRENCY})? ?([\d ., '’\u00a0\u202f]*\d) ?({_CURRENCY})?")
_LARGEST = Decimal(10) ** 12


def say_currency(text: str, words: Words) -> str:
    """`$42.01` or `42,01 PLN` as money; of a currency that has no words here the code is spelled. ValueError."""
    match = _AMOUNT.fullmatch(text.strip())
    if not match or bool(match[2]) == bool(match[4]):
        raise ValueError("no amount of money")
    named = match[2] or match[4]
    code = _SIGNS.get(named, named.upper())
    amount = decimal_of(match[1] + match[3], words)
    said = _said(amount, code, words)
    if not words.point:
        return said or text.strip()
    return said or f"{say_cardinal(match[1] + match[3], words)} {say_characters(code, words)}"


def _said(amount: Decimal, code: str, words: Words) -> str:
    """Empty where num2words has no words for it, which shows in many ways."""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP) if abs(amount) < _LARGEST else amount
    if not words.key or (cents < 0 and not words.minus) or cents != amount or abs(amount) >= _LARGEST:
        return ""
    whole = cents == cents.to_integral_value()
    more = {"separator": "|"} if whole else {}
    try:
        said = in_words(abs(cents), words.key, "currency", currency=code, **more)
    except (NotImplementedError, AttributeError, TypeError, ValueError, IndexError, KeyError):
        return ""
    said = said.partition("|")[0].strip()
    return f"{words.minus} {said}" if cents < 0 else said
