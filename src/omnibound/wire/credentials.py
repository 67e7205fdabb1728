"""The Authorization header (RFC 9110, 11.6.2): `Basic` (RFC 7617), and `App KEY` as several vendors write it."""

import base64
import binascii
from typing import NamedTuple

from omnibound.domain.errors import Unauthorized


class Basic(NamedTuple):
    """User name and password, neither of them with a NUL character."""

    username: str
    password: str


class App(NamedTuple):
    """An API key."""

    key: str


class Token(NamedTuple):
    """The token of a session; `kind` is its scheme, `ibsso` or `bearer` (RFC 6750)."""

    kind: str
    token: str


def read_credentials(header: str) -> Basic | App | Token:
    """What a header holds, in any case of the scheme. Raises Unauthorized for another scheme and for what is broken."""
    scheme, _, credentials = header.strip().partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "basic" if credentials:
            return _basic(credentials)
        case "app" if credentials:
            return App(credentials)
        case "ibsso" | "bearer" as kind if credentials:
            return Token(kind, credentials)
        case _:
            raise Unauthorized("Basic, App, IBSSO or Bearer credentials are needed")


def _basic(credentials: str) -> Basic:
    try:
        text = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Unauthorized("the Basic credentials cannot be read") from error
    username, colon, password = text.partition(":")
    if not colon or not username or "\0" in text:
        raise Unauthorized("the Basic credentials have no user name and password")
    return Basic(username, password)
