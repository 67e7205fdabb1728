"""The headers of a signed push, as the Standard Webhooks specification (1.0) has them: HMAC-SHA256, version `v1`."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import blake2b, sha256
from hmac import digest
from struct import pack

from omnibound.domain.push import Push


def sign(secret: bytes, id_: str, at_s: int, body: bytes) -> dict[str, str]:
    """The three headers for a body that is sent at `at_s` (seconds UTC). `secret`: the raw bytes."""
    signed = f"{id_}.{at_s}.".encode() + body
    signature = b64encode(digest(secret, signed, sha256)).decode()
    return {"webhook-id": id_, "webhook-timestamp": str(at_s), "webhook-signature": f"v1,{signature}"}


def webhook_id(pushes: Iterable[Push]) -> str:
    """An id for what is pushed together: the same as long as the same reports are, so that doubles can be dropped."""
    keys = b"".join(pack("<5q", push.account, *push.key) for push in pushes)
    return f"msg_{blake2b(keys, digest_size=16).hexdigest()}"
