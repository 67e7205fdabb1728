"""Addresses: sip, sips and tel URIs (RFC 3261, 19.1; RFC 3966), name-addr as in From and Contact, and Via."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote as percent
from urllib.parse import unquote as unpercent

import msgspec

from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.fields import Params, quote, read_number, read_params, split_list, unquote, write_params

DEFAULT_PORT: Final = 5060
_SHORT: Final = 200
"""Characters of an address or a Via that is remembered when it was read: the same is asked for several times in each
message, and comes again in the next of its call. Longer ones are read each time, so the memory has a bound."""
_KNOWN: Final = 1_024
_USER_SAFE: Final = "-_.!~*'()&=+$,;?/"
_HOST: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]|[\w.-]+", re.ASCII)
_VIA: Final = re.compile(r"SIP\s*/\s*2\.0\s*/\s*(\w+)\s+([^;]+)(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)


class Uri(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A URI. Of a tel URI the number is the `user` and there is no host. `port` 0: none was written."""

    scheme: str = "sip"
    user: str = ""
    host: str = ""
    port: int = 0
    params: Params = {}
    headers: str = ""
    """What stood behind a question mark, as it stood."""

    def __str__(self) -> str:
        tail = write_params(self.params) + (f"?{self.headers}" if self.headers else "")
        if self.scheme == "tel":
            return f"tel:{self.user}{tail}"
        user = _written(self.user) + "@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}:{user}{self.host}{port}{tail}"

    @property
    def number(self) -> str:
        """The user part up to the first semicolon: a telephone number without its parameters."""
        return self.user.partition(";")[0]


def _written(user: str) -> str:
    """Almost all are telephone numbers, which need no percent sign."""
    return user if user.isascii() and user.isalnum() else percent(user, safe=_USER_SAFE)


def read_uri(text: str) -> Uri:
    """Raises SipError (416 for a scheme that is not ours)."""
    return _known_uri(text) if len(text) <= _SHORT else _read_uri(text)


def _read_uri(text: str) -> Uri:
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in ("sip", "sips", "tel"):
        raise SipError(f"not a sip or tel URI: {text[:80]!r}", 416)
    rest, _, headers = rest.partition("?") if scheme == "tel" or "@" not in rest else _after_user(rest)
    if scheme == "tel":
        number, _, params = rest.partition(";")
        return Uri(scheme=scheme, user=number, params=read_params(params))
    user, at, rest = rest.rpartition("@")
    place, _, params = rest.partition(";")
    host, port = read_host(place)
    name = unpercent(user.partition(":")[0]) if at else ""
    return Uri(scheme=scheme, user=name, host=host, port=port, params=read_params(params), headers=headers)


_known_uri = lru_cache(_KNOWN)(_read_uri)


def _after_user(rest: str) -> tuple[str, str, str]:
    """A question mark may stand in the user part; the one behind the @ begins the headers."""
    user, _, place = rest.partition("@")
    place, mark, headers = place.partition("?")
    return f"{user}@{place}", mark, headers


def read_host(text: str) -> tuple[str, int]:
    """`host:port` or `[v6]:port`; port 0 where there is none. Raises SipError."""
    text = text.strip()
    end = text.find("]") + 1 if text.startswith("[") else text.find(":")
    host, rest = (text, "") if end < 0 else (text[:end], text[end:])
    if not _HOST.fullmatch(host):
        raise SipError(f"no host: {text[:80]!r}")
    if not rest.strip():
        return host, 0
    if rest[0] != ":":
        raise SipError(f"no port: {text[:80]!r}")
    return host, read_number(rest[1:], "port", 65_535)


class Address(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A name-addr with the parameters of its header: From, To, Contact, Route, P-Asserted-Identity."""

    uri: Uri
    name: str = ""
    params: Params = {}

    def __str__(self) -> str:
        name = f"{quote(self.name)} " if self.name else ""
        return f"{name}<{self.uri}>{write_params(self.params)}"

    @property
    def tag(self) -> str:
        """The dialog's tag; "" where there is none."""
        return self.params.get("tag", "")


def read_address(text: str) -> Address:
    """One name-addr or bare URI; without brackets, parameters are the header's (RFC 3261, 20). Raises SipError."""
    return _known_address(text) if len(text) <= _SHORT else _read_address(text)


def _read_address(text: str) -> Address:
    before, bracket, rest = _outside_quotes(text)
    if not bracket:
        uri, _, params = text.partition(";")
        return Address(uri=read_uri(uri), params=read_params(params))
    inner, closed, tail = rest.partition(">")
    if not closed:
        raise SipError(f"a bracket is not closed: {text[:80]!r}")
    return Address(uri=read_uri(inner), name=unquote(before.strip()), params=read_params(tail.strip().lstrip(";")))


_known_address = lru_cache(_KNOWN)(_read_address)


def _outside_quotes(text: str) -> tuple[str, str, str]:
    stripped = text.lstrip()
    if not stripped.startswith('"'):
        return text.partition("<")
    quoted = re.match(r'"(?:[^"\\]|\\.)*"', stripped)
    if not quoted:
        raise SipError(f"a quote is not closed: {text[:80]!r}")
    between, bracket, rest = stripped[quoted.end() :].partition("<")
    return quoted[0] + between, bracket, rest


def read_addresses(values: list[str]) -> list[Address]:
    """All addresses of a header that may hold several a line. Raises SipError."""
    return [read_address(one) for value in values for one in split_list(value)]


class Via(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One hop (RFC 3261, 20.42). `transport` in capitals."""

    transport: str
    host: str
    port: int = 0
    params: Params = {}

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return f"SIP/2.0/{self.transport} {self.host}{port}{write_params(self.params)}"

    @property
    def branch(self) -> str:
        """The transaction's id; "" where there is none."""
        return self.params.get("branch", "")


def read_via(text: str) -> Via:
    """Raises SipError."""
    return _known_via(text) if len(text) <= _SHORT else _read_via(text)


def _read_via(text: str) -> Via:
    match = _VIA.fullmatch(text.strip())
    if not match:
        raise SipError(f"no Via: {text[:80]!r}")
    host, port = read_host(match[2])
    return Via(transport=match[1].upper(), host=host, port=port, params=read_params(match[3].lstrip(";")))


_known_via = lru_cache(_KNOWN)(_read_via)
