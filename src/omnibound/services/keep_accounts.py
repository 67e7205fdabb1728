"""Open an account: secrets that are not given are made, and told once."""

from collections.abc import Callable
from secrets import token_hex, token_urlsafe
from uuid import uuid4

from msgspec import Struct

from omnibound.domain.account import Account
from omnibound.domain.errors import Invalid
from omnibound.domain.ids import Mint
from omnibound.ports import AccountStore, Taken
from omnibound.services.passwords import password_hash
from omnibound.services.sign_in import secret_hash

HINT_LENGTH = 6


class NewAccount(Struct, frozen=True, kw_only=True):
    """What is told once: afterwards only hashes are kept."""

    account: str
    username: str
    password: str
    api_key: str


class Accounts:
    """Opens accounts."""

    def __init__(self, accounts: AccountStore, mint: Mint, clock: Callable[[], int]) -> None:
        self._accounts = accounts
        self._mint = mint
        self._clock = clock

    async def add(
        self, name: str, *, username: str = "", password: str = "", api_key: str = "", notify_url: str = ""
    ) -> NewAccount:
        """A new account. Raises Invalid when its name, user name or key exists already."""
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
        account = Account(id=id_, name=name, username=made.username, notify_url=notify_url)
        stored = password_hash(password) if password else secret_hash(made.password)
        try:
            await self._accounts.add(account, stored, secret_hash(made.api_key), made.api_key[:HINT_LENGTH], now)
        except Taken as error:
            raise Invalid(f"an account, user name or key like this exists already: {name}", "name") from error
        return made
