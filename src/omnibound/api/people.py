"""Where people are reached: addresses as they come -> the domain's, and back."""

from msgspec import Struct

from omnibound.domain.errors import Invalid
from omnibound.domain.message import Addresses
from omnibound.wire import addresses


class AddressesOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a person is reached. `phone` is international digits; `more` holds other addresses by channel."""

    phone: str = ""
    email: str = ""
    push: str = ""
    more: dict[str, str] = {}


def write_addresses(to: Addresses) -> AddressesOut:
    """The domain's addresses as the API shows them."""
    return AddressesOut(phone=to.phone, email=to.email, push=to.push, more=to.more)


def read_phone(text: str) -> str:
    """International digits, as `wire.addresses` reads them; empty for a national number too."""
    phone = addresses.read_phone(text)
    return "" if phone.startswith("0") else phone


def require_phone(text: str) -> str:
    """The same. Raises Invalid for what is no phone number; an empty text stays empty."""
    phone = read_phone(text)
    if text.strip() and not phone:
        raise Invalid("not a phone number in international form", "phone")
    return phone
