"""Push registrations: which devices a person has under an application."""

from collections.abc import Callable
from uuid import uuid4

from omnibound.domain.account import Account
from omnibound.domain.device import Device
from omnibound.domain.errors import Invalid, NotFound
from omnibound.ports import DeviceStore

PLATFORMS = ("android", "ios", "web")


class Devices:
    """What a client may do with its registrations."""

    def __init__(self, devices: DeviceStore, clock: Callable[[], int]) -> None:
        self._store = devices
        self._clock = clock

    async def register(
        self,
        account: Account,
        application: str,
        token: str,
        phone: str = "",
        registration: str = "",
        platform: str = "android",
        primary: bool = False,
    ) -> Device:
        """Register a device, or renew the account's one with this registration id. Raises Invalid."""
        for field, value in (("application", application), ("token", token)):
            if not value:
                raise Invalid(f"{field} is missing", field)
        if platform not in PLATFORMS:
            raise Invalid(f"platform is one of {', '.join(PLATFORMS)}", "platform")
        device = Device(
            application=application,
            registration=registration or str(uuid4()),
            account=account.id,
            phone=phone.lstrip("+"),
            token=token,
            platform=platform,
            primary=primary,
            created_at=self._clock(),
        )
        await self._store.add(device)
        return device

    async def of(self, account: Account, application: str, phone: str) -> list[Device]:
        """The devices of a person."""
        return await self._store.of(account.id, application, phone.lstrip("+"))

    async def drop(self, account: Account, application: str, registration: str) -> None:
        """Unregister. Raises NotFound."""
        if not await self._store.drop(account.id, application, registration):
            raise NotFound(f"no registration {registration}", "registration")
