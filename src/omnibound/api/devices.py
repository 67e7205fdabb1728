"""Push registrations: register, look up, drop."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from omnibound.api.base import Ask, to_date
from omnibound.api.people import require_phone
from omnibound.domain.device import Device
from omnibound.domain.errors import Invalid

Name = Annotated[str, Meta(min_length=1, max_length=200)]
PhoneText = Annotated[str, Meta(max_length=40, description="International, with or without +.")]


class DeviceIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device to register; with the `registration` of one that is there, that one is renewed.

    Of a person's devices one may be `primary`; registering it takes that from the others.
    """

    application: Name
    token: Annotated[str, Meta(min_length=1, max_length=4096, description="What the push provider calls the device.")]
    phone: PhoneText = ""
    registration: Annotated[str, Meta(max_length=200, description="Your id for it; made if it is empty.")] = ""
    platform: Literal["android", "ios", "web"] = "android"
    primary: bool = False


class DeviceOut(Struct, frozen=True, kw_only=True):
    """A registered device."""

    application: str
    registration: str
    phone: str
    token: str
    platform: str
    primary: bool
    created_at: datetime | None


class DevicesOut(Struct, frozen=True, kw_only=True):
    """A person's devices, the oldest first."""

    devices: list[DeviceOut]


class DevicesWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose devices."""

    application: Name
    phone: Annotated[PhoneText, Meta(min_length=1)]


async def register(ask: Ask[None, DeviceIn]) -> DeviceOut:
    """POST /api/v1/devices."""
    given = ask.body
    phone = require_phone(given.phone)
    if given.primary and not phone:
        raise Invalid("only a person's device can be primary: give the phone", "phone")
    device = await ask.services.devices.register(
        ask.account, given.application, given.token, phone, given.registration, given.platform, given.primary
    )
    return _write(device)


async def find(ask: Ask[DevicesWish, None]) -> DevicesOut:
    """GET /api/v1/devices?application=&phone=."""
    phone = require_phone(ask.query.phone)
    found = await ask.services.devices.of(ask.account, ask.query.application, phone) if phone else []
    return DevicesOut(devices=[_write(device) for device in found])


async def drop(ask: Ask[None, None]) -> None:
    """DELETE /api/v1/devices/{application}/{registration}."""
    await ask.services.devices.drop(ask.account, ask.place["application"], ask.place["registration"])


def _write(device: Device) -> DeviceOut:
    return DeviceOut(
        application=device.application,
        registration=device.registration,
        phone=device.phone,
        token=device.token,
        platform=device.platform,
        primary=device.primary,
        created_at=to_date(device.created_at),
    )
