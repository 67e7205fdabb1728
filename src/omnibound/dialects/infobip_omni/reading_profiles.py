"""Destinations of a campaign as they come -> profiles."""

from typing import Annotated, Literal

from msgspec import Meta

from omnibound.dialects.infobip_omni.errors import BadRequest, Faults
from omnibound.dialects.infobip_omni.schemas import In
from omnibound.domain.people import Gender, Profile
from omnibound.wire.addresses import is_email, read_phone

MAX_TOLD = 100
"""People whose faults are told; nobody reads twenty thousand."""

Text = Annotated[str, Meta(max_length=255)]
LongText = Annotated[str, Meta(max_length=1000)]


class ProfileIn(In):
    """One person of a campaign; at least one of `gsm`, `landline` and `email` is needed. No source names limits."""

    first_name: Text | None = None
    last_name: Text | None = None
    middle_name: Text | None = None
    gsm: Text | int | None = None
    landline: Text | int | None = None
    email: Text | None = None
    address: LongText | None = None
    city: Text | None = None
    country: Text | None = None
    gender: Literal["FEMALE", "MALE"] | None = None
    birthday: Text | None = None


class CampaignPeopleIn(In):
    """Several people; a bare object is a list of one."""

    destinations: list[ProfileIn | None] | ProfileIn | None = None


Numbered = tuple[str, ProfileIn]
"""A person and its path in the body, empty for the whole body."""


def listed(request: CampaignPeopleIn) -> list[Numbered]:
    """The people that are there, in order."""
    given = request.destinations
    people = [given] if isinstance(given, ProfileIn) else given or []
    return [(f"destinations[{number}]", person) for number, person in enumerate(people) if person is not None]


def read_profiles(people: list[Numbered]) -> list[Profile]:
    """One profile a person. BadRequest with what is wrong with any of them."""
    faults: Faults = {}
    profiles = [_profile(person) for _, person in people]
    for (path, person), profile in zip(people, profiles, strict=True):
        if len(faults) < MAX_TOLD:
            found = _faults(person, profile)
            faults |= {f"{path}.{name}".strip(".") or "body": texts for name, texts in found.items()}
    if faults:
        raise BadRequest(faults)
    return profiles


def _profile(person: ProfileIn) -> Profile:
    return Profile(
        first_name=person.first_name or "",
        middle_name=person.middle_name or "",
        last_name=person.last_name or "",
        phone=_phone(person.gsm),
        landline=_phone(person.landline),
        email=person.email or "",
        address=person.address or "",
        city=person.city or "",
        country=person.country or "",
        gender=Gender[person.gender] if person.gender else None,
        birthday=person.birthday or "",
    )


def _phone(told: str | int | None) -> str:
    return "" if told is None else read_phone(str(told))


def _faults(person: ProfileIn, profile: Profile) -> Faults:
    faults: Faults = {}
    for name, told, phone in (("gsm", person.gsm, profile.phone), ("landline", person.landline, profile.landline)):
        if told not in (None, "") and not phone:
            faults[name] = ["must be a phone number"]
    if profile.email and not is_email(profile.email):
        faults["email"] = ["must be an e-mail address"]
    if not faults and not profile.reachable():
        faults[""] = ["must have a gsm, a landline or an email"]
    return faults
