"""Our numbers: whose messages to them are, and where those are pushed."""

from collections.abc import Sequence

from msgspec import Struct

MIN_DIGITS = 4
MAX_DIGITS = 15
NO_NUMBER = "must be an international number of 4 to 15 digits"

_PUNCTUATION = str.maketrans("", "", " \t\u00a0-.()/")


class Number(Struct, frozen=True, gc=False, kw_only=True):
    """One of our numbers belongs to an account: all that comes to it, or what begins with a keyword.

    `created_at`: microseconds UTC.
    `number` and `keyword` are kept as `number_key` and `keyword_key` write them. With an empty `url` the account's own
    is used; `format` names who writes what is pushed, as in `Notify`.
    """

    id: int
    account: int
    channel: str
    number: str
    keyword: str = ""
    url: str = ""
    format: str = ""
    created_at: int


def number_key(text: str) -> str:
    """A number by which it is compared: digits without a leading `+` or `00`; a name in small letters."""
    digits = text.removeprefix("+")
    plain = digits if digits.isdecimal() else text.translate(_PUNCTUATION).removeprefix("+")
    if plain.isascii() and plain.isdecimal():
        return plain.removeprefix("00")
    return text.strip().casefold() if plain else ""


def bare(text: str) -> str:
    """One number or several without what only helps to read them; what stands between them stays."""
    return text.translate(_PUNCTUATION)


def spellings(key: str) -> tuple[str, ...]:
    """What `bare` may leave of a number whose key this is, however it is written."""
    return key, f"+{key}", f"00{key}", f"+00{key}"


def is_callable(key: str) -> bool:
    """Whether a number, as `number_key` writes it, is an international one that may be called (E.164)."""
    digits = key.isascii() and key.isdecimal() and MIN_DIGITS <= len(key) <= MAX_DIGITS
    return digits and not key.startswith("0")


def keyword_key(text: str) -> str:
    """A keyword, or a text, by which they are compared: small letters, single spaces."""
    return " ".join(text.casefold().split())


def entry_for(numbers: Sequence[Number], text: str) -> Number | None:
    """Which of the entries of one number a text belongs to: the longest keyword wins that it begins with."""
    key = keyword_key(text)
    return max((each for each in numbers if _begins(key, each.keyword)), key=lambda n: len(n.keyword), default=None)


def _begins(text: str, keyword: str) -> bool:
    """As a word of its own: `stop` is no keyword of "stopped"."""
    rest = text[len(keyword) : len(keyword) + 1]
    return text.startswith(keyword) and not (keyword and rest.isalnum())
