"""Who is asking: user name and password, an API key, or a session. What was verified is remembered for a while."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from uuid import uuid4

from omnibound.domain.account import Account
from omnibound.domain.errors import Forbidden, Unauthorized
from omnibound.domain.flow import HOUR, MINUTE, SECOND
from omnibound.ports import AccountStore
from omnibound.services.passwords import Passwords

REMEMBERED_FOR = 5 * MINUTE
LOOKED_UP_AGAIN = 5 * SECOND
"""How long a key or a token is remembered: another process may take it back."""

SESSION = HOUR
REMEMBERED_AT_MOST = 10_000


def secret_hash(secret: str) -> str:
    """How a made secret (256 random bits) is stored: one SHA-256 is enough against guessing."""
    return "sha256$" + sha256(secret.encode()).hexdigest()


class SignIn:
    """Finds the account behind credentials."""

    def __init__(self, accounts: AccountStore, clock: Callable[[], int]) -> None:
        self._accounts = accounts
        self._clock = clock
        self._kept: dict[str, tuple[int, Account]] = {}
        self._passwords = Passwords()

    async def basic(self, username: str, password: str) -> Account:
        """By user name and password. Raises Unauthorized, and Throttled when too many try this name."""
        found = await self._accounts.by_username(username)
        stored = found[1] if found else ""
        right = hmac.compare_digest(stored, secret_hash(password))
        right = right or await self._passwords.verify(username, stored, password)
        if not found or not right:
            raise Unauthorized("wrong user name or password")
        return _usable(found[0])

    async def key(self, raw: str) -> Account:
        """By an API key. Raises Unauthorized."""
        account = await self._accounts.by_key(secret_hash(raw))
        if account is None:
            raise Unauthorized("unknown API key")
        if account.limits and not account.limits.hold_at(self._clock()):
            raise Unauthorized("the API key is not valid now")
        return _usable(account)

    async def token(self, kind: str, token: str) -> Account:
        """By the token of a session; one of kind `ibsso` lasts an hour from now. Raises Unauthorized."""
        now, hashed = self._clock(), secret_hash(token)
        account = await self._accounts.by_session(kind, hashed, now)
        if account is None:
            raise Unauthorized("no such session")
        if kind == "ibsso":
            await self._accounts.renew_session(hashed, now + SESSION)
        return _usable(account)

    async def begin(self, kind: str, username: str, password: str) -> str:
        """The token of a new session, of an hour. Raises Unauthorized, Forbidden."""
        account = await self.basic(username, password)
        token, now = str(uuid4()), self._clock()
        await self._accounts.add_session(account.id, kind, secret_hash(token), now + SESSION, now)
        return token

    async def end(self, token: str) -> None:
        """A session is over, at once."""
        await self._accounts.end_session(secret_hash(token))
        self.forget_tokens()

    def remembered(self, header: str) -> Account | None:
        """The account that this exact Authorization header was verified for lately."""
        kept = self._kept.get(header)
        return kept[1] if kept and kept[0] > self._clock() else None

    def remember(self, header: str, account: Account) -> None:
        """Remember a verified header."""
        if len(self._kept) >= REMEMBERED_AT_MOST:
            self._kept.clear()
        # Only a password is slow to verify.
        until = self._clock() + (REMEMBERED_FOR if _is_basic(header) else LOOKED_UP_AGAIN)
        ends = account.limits.valid_to if account.limits else 0
        self._kept[header] = (min(until, ends or until), account)

    def forget_tokens(self) -> None:
        """Keys or sessions have changed: look them up again. Passwords, slow to verify, stay remembered."""
        self._kept = {header: kept for header, kept in self._kept.items() if _is_basic(header)}

    def forget(self) -> None:
        """Accounts may have changed: verify everybody again."""
        self._kept.clear()


def _is_basic(header: str) -> bool:
    return header.strip()[:6].lower() == "basic "


def _usable(account: Account) -> Account:
    if not account.enabled:
        raise Forbidden("the account is disabled")
    return account
