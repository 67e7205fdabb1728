"""What is sent (`Message`), to whom (`Delivery`), and what a channel is given (`Attempt`)."""

from enum import IntEnum
from typing import Any

from msgspec import Struct

from omnibound.domain.flow import Flow, Step
from omnibound.domain.push import Notify


class Class(IntEnum):
    """How urgent a delivery is. Bulk may fill 80 % of a window and of a rate, normal 95 %, urgent all of it."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


URGENT_AT_MOST = 10
BULK_ABOVE = 1_000


def class_of(people: int) -> Class:
    """The class of an order to so many people, where nothing else is said."""
    if people <= URGENT_AT_MOST:
        return Class.URGENT
    return Class.BULK if people > BULK_ABOVE else Class.NORMAL


class Content(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What one channel says. `options` holds what only that channel knows, under the names its module documents."""

    text: str = ""
    subject: str = ""
    options: dict[str, Any] = {}


class Addresses(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Where a person is reached. `phone` is international digits; `more` holds other kinds of address by name."""

    phone: str = ""
    email: str = ""
    push: str = ""
    more: dict[str, str] = {}


class Message(Struct, frozen=True, gc=False, kw_only=True):
    """Content for each channel with the frozen flow, stored once however many recipients. Times: microseconds UTC."""

    id: int
    account: int
    flow: Flow
    content: dict[str, Content]
    created_at: int
    bulk: str = ""
    callback_data: str = ""
    extras: dict[str, Any] = {}
    """What only the dialect that took the request understands."""
    notify: Notify | None = None
    """Where and how its reports are pushed; None: they are only pulled."""
    send_at: int = 0
    """When its first step begins; 0: at once."""
    campaign: str = ""
    """The campaign that its deliveries are members of; empty: none."""


class Delivery(Struct, frozen=True, gc=False, kw_only=True):
    """One person of a message. `ref` is the client's own id for it, empty if the server made one."""

    id: int
    message: int
    account: int
    to: Addresses
    ref: str = ""


class Attempt(Struct, frozen=True, gc=False):
    """One step tried once, as a channel is given it: (delivery, number) names it. `until`: microseconds UTC."""

    delivery: int
    number: int
    step: Step
    address: str
    content: Content
    message: Message
    until: int


_ADDRESS_KINDS: dict[str, tuple[str, ...]] = {"EMAIL": ("email",), "PUSH": ("push", "phone")}


def address_for(channel: str, to: Addresses, place: int = 0) -> str:
    """The address a channel uses for a person, empty if there is none. PUSH falls back on the phone number.

    `place` counts a person's addresses of a channel from 0 on.
    """
    if place:
        return to.more.get(other_address(channel, place), "")
    kinds = _ADDRESS_KINDS.get(channel)
    if kinds is None:
        return to.more.get(channel, to.phone) if to.more else to.phone
    return next((address for kind in kinds if (address := str(getattr(to, kind)))), "")


def other_address(channel: str, place: int) -> str:
    """The name in `Addresses.more` of a person's further address of a channel; `place` from 1 on."""
    return f"{channel}{place + 1}"
