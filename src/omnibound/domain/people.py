"""Lists of people that an account keeps, to send to them later."""

from enum import StrEnum

from msgspec import Struct


class Gender(StrEnum):
    """As far as the lists tell it."""

    FEMALE = "female"
    MALE = "male"


class Profile(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Who somebody is and where they are reached. `phone` and `landline` are international digits; the rest is text.

    `birthday` is kept as it was written: vendors do not say in which form.
    """

    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    phone: str = ""
    landline: str = ""
    email: str = ""
    address: str = ""
    city: str = ""
    country: str = ""
    gender: Gender | None = None
    birthday: str = ""

    def reachable(self) -> bool:
        """Whether there is any way to reach them."""
        return bool(self.phone or self.landline or self.email)


class PeopleList(Struct, frozen=True, gc=False, kw_only=True):
    """A named list of people. `size` is how many there are in it, `created_at` in microseconds UTC."""

    key: str
    account: int
    name: str
    size: int = 0
    created_at: int = 0
