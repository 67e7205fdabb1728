"""Passwords that people chose: hashed by argon2id, slow on purpose, and checked so that nobody can abuse that."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from omnibound.domain.errors import Throttled

WAITING_AT_MOST = 16
"""How many may wait for one user name; each costs about a tenth of a second of a core."""

RETRY_AFTER_S = 5
_argon2 = PasswordHasher()


def password_hash(password: str) -> str:
    """How a chosen password is stored."""
    return _argon2.hash(password)


def is_chosen(stored: str) -> bool:
    """Whether a stored hash is that of a chosen password."""
    return stored.startswith("$argon2")


class Passwords:
    """Verifies, one at a time for each user name: whoever guesses at one name keeps nobody else waiting."""

    def __init__(self) -> None:
        self._lanes: dict[str, tuple[asyncio.Lock, int]] = {}
        self._took = 0.1

    async def verify(self, username: str, stored: str, password: str) -> bool:
        """Whether the password is the chosen one. Raises Throttled when too many wait for this name.

        Where there is no chosen password a refusal takes as long, without any work: a stranger learns no names.
        """
        if not is_chosen(stored):
            await asyncio.sleep(self._took)
            return False
        async with self._lane(username):
            began = time.perf_counter()
            right = await asyncio.to_thread(_matches, stored, password)
            self._took = time.perf_counter() - began
            return right

    @asynccontextmanager
    async def _lane(self, username: str) -> AsyncGenerator[None]:
        lock, waiting = self._lanes.get(username) or (asyncio.Lock(), 0)
        if waiting >= WAITING_AT_MOST:
            raise Throttled("too many try to sign in as this user", RETRY_AFTER_S)
        self._lanes[username] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._lanes.pop(username)
            if waiting > 1:
                self._lanes[username] = lock, waiting - 1


def _matches(stored: str, password: str) -> bool:
    try:
        return _argon2.verify(stored, password)
    except VerificationError:
        return False
