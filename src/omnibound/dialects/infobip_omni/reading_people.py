"""Destinations as they come -> people. Hot: a request may carry thousands."""

from omnibound.dialects.infobip_omni.schemas import DestinationIn, To
from omnibound.domain.message import Addresses
from omnibound.domain.order import Person
from omnibound.domain.status import Reason
from omnibound.wire.addresses import MAX_ADDRESS, MAX_DIGITS, MIN_DIGITS, is_email, read_phone

_MORE = (("facebook_user_key", "FACEBOOK"), ("line_user_key", "LINE"), ("whats_app_user_id", "WHATSAPP"))


def read_people(destinations: list[DestinationIn]) -> list[Person]:
    """One person a destination, in order; a destination that nothing can be sent to is a person with a fault."""
    # Nearly all destinations are a bare number in digits: they are told apart here, without a call for each.
    return [
        Person(Addresses(phone=phone), destination.message_id or "")  # type: ignore[arg-type]
        if (to := destination.to) is not None
        and (phone := to.phone_number).__class__ is str
        and phone.isdecimal()  # type: ignore[union-attr]
        and phone.isascii()  # type: ignore[union-attr]
        and MIN_DIGITS <= len(phone) <= MAX_DIGITS  # type: ignore[arg-type]
        and phone[:2] != "00"  # type: ignore[index]
        and to.email_address is None
        and to.push_registration_id is None
        and to.facebook_user_key is None
        and to.line_user_key is None
        and to.whats_app_user_id is None
        else _read_person(destination)
        for destination in destinations
    ]


def _read_person(destination: DestinationIn) -> Person:
    ref = destination.message_id or ""
    if destination.to is None:
        return Person(Addresses(), ref, Reason.NO_ADDRESS)
    addresses = _addresses(destination.to)
    return Person(addresses, ref, _fault(destination.to, addresses))


def _addresses(to: To) -> Addresses:
    more = {kind: address for name, kind in _MORE if (address := getattr(to, name))}
    phone = read_phone("" if to.phone_number is None else str(to.phone_number))
    if phone:
        # A person given by both is reached by the number (OpenAPI 3.210).
        more.pop("WHATSAPP", None)
    return Addresses(phone=phone, email=to.email_address or "", push=to.push_registration_id or "", more=more)


def _fault(to: To, addresses: Addresses) -> Reason | None:
    if addresses.email and not is_email(addresses.email):
        return Reason.INVALID_ADDRESS
    # An empty member is an absent one; what is there must be a number, though other addresses stand beside it.
    if to.phone_number not in (None, "") and not addresses.phone:
        return Reason.INVALID_ADDRESS
    others = (addresses.push, *addresses.more.values())
    if any(len(address) > MAX_ADDRESS for address in others):
        return Reason.INVALID_ADDRESS
    return None if addresses.phone or addresses.email or any(others) else Reason.NO_ADDRESS
