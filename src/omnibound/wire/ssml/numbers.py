"""Numbers in words: cardinals, ordinals, digits one by one, telephone numbers."""

import re
from decimal import Decimal

from omnibound.wire.ssml.words import Words, in_words

LONGEST = 15
"""Digits of a number that is said as one; a longer one is said digit by digit."""

_NUMBER = re.compile(r"([+-]?)(\d[\d ., '’\u00a0\u202f]*)", re.ASCII)
_SPACES = re.compile(r"[ '’\u00a0\u202f]")
_PHONE = re.compile(r"\+?[\d ()./\u00a0-]*\d[\d ()./\u00a0-]*", re.ASCII)


def say_cardinal(text: str, words: Words) -> str:
    """`-1234.5` as words. ValueError for what is no number."""
    sign, whole, fraction = number_of(text, words)
    if (sign or fraction) and not words.point:
        return text.strip()
    said = say_count(whole, words)
    if fraction:
        said += f" {words.point} {' '.join(say_count(digit, words) for digit in fraction)}"
    return f"{words.minus} {said}" if sign else said


def say_ordinal(text: str, words: Words) -> str:
    """`3`, `3.` or `3rd` as the third; as a cardinal where the language's ordinals are not known. ValueError."""
    match = re.fullmatch(r"(\d{1,9})\s*(?:\.|st|nd|rd|th|e|er|ème|º|ª|°)?", text.strip(), re.ASCII)
    if not match:
        raise ValueError("no number")
    try:
        return in_words(int(match[1]), words.key, "ordinal") if words.key else match[1]
    # What a language lacks shows in many ways.
    except (NotImplementedError, AttributeError, TypeError, ValueError, IndexError, KeyError):
        return say_count(match[1], words)


def say_digits(text: str, words: Words) -> str:
    """Digits one by one, whatever separates them. ValueError for anything else."""
    digits = re.sub(r"[ .,/\u00a0-]", "", text)
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError("no digits")
    return ", ".join(say_count(digit, words) for digit in digits)


def say_telephone(text: str, words: Words) -> str:
    """Digits in groups: those that are written, else of three from the end. ValueError."""
    text = text.strip()
    if not _PHONE.fullmatch(text):
        raise ValueError("no telephone number")
    groups = re.findall(r"\d+", text)
    if len(groups) == 1 and len(groups[0]) > 4:
        groups = re.findall(r"\d{1,3}(?=(?:\d{3})*$)", groups[0])
    said = [" ".join(say_count(digit, words) for digit in group) for group in groups]
    plus = words.signs.get("+", "+")
    return ", ".join([f"{plus} {said[0]}" if text.startswith("+") else said[0], *said[1:]])


def say_count(digits: str, words: Words) -> str:
    """A whole number; as it is written where the language is not known, digit by digit where it is too long."""
    if not words.key:
        return digits
    if len(digits) > LONGEST:
        return ", ".join(say_count(digit, words) for digit in digits)
    return in_words(int(digits), words.key)


def number_of(text: str, words: Words) -> tuple[bool, str, str]:
    """Whether it is negative, its whole part and its fraction; separators as the language writes them. ValueError."""
    match = _NUMBER.fullmatch(text.strip().replace("\u2212", "-"))
    if not match:
        raise ValueError("no number")
    whole, fraction = _split(_SPACES.sub("", match[2]), "," if words.decimal_comma else ".")
    if not (whole + fraction).isdecimal():
        raise ValueError("no number")
    return match[1] == "-", whole.lstrip("0") or "0", fraction


def decimal_of(text: str, words: Words) -> Decimal:
    """The same as a number. ValueError."""
    sign, whole, fraction = number_of(text, words)
    return Decimal(f"{'-' if sign else ''}{whole}.{fraction or '0'}")


def _split(text: str, decimal: str) -> tuple[str, str]:
    """Whole part and fraction: of two kinds of separators the last is the decimal one."""
    seen = sorted({each for each in text if each in ".,"}, key=text.rfind)
    if not seen:
        return text, ""
    last = seen[-1]
    # Programs write 12.5 in every language, but 1.234 is a thousand where the comma is the decimal separator.
    thousands = len(seen) == 1 and last != decimal and re.search(r"[.,]\d{3}$", text)
    whole, _, fraction = (text, "", "") if thousands or text.count(last) > 1 else text.rpartition(last)
    if not re.fullmatch(r"\d+|\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", whole):
        raise ValueError("no number")
    return re.sub(r"[.,]", "", whole), fraction
