"""Public ids: a delivery's 63-bit id and a keyed check, encrypted as one block and written in the form of a UUID.

So an id that we made is found without an index, cannot be guessed, and tells nobody how many messages we send. The
public id of an attempt has the attempt's number in the place of the check, the one that its mail comes back with the
same below zero: no kind is ever taken for another.
"""

import hmac
from struct import pack, unpack

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_BYTES = 16
MAX_ATTEMPT = 0xFFFF
"""The highest number of an attempt that has a public id."""
_CHECK = 0
_UUID_LENGTH = 36


class MessageIds:
    """Turns ids into public ones and back. One block is one id, so no two texts ever repeat a block under the key."""

    def __init__(self, key: bytes) -> None:
        # ECB is sound here: every plaintext block is a different id, and a block stands alone.
        cipher = Cipher(AES(key), ECB())  # noqa: S305
        self._key = key
        self._purposes: dict[bytes, bytes] = {}
        # Whole blocks leave no state behind, so that one of each serves for ever.
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def texts(self, ids: list[int]) -> list[str]:
        """The public forms of a list of ids, in one stroke."""
        return self._texts([part for id_ in ids for part in (id_, _CHECK)])

    def _texts(self, parts: list[int]) -> list[str]:
        h = self._encrypt(pack(f">{len(parts)}q", *parts)).hex()
        return [
            f"{h[i : i + 8]}-{h[i + 8 : i + 12]}-{h[i + 12 : i + 16]}-{h[i + 16 : i + 20]}-{h[i + 20 : i + 32]}"
            for i in range(0, len(h), 32)
        ]

    def text(self, id_: int) -> str:
        """The public form of one id."""
        return self.texts([id_])[0]

    def id(self, text: str) -> int | None:
        """The id behind a public form; None if it is not one of ours."""
        id_, check = self._parts(text)
        return id_ if check == _CHECK and id_ > 0 else None

    def attempt_text(self, delivery: int, number: int) -> str:
        """The public form of an attempt, for whoever confirms it without credentials.

        Raises ValueError for a number that is not 1 to MAX_ATTEMPT.
        """
        if not 0 < number <= MAX_ATTEMPT:
            raise ValueError(f"an attempt with the number {number} has no public id")
        return self._texts([delivery, number])[0]

    def bounce_text(self, delivery: int, number: int) -> str:
        """The public form of an attempt in the address to which its mail comes back. Raises ValueError as above."""
        if not 0 < number <= MAX_ATTEMPT:
            raise ValueError(f"an attempt with the number {number} has no public id")
        return self._texts([delivery, -number])[0]

    def bounce(self, text: str) -> tuple[int, int] | None:
        """(delivery, number) behind such a form; None if it is not one of ours, letter for letter."""
        delivery, number = self._parts(text)
        known = delivery > 0 and 0 < -number <= MAX_ATTEMPT and self.bounce_text(delivery, -number) == text
        return (delivery, -number) if known else None

    def check(self, purpose: bytes, said: bytes) -> bytes:
        """32 octets by which we know again what we said, for one purpose."""
        key = self._purposes.get(purpose)
        if key is None:
            key = self._purposes[purpose] = hmac.digest(self._key, purpose, "sha256")
        return hmac.digest(key, said, "sha256")

    def attempt(self, text: str) -> tuple[int, int] | None:
        """(delivery, number) behind the public form of an attempt; None if it is not one of ours, letter for letter.

        In capitals or with other dashes it would not find again what was stored under it.
        """
        delivery, number = self._parts(text)
        known = delivery > 0 and 0 < number <= MAX_ATTEMPT and self.attempt_text(delivery, number) == text
        return (delivery, number) if known else None

    def _parts(self, text: str) -> tuple[int, int]:
        """What a text decrypts to; (0, 0) if it does not have the form."""
        if len(text) != _UUID_LENGTH:
            return 0, 0
        try:
            block = bytes.fromhex(text.replace("-", ""))
        except ValueError:
            return 0, 0
        first, last = unpack(">qq", self._decrypt(block)) if len(block) == KEY_BYTES else (0, 0)
        return first, last
