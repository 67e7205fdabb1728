"""Public message ids: the 63-bit id and a keyed check, encrypted as one block and written in the form of a UUID.

So an id that we made is found without an index, cannot be guessed, and tells nobody how many messages we send.
"""

from struct import pack, unpack

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_BYTES = 16
_CHECK = 0
_UUID_LENGTH = 36


class MessageIds:
    """Turns ids into public ones and back. One block is one id, so no two texts ever repeat a block under the key."""

    def __init__(self, key: bytes) -> None:
        # ECB is sound here: every plaintext block is a different id, and a block stands alone.
        cipher = Cipher(AES(key), ECB())  # noqa: S305
        # Whole blocks leave no state behind, so that one of each serves for ever.
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def texts(self, ids: list[int]) -> list[str]:
        """The public forms of a list of ids, in one stroke."""
        blocks = pack(f">{2 * len(ids)}q", *[part for id_ in ids for part in (id_, _CHECK)])
        h = self._encrypt(blocks).hex()
        return [
            f"{h[i : i + 8]}-{h[i + 8 : i + 12]}-{h[i + 12 : i + 16]}-{h[i + 16 : i + 20]}-{h[i + 20 : i + 32]}"
            for i in range(0, len(h), 32)
        ]

    def text(self, id_: int) -> str:
        """The public form of one id."""
        return self.texts([id_])[0]

    def id(self, text: str) -> int | None:
        """The id behind a public form; None if it is not one of ours."""
        if len(text) != _UUID_LENGTH:
            return None
        try:
            block = bytes.fromhex(text.replace("-", ""))
        except ValueError:
            return None
        if len(block) != KEY_BYTES:
            return None
        id_, check = unpack(">qq", self._decrypt(block))
        return id_ if check == _CHECK and id_ > 0 else None
