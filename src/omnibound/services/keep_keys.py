"""An account's API keys: made, listed, limited, disabled."""

from collections.abc import Callable
from ipaddress import ip_network
from secrets import token_hex
from uuid import uuid4

from msgspec.structs import replace

from omnibound.domain.access import ApiKey, Limits
from omnibound.domain.account import Account
from omnibound.domain.errors import Invalid, NotFound
from omnibound.ports import AccountStore
from omnibound.services.sign_in import SignIn, secret_hash

HINT_LENGTH = 6
MAX_NAME = 200


class Keys:
    """Keeps the keys of accounts; what is changed counts at once in this process."""

    def __init__(self, accounts: AccountStore, sign_in: SignIn, clock: Callable[[], int]) -> None:
        self._accounts = accounts
        self._sign_in = sign_in
        self._clock = clock

    async def create(self, account: Account, name: str, limits: Limits, enabled: bool) -> tuple[ApiKey, str]:
        """A new key and its secret, which is told this once. Raises Invalid."""
        key = ApiKey(
            id=token_hex(16),
            account=account.id,
            name=name,
            enabled=enabled,
            limits=limits,
            created_at=self._clock(),
        )
        _check(key)
        secret = f"{token_hex(16)}-{uuid4()}"
        await self._accounts.add_key(key, secret_hash(secret), secret[:HINT_LENGTH])
        return key, secret

    async def list(self, account: Account) -> list[ApiKey]:
        """All of an account's keys, the oldest first."""
        return await self._accounts.keys(account.id)

    async def get(self, account: Account, id_: str) -> ApiKey:
        """By its public id. Raises NotFound."""
        for key in await self._accounts.keys(account.id):
            if key.id == id_:
                return key
        raise NotFound("no such API key", "key")

    async def update(self, key: ApiKey, *, name: str | None, limits: Limits, enabled: bool | None) -> ApiKey:
        """Change a key; None leaves it as it is. Raises Invalid."""
        changed = replace(
            key,
            name=key.name if name is None else name,
            enabled=key.enabled if enabled is None else enabled,
            limits=limits,
        )
        _check(changed)
        await self._accounts.put_key(changed)
        self._sign_in.forget_tokens()
        return changed


def _check(key: ApiKey) -> None:
    limits = key.limits
    if not key.name or len(key.name) > MAX_NAME:
        raise Invalid(f"must have 1 to {MAX_NAME} characters", "name")
    for network in limits.networks:
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise Invalid("must be IP addresses or networks", "allowedIPs") from error
    if limits.valid_to and limits.valid_to <= limits.valid_from:
        raise Invalid("must be after validFrom", "validTo")
