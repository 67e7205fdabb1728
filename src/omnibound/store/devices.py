"""Push registrations, stored."""

from collections.abc import Sequence

from omnibound.domain.device import Device
from omnibound.store.database import Database, Step
from omnibound.store.queries import queries

_SQL = queries("reads")
_MANY = queries("hot_reads")


class StoredDevices:
    """See `ports.DeviceStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, device: Device) -> None:
        person = {"application": device.application, "phone": device.phone, "account": device.account}
        demote: list[Step] = [(_SQL["unprimary"], person)] if device.primary else []
        values = {
            **person,
            "registration": device.registration,
            "token": device.token,
            "platform": device.platform,
            "is_primary": device.primary,
            "created_at": device.created_at,
        }
        await self._db.write(*demote, (_SQL["add_device"], values))

    async def of(self, account: int, application: str, phone: str) -> list[Device]:
        found = await self._db.rows(_SQL["devices"], account=account, application=application, phone=phone)
        return [
            Device(
                application=row[0],
                registration=row[1],
                account=account,
                phone=row[2],
                token=row[3],
                platform=row[4],
                primary=bool(row[5]),
                created_at=row[6],
            )
            for row in found
        ]

    async def drop(self, account: int, application: str, registration: str) -> bool:
        values = {"account": account, "application": application, "registration": registration}
        (found,) = await self._db.write((_SQL["drop_device"], values))
        return bool(found)

    async def drop_token(self, token: str) -> None:
        await self._db.write((_SQL["drop_token"], {"token": token}))

    async def tokens(self, account: int, application: str, addresses: Sequence[str]) -> dict[str, list[str]]:
        values = {"account": account, "application": application, "addresses": list(set(addresses))}
        tokens: dict[str, list[str]] = {}
        for address, token in await self._db.rows(_MANY["tokens"], **values):
            tokens.setdefault(address, []).append(token)
        return tokens
