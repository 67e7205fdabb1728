"""What headers are made of: lists, parameters, quoted words (RFC 3261, 7.3 and 25.1)."""

import re
from collections.abc import Mapping
from typing import Final

from omnibound.wire.sip.errors import SipError

Params = dict[str, str]
"""Names in small letters; a parameter without a value has ""."""

_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>|[^",<]+|[",<]')
_SEMICOLONS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^";]+|[";]')
_ESCAPED: Final = re.compile(r"\\(.)")
_TOKEN: Final = re.compile(r"[\w.!%*+`'~:\[\]-]+", re.ASCII)


def split_list(value: str) -> list[str]:
    """The members of a list, at commas that stand in no quotes and no angle brackets; empty ones are left out."""
    if "," not in value:
        return [value.strip()] if value.strip() else []
    found = [""]
    for piece in _PIECE.findall(value):
        # A piece without quotes or brackets around it may hold commas.
        if piece[0] in '"<':
            found[-1] += piece
        else:
            first, *rest = piece.split(",")
            found[-1] += first
            found += rest
    return [stripped for one in found if (stripped := one.strip())]


def read_params(text: str) -> Params:
    """`;a=1;b="2;3";c` -> {"a": "1", "b": "2;3", "c": ""}. The first of equal names counts."""
    if not text:
        return {}
    params: Params = {}
    for part in _at_semicolons(text):
        name, _, value = part.partition("=")
        name = name.strip().lower()
        if name:
            params.setdefault(name, unquote(value.strip()))
    return params


def _at_semicolons(text: str) -> list[str]:
    if '"' not in text:
        return text.split(";")
    found = [""]
    for piece in _SEMICOLONS.findall(text):
        if piece == ";":
            found.append("")
        else:
            found[-1] += piece
    return found


def write_params(params: Mapping[str, str]) -> str:
    """The reverse of `read_params`; what is no plain word is quoted."""
    return "".join([f";{name}={_word(value)}" if value else f";{name}" for name, value in params.items()])


def _word(value: str) -> str:
    return value if _TOKEN.fullmatch(value) else quote(value)


def quote(text: str) -> str:
    """In quotes, with what would end them escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """Without its quotes, if it has them."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        return _ESCAPED.sub(r"\1", inner) if "\\" in inner else inner
    return text


def read_number(text: str, what: str, most: int = 0xFFFFFFFF) -> int:
    """A decimal number. Raises SipError, naming `what`."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= most):
        raise SipError(f"{what}: {text[:20]!r} is no number from 0 to {most}")
    return int(text)
