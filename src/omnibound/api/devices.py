"""Push registrations, and what apps say of the pushes they got."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from omnibound.api.base import Ask, to_date
from omnibound.api.people import require_phone
from omnibound.domain.device import Device
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.facts import Receipt
from omnibound.domain.live import Event
from omnibound.domain.message import Delivery
from omnibound.domain.status import Reason, Status

Name = Annotated[str, Meta(min_length=1, max_length=200)]
PhoneText = Annotated[str, Meta(max_length=40, description="International, with or without +.")]
PUSH = "PUSH"

_MAX_ID = 2**63 - 1


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


# -- What apps say -----------------------------------------------------------------------------------------------


async def delivered(ask: Ask[None, None]) -> None:
    """POST /api/v1/push/{id}/delivered."""
    await _confirm(ask, Status.DELIVERED, Reason.DELIVERED)


async def seen(ask: Ask[None, None]) -> None:
    """POST /api/v1/push/{id}/seen."""
    await _confirm(ask, Status.SEEN, Reason.SEEN)


async def _confirm(ask: Ask[None, None], status: Status, reason: Reason) -> None:
    provider_id = ask.place["id"]
    delivery, attempt = await _attempt(ask, provider_id)
    carriers = await _carriers(ask, delivery, attempt)
    now = ask.parts.clock()
    await ask.parts.emit([Receipt(carrier, provider_id, status, reason, "", now) for carrier in carriers])


async def _attempt(ask: Ask[None, None], provider_id: str) -> tuple[Delivery, int]:
    """The account's own delivery and the number of the attempt behind `{delivery:x}-{attempt}`. Raises NotFound."""
    ids = read_push_id(provider_id)
    found = await ask.parts.store.deliveries.one(ask.account.id, ids[0]) if ids else None
    if ids is None or found is None:
        raise NotFound(f"no push has the id {provider_id}", "id")
    return found, ids[1]


def read_push_id(text: str) -> tuple[int, int] | None:
    """(delivery, attempt) of a push's id, None if it is none: only the spelling that we write finds its attempt."""
    first, _, last = text.partition("-")
    try:
        delivery, attempt = int(first, 16), int(last)
    except ValueError:
        return None
    known = 0 < delivery <= _MAX_ID and attempt > 0 and text == f"{delivery:x}-{attempt}"
    return (delivery, attempt) if known else None


async def _carriers(ask: Ask[None, None], delivery: Delivery, attempt: int) -> list[str]:
    """Whose receipt it is: the attempt's connector's, or any push connector's while its hand-over is not known yet."""
    pushes = {channel.name: channel.carrier for channel in ask.parts.channels if channel.channel == PUSH}
    events = await ask.parts.store.deliveries.timeline(delivery.id)
    used = {event.connector for event in events if event.attempt == attempt and event.connector}
    if used:
        return await _known(ask, delivery, [event for event in events if event.attempt == attempt], pushes, used)
    live = await ask.parts.store.deliveries.live(delivery.id)
    message = await ask.parts.store.deliveries.message(delivery.message)
    if live is None or message is None or live.attempt != attempt or message.flow.steps[live.step].channel != PUSH:
        raise NotFound("the delivery has no such push", "id")
    return sorted(set(pushes.values()))


async def _known(
    ask: Ask[None, None], delivery: Delivery, events: list[Event], pushes: dict[str, str], used: set[str]
) -> list[str]:
    message = await ask.parts.store.deliveries.message(delivery.message)
    steps = {event.step for event in events if event.step >= 0}
    if message is None or not any(message.flow.steps[step].channel == PUSH for step in steps):
        raise NotFound("the delivery has no such push", "id")
    return sorted({pushes.get(name, name) for name in used})
