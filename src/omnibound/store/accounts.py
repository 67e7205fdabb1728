"""Accounts and their keys, stored."""

from omnibound.domain.account import Account
from omnibound.store.queries import queries
from omnibound.store.sqlite import Sqlite

_SQL = queries("reads")


class StoredAccounts:
    """See `ports.AccountStore`."""

    def __init__(self, db: Sqlite) -> None:
        self._db = db

    async def add(self, account: Account, password: str, key_hash: str, key_hint: str, now: int) -> None:
        await self._db.write(
            (
                _SQL["add_account"],
                {
                    "id": account.id,
                    "name": account.name,
                    "username": account.username,
                    "password": password,
                    "notify_url": account.notify_url,
                    "currency": account.currency,
                    "created_at": now,
                },
            ),
            (_SQL["add_key"], {"hash": key_hash, "account": account.id, "hint": key_hint, "created_at": now}),
        )

    async def by_username(self, username: str) -> tuple[Account, str] | None:
        rows = await self._db.rows(_SQL["account_by_username"], username=username)
        return (_account(*rows[0][:6]), str(rows[0][6])) if rows else None

    async def by_key(self, key_hash: str) -> Account | None:
        rows = await self._db.rows(_SQL["account_by_key"], hash=key_hash)
        return _account(*rows[0][:6]) if rows else None

    async def all(self) -> list[Account]:
        return [_account(*row[:6]) for row in await self._db.rows(_SQL["accounts"])]


def _account(id_: int, name: str, username: str, notify_url: str, currency: str, enabled: int) -> Account:
    return Account(
        id=id_, name=name, username=username, notify_url=notify_url, currency=currency, enabled=bool(enabled)
    )
