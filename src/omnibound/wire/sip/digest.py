"""Digest authentication (RFC 3261, 22; RFC 2617; RFC 8760): MD5 and SHA-256, qop `auth` or none, session variants."""

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.fields import quote, split_list, unquote

_HASHES: Final[dict[str, Callable[[bytes], str]]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
_HEX: Final = frozenset("0123456789abcdefABCDEF")
STRONGEST_FIRST: Final = ("SHA-256", "SHA-256-SESS", "MD5", "MD5-SESS")


class Challenge(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a server asks for. `qop` is "auth" or "" (the old form); `algorithm` in capitals."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str = ""
    opaque: str = ""
    stale: bool = False


class Asked(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What an answer is for: the request, who asks, and the numbers that make it unique."""

    method: str
    uri: str
    username: str
    password: str
    cnonce: str
    count: int = 1
    """How often this nonce has been used, this time included."""


def read_fields(value: str) -> dict[str, str]:
    """The fields of a `Digest ...` header. Raises SipError for another scheme."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        raise SipError(f"the scheme {scheme[:20]!r} is not Digest")
    pairs = [one.partition("=") for one in split_list(rest)]
    return {name.strip().lower(): unquote(text.strip()) for name, _, text in pairs}


def read_challenge(value: str) -> Challenge:
    """One WWW-Authenticate or Proxy-Authenticate. Raises SipError for what we cannot answer."""
    fields = read_fields(value)
    algorithm = fields.get("algorithm", "MD5").upper()
    qops = [one.lower() for one in split_list(fields.get("qop", ""))]
    if algorithm not in STRONGEST_FIRST:
        raise SipError(f"the digest algorithm {algorithm[:20]!r} is not known")
    if qops and "auth" not in qops:
        raise SipError(f"the quality of protection {qops[0][:20]!r} is not known")
    if not fields.get("nonce"):
        raise SipError("a challenge without a nonce")
    return Challenge(
        realm=fields.get("realm", ""), nonce=fields["nonce"], algorithm=algorithm, qop="auth" if qops else "",
        opaque=fields.get("opaque", ""), stale=fields.get("stale", "").lower() == "true",
    )  # fmt: skip


def best_challenge(values: list[str]) -> Challenge:
    """The strongest of several (RFC 8760, 2.4). Raises SipError where we can answer none."""
    found: list[Challenge] = []
    why = SipError("there is no challenge")
    for value in values:
        try:
            found.append(read_challenge(value))
        except SipError as error:
            why = error
    if not found:
        raise why
    return min(found, key=lambda one: STRONGEST_FIRST.index(one.algorithm))


def write_challenge(challenge: Challenge) -> str:
    """The header's value, for a server."""
    parts = [f"realm={quote(challenge.realm)}", f"nonce={quote(challenge.nonce)}", f"algorithm={challenge.algorithm}"]
    if challenge.qop:
        parts.append(f"qop={quote(challenge.qop)}")
    if challenge.opaque:
        parts.append(f"opaque={quote(challenge.opaque)}")
    if challenge.stale:
        parts.append("stale=true")
    return "Digest " + ", ".join(parts)


def digest(challenge: Challenge, asked: Asked) -> str:
    """The `response` field (RFC 2617, 3.2.2)."""
    one_way = _HASHES[challenge.algorithm.removesuffix("-SESS")]

    def hashed(*parts: str) -> str:
        return one_way(":".join(parts).encode("utf-8", "replace"))

    who = hashed(asked.username, challenge.realm, asked.password)
    if challenge.algorithm.endswith("-SESS"):
        who = hashed(who, challenge.nonce, asked.cnonce)
    what = hashed(asked.method, asked.uri)
    if not challenge.qop:
        return hashed(who, challenge.nonce, what)
    return hashed(who, challenge.nonce, f"{asked.count:08x}", asked.cnonce, challenge.qop, what)


def write_answer(challenge: Challenge, asked: Asked) -> str:
    """The value of Authorization or Proxy-Authorization."""
    parts = [
        f"username={quote(asked.username)}", f"realm={quote(challenge.realm)}", f"nonce={quote(challenge.nonce)}",
        f"uri={quote(asked.uri)}", f'response="{digest(challenge, asked)}"', f"algorithm={challenge.algorithm}",
    ]  # fmt: skip
    if challenge.qop:
        parts += [f"qop={challenge.qop}", f"nc={asked.count:08x}", f"cnonce={quote(asked.cnonce)}"]
    elif challenge.algorithm.endswith("-SESS"):
        parts.append(f"cnonce={quote(asked.cnonce)}")
    if challenge.opaque:
        parts.append(f"opaque={quote(challenge.opaque)}")
    return "Digest " + ", ".join(parts)


def is_right(value: str, challenge: Challenge, method: str, password: str) -> bool:
    """Whether an Authorization answers the challenge, for a server. Raises SipError where it cannot be read."""
    fields = read_fields(value)
    if fields.get("nonce") != challenge.nonce or fields.get("realm") != challenge.realm:
        return False
    count = fields.get("nc", "1")
    if len(count) > 8 or not set(count) <= _HEX:
        return False
    asked = Asked(
        method=method, uri=fields.get("uri", ""), username=fields.get("username", ""), password=password,
        cnonce=fields.get("cnonce", ""), count=int(count or "0", 16),
    )  # fmt: skip
    return fields.get("response") == digest(challenge, asked)
