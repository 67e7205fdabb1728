"""Patterns of texts: `*` is any run, `?` one character; the whole text must fit, whatever the case of its letters."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from msgspec import Struct

BETWEEN: Final = "\x1f"
_WILD: Final = re.compile(r"[*?]+")


class Pattern(Struct, frozen=True, gc=False):
    """Made by `pattern`. `fits` takes a text in small letters (`str.casefold`); `within` takes many, each between
    `BETWEEN`, and says whether one of them fits.

    `literal` is the longest run of characters that each such text has; `exact` says that it is the whole.
    """

    fits: Callable[[str], object]
    within: Callable[[str], object]
    literal: str
    exact: bool


@lru_cache(maxsize=1_000)
def pattern(text: str) -> Pattern:
    """Of a client's text."""
    folded = text.casefold()
    if not _WILD.search(folded):
        between = BETWEEN + folded + BETWEEN
        return Pattern(folded.__eq__, lambda many: between in many, folded, exact=True)
    literal = max(_WILD.split(folded), key=len)
    one = re.compile(_written(folded, "."), re.DOTALL)
    among = re.compile(f"{BETWEEN}{_written(folded, f'[^{BETWEEN}]')}(?={BETWEEN})", re.DOTALL)
    return Pattern(one.fullmatch, among.search, literal, exact=False)


def _written(text: str, any_: str) -> str:
    """Each run takes as little as does and never gives back, so that no pattern takes long."""
    first, *parts = ("".join(any_ if c == "?" else re.escape(c) for c in part) for part in text.split("*"))
    runs = [f"(?>{any_}*?{part})" for part in parts[:-1]]
    return first + "".join(runs) + "".join(f"{any_}*{part}" for part in parts[-1:])
