"""Where people are reached: addresses as they come -> the domain's, and back."""

import re

from msgspec import Struct

from omnibound.domain.errors import Invalid
from omnibound.domain.message import Addresses

MAX_ADDRESS = 4096
"""Characters of an address that is no phone number: a web push registration has some hundreds."""

_PUNCTUATION = str.maketrans("", "", " -.()/")
_PHONE = re.compile(r"(?:\+|00)?([1-9][0-9]{2,19})", re.ASCII)
_EMAIL = re.compile(r"(?=.{3,254}$)[^\s@<>,;\x00-\x1f]+@[^\s@<>,;\x00-\x1f]+")


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
    """International digits (3 to 20), without `+` or `00` and without punctuation; empty if it is no phone number."""
    match = _PHONE.fullmatch(text.translate(_PUNCTUATION))
    return match[1] if match else ""


def require_phone(text: str) -> str:
    """The same. Raises Invalid for what is no phone number; an empty text stays empty."""
    phone = read_phone(text)
    if text.strip() and not phone:
        raise Invalid("not a phone number in international form", "phone")
    return phone


def is_email(text: str) -> bool:
    """Whether mail could be sent there: one `@` with something on both sides, and nothing that ends a header."""
    return _EMAIL.fullmatch(text) is not None
