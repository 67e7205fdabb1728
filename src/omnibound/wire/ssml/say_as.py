"""`say-as`: what a value is -> the words for it. Voices differ in what they understand, so none is asked to."""

from collections.abc import Callable

from omnibound.wire.ssml.moments import say_date, say_time
from omnibound.wire.ssml.money import say_currency
from omnibound.wire.ssml.numbers import say_cardinal, say_digits, say_ordinal, say_telephone
from omnibound.wire.ssml.spelling import say_characters
from omnibound.wire.ssml.words import Words, words_of

LONGEST_VALUE = 300

Interpret = Callable[[str, Words, str], str]


def _plain(say: Callable[[str, Words], str]) -> Interpret:
    return lambda text, words, _format: say(text, words)


INTERPRETERS: dict[str, Interpret] = {
    "characters": _plain(say_characters),
    "digits": _plain(say_digits),
    "telephone": _plain(say_telephone),
    "cardinal": _plain(say_cardinal),
    "ordinal": _plain(say_ordinal),
    "currency": _plain(say_currency),
    "date": say_date,
    "time": say_time,
}

_ALSO = {
    "spell-out": "characters", "verbatim": "characters", "letters": "characters", "number": "cardinal",
    "phone": "telephone",
}  # fmt: skip
"""What other vendors call them."""


def say_as(text: str, kind: str, language: str, format_: str = "") -> str:
    """The words for a value. ValueError for a kind that is not known, and for a value that is none of its kind."""
    name = _ALSO.get(kind, kind.removeprefix("vxml:"))
    interpret = INTERPRETERS.get(_ALSO.get(name, name))
    if interpret is None:
        raise ValueError(f"interpret-as is one of {', '.join(INTERPRETERS)}")
    text = " ".join(text.split())
    if not text:
        return ""
    if len(text) > LONGEST_VALUE:
        raise ValueError(f"a value of say-as has at most {LONGEST_VALUE} characters")
    try:
        return interpret(text, words_of(language), format_)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} cannot be said as {kind}: {error}") from error
