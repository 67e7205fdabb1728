"""Accounts, their keys and sessions, stored."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from omnibound.domain.access import ApiKey, Limits
from omnibound.domain.account import Account, VoiceCodes
from omnibound.store.database import Database
from omnibound.store.queries import queries

_SQL = queries("reads")


class StoredAccounts:
    """See `ports.AccountStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, account: Account, password: str, key_hash: str, key_hint: str, now: int) -> None:
        key = ApiKey(id=uuid4().hex, account=account.id, name="", enabled=True, limits=Limits(), created_at=now)
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
                    "voice_codes": account.voice_codes,
                },
            ),
            (_SQL["add_key"], {"hash": key_hash, "hint": key_hint, **_key_values(key)}),
        )

    async def by_username(self, username: str) -> tuple[Account, str] | None:
        rows = await self._db.rows(_SQL["account_by_username"], username=username)
        return (_account(*rows[0][:7]), str(rows[0][7])) if rows else None

    async def by_key(self, key_hash: str) -> Account | None:
        rows = await self._db.rows(_SQL["account_by_key"], hash=key_hash)
        if not rows:
            return None
        limits = _limits(*rows[0][7:])
        return replace(_account(*rows[0][:7]), limits=None if limits == Limits() else limits)

    async def add_key(self, key: ApiKey, key_hash: str, key_hint: str) -> None:
        await self._db.write((_SQL["add_key"], {"hash": key_hash, "hint": key_hint, **_key_values(key)}))

    async def put_key(self, key: ApiKey) -> None:
        await self._db.write((_SQL["put_key"], _key_values(key)))

    async def keys(self, account: int) -> list[ApiKey]:
        return [_key(*row) for row in await self._db.rows(_SQL["keys"], account=account)]

    async def add_session(self, account: int, kind: str, hashed: str, until: int, now: int) -> None:
        values = {"hash": hashed, "kind": kind, "account": account, "until": until}
        await self._db.write((_SQL["forget_sessions"], {"now": now}), (_SQL["add_session"], values))

    async def by_session(self, kind: str, hashed: str, now: int) -> Account | None:
        rows = await self._db.rows(_SQL["account_by_session"], kind=kind, hash=hashed, now=now)
        return _account(*rows[0]) if rows else None

    async def renew_session(self, hashed: str, until: int) -> None:
        await self._db.write((_SQL["renew_session"], {"hash": hashed, "until": until}))

    async def end_session(self, hashed: str) -> None:
        await self._db.write((_SQL["end_session"], {"hash": hashed}))

    async def all(self) -> list[Account]:
        return [_account(*row) for row in await self._db.rows(_SQL["accounts"])]

    async def change(self, name: str, changed: Callable[[Account], Account]) -> Account | None:
        found = next((account for account in await self.all() if account.name == name), None)
        if found is None:
            return None
        after = changed(found)
        values = {"id": after.id, "notify_url": after.notify_url, "currency": after.currency}
        values |= {"enabled": int(after.enabled), "voice_codes": after.voice_codes}
        await self._db.write((_SQL["put_account"], values))
        return after


def _account(
    id_: int, name: str, username: str, notify_url: str, currency: str, enabled: int, voice_codes: VoiceCodes
) -> Account:
    return Account(
        id=id_, name=name, username=username, notify_url=notify_url, currency=currency, enabled=bool(enabled),
        voice_codes=voice_codes,
    )  # fmt: skip


def _limits(scopes: str, networks: str, valid_from: int, valid_to: int) -> Limits:
    return Limits(
        scopes=tuple(scopes.split()), networks=tuple(networks.split()), valid_from=valid_from, valid_to=valid_to
    )


def _key(id_: str, account: int, name: str, enabled: int, created_at: int, *limits: Any) -> ApiKey:
    return ApiKey(
        id=id_, account=account, name=name, enabled=bool(enabled), limits=_limits(*limits), created_at=created_at
    )


def _key_values(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "account": key.account,
        "name": key.name,
        "enabled": int(key.enabled),
        "created_at": key.created_at,
        "scopes": " ".join(key.limits.scopes),
        "networks": " ".join(key.limits.networks),
        "valid_from": key.limits.valid_from,
        "valid_to": key.limits.valid_to,
    }
