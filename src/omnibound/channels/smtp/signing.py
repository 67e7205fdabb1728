"""DKIM signatures (RFC 6376), relaxed in headers and body, by RSA (rsa-sha256) or Ed25519 (RFC 8463).

Our own on top of `cryptography`: the known library signs in Python, for milliseconds a mail (0028).
"""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from omnibound.channels.smtp.settings import Settings, read_file
from omnibound.domain.errors import Invalid

_LEAST_BITS: Final = 1024
_SPACES: Final = re.compile(rb"[ \t]+")
_FOLD: Final = re.compile(rb"\r\n(?=[ \t])")
_WIDTH: Final = 72


class Signer:
    """Signs with one key for one domain."""

    def __init__(self, domain: str, selector: str, key: RSAPrivateKey | Ed25519PrivateKey) -> None:
        self._key = key
        algorithm = "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"
        self._tags = f"v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector};"

    def sign(self, head: bytes, body_hash: bytes, at_s: int) -> bytes:
        """The DKIM-Signature header over all of a mail's headers. `body_hash`: see below; `at_s`: seconds UTC."""
        fields = _fields(head)
        # From twice: nobody can put a second one before ours.
        names = [*(name for name, _ in fields), b"from"]
        what = f"h={b':'.join(names).decode()};\r\n bh={body_hash.decode()};\r\n b="
        tags = f"DKIM-Signature: {self._tags} t={at_s};\r\n {what}"
        signed = b"".join([line + b"\r\n" for _, line in fields]) + _relaxed(tags.encode())[1]
        return f"{tags}{_folded(b64encode(self._signature(signed)).decode())}\r\n".encode()

    def _signature(self, signed: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(signed, PKCS1v15(), SHA256())
        return self._key.sign(sha256(signed).digest())


def body_hash(body: bytes) -> bytes:
    """What stands for a content (lines end in CR LF) in a signature, in base64: computed once a message."""
    lines = [_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b64encode(sha256(b"".join([line + b"\r\n" for line in lines])).digest())


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Each header's name, and the whole of it, relaxed."""
    return [_relaxed(line) for line in _FOLD.sub(b"", head).split(b"\r\n") if line]


def _relaxed(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = _FOLD.sub(b"", line).partition(b":")
    name = name.strip().lower()
    return name, name + b":" + _SPACES.sub(b" ", value).strip()


def _folded(text: str) -> str:
    return "\r\n ".join(text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))


def read_signer(settings: Settings) -> Signer | None:
    """The signer that a table asks for, None for none. Raises Invalid for a key that cannot be used."""
    if not settings.dkim_key:
        return None
    try:
        key = load_pem_private_key(read_file(settings.dkim_key, "dkim_key"), password=None)
    except (ValueError, TypeError) as error:
        raise Invalid("dkim_key: this is no private key in PEM", "dkim_key") from error
    if isinstance(key, RSAPrivateKey) and key.key_size < _LEAST_BITS:
        raise Invalid(f"dkim_key: an RSA key has {_LEAST_BITS} bits at least", "dkim_key")
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise Invalid("dkim_key: neither an RSA nor an Ed25519 key", "dkim_key")
    return Signer(settings.dkim_domain, settings.dkim_selector, key)
