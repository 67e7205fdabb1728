"""Open an account: secrets that are not given are made, and told once. Change what may be changed; look one up."""

from collections.abc import Callable
from secrets import token_hex, token_urlsafe
from typing import get_args
from uuid import uuid4

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.account import Account, VoiceCodes
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import SECOND
from omnibound.domain.ids import Mint
from omnibound.ports import AccountStore, Taken
from omnibound.services.passwords import password_hash
from omnibound.services.sign_in import secret_hash

HINT_LENGTH = 6
LOOKED_UP_AGAIN = 5 * SECOND
"""How long an account is remembered: another process may change it."""


class NewAccount(Struct, frozen=True, kw_only=True):
    """What is told once: afterwards only hashes are kept."""

    account: str
    username: str
    password: str
    api_key: str


class Accounts:
    """Opens accounts, and changes them."""

    def __init__(self, accounts: AccountStore, mint: Mint, clock: Callable[[], int]) -> None:
        self._accounts = accounts
        self._mint = mint
        self._clock = clock

    async def add(
        self,
        name: str,
        *,
        username: str = "",
        password: str = "",
        api_key: str = "",
        notify_url: str = "",
        voice_codes: str = "50xx",
    ) -> NewAccount:
        """A new account. Raises Invalid when its name, user name or key exists already, or its codes do not exist."""
        if not name:
            raise Invalid("an account needs a name", "name")
        if ":" in username:
            raise Invalid("a user name cannot contain a colon", "username")
        made = NewAccount(
            account=name,
            username=username or name,
            password=password or token_urlsafe(24),
            api_key=api_key or f"{token_hex(16)}-{uuid4()}",
        )
        now = self._clock()
        (id_,) = self._mint.take(1, now)
        account = Account(
            id=id_, name=name, username=made.username, notify_url=notify_url, voice_codes=read_voice_codes(voice_codes)
        )  # fmt: skip
        stored = password_hash(password) if password else secret_hash(made.password)
        try:
            await self._accounts.add(account, stored, secret_hash(made.api_key), made.api_key[:HINT_LENGTH], now)
        except Taken as error:
            raise Invalid(f"an account, user name or key like this exists already: {name}", "name") from error
        return made

    async def change(self, name: str, *, voice_codes: str) -> Account:
        """Change what an account reads. Raises NotFound, and Invalid for a family of codes that there is not."""
        family = read_voice_codes(voice_codes)
        changed = await self._accounts.change(name, lambda account: replace(account, voice_codes=family))
        if changed is None:
            raise NotFound(f"no account is named {name}", "account")
        return changed


class KnownAccounts:
    """Accounts by their ids, for those who ask often."""

    def __init__(self, accounts: AccountStore, clock: Callable[[], int]) -> None:
        self._accounts = accounts
        self._clock = clock
        self._known: dict[int, Account] = {}
        self._read_at = 0

    async def one(self, id_: int) -> Account:
        """As it was a few seconds ago at most. Raises KeyError for one that there is not."""
        now = self._clock()
        if id_ not in self._known or now - self._read_at > LOOKED_UP_AGAIN:
            self._known = {account.id: account for account in await self._accounts.all()}
            self._read_at = now
        return self._known[id_]


def read_voice_codes(name: str) -> VoiceCodes:
    """A family of OMNI's error codes for calls. Raises Invalid."""
    try:
        return msgspec.convert(name, VoiceCodes)
    except msgspec.ValidationError as error:
        raise Invalid(f"must be one of {', '.join(get_args(VoiceCodes))}", "voice_codes") from error
