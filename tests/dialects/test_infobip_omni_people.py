import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.dialects.infobip_omni.reading_people import read_people
from omnibound.dialects.infobip_omni.schemas import DestinationIn, To
from omnibound.domain.message import Addresses
from omnibound.domain.order import Person
from omnibound.domain.status import Reason
from omnibound.wire.addresses import read_phone

PHONE = "41793026727"
BAD, NONE = Reason.INVALID_ADDRESS, Reason.NO_ADDRESS


@pytest.mark.parametrize(
    ("to", "person"),
    [
        (To(phone_number=PHONE), Person(Addresses(phone=PHONE))),
        (To(phone_number="0041793026727"), Person(Addresses(phone=PHONE))),
        (To(phone_number=41793026727), Person(Addresses(phone=PHONE))),
        (To(phone_number=-41793026727), Person(Addresses(phone=PHONE))),
        (To(phone_number="0600100200"), Person(Addresses(phone="0600100200"))),
        (To(phone_number="abc"), Person(Addresses(), fault=BAD)),
        (To(phone_number="1"), Person(Addresses(), fault=BAD)),
        (To(phone_number=""), Person(Addresses(), fault=NONE)),
        (To(), Person(Addresses(), fault=NONE)),
        (None, Person(Addresses(), fault=NONE)),
        (To(email_address="a@b.example"), Person(Addresses(email="a@b.example"))),
        (To(email_address="a b"), Person(Addresses(email="a b"), fault=BAD)),
        (
            To(phone_number="abc", email_address="a@b.example"),
            Person(Addresses(email="a@b.example"), fault=BAD),
        ),
        (
            To(phone_number=PHONE, email_address="a@b.example", push_registration_id="r"),
            Person(Addresses(phone=PHONE, email="a@b.example", push="r")),
        ),
        (To(push_registration_id="r" * 5000), Person(Addresses(push="r" * 5000), fault=BAD)),
        (
            To(facebook_user_key="f", line_user_key="l"),
            Person(Addresses(more={"FACEBOOK": "f", "LINE": "l"})),
        ),
        (To(whats_app_user_id="CH.abc"), Person(Addresses(more={"WHATSAPP": "CH.abc"}))),
        (To(phone_number=PHONE, whats_app_user_id="CH.abc"), Person(Addresses(phone=PHONE))),
    ],
)
def test_people(to: To | None, person: Person) -> None:
    assert read_people([DestinationIn(to)]) == [person]


def test_own_ids_stay_in_order() -> None:
    destinations = [DestinationIn(To(phone_number=PHONE), "M-1"), DestinationIn(None, "M-2"), DestinationIn()]
    assert [person.ref for person in read_people(destinations)] == ["M-1", "M-2", ""]


@given(st.one_of(st.none(), st.text(), st.integers(), st.from_regex(r"[+0 \-]{0,4}[0-9]{0,22}", fullmatch=True)))
def test_a_person_is_reached_or_has_a_fault(number: str | int | None) -> None:
    (person,) = read_people([DestinationIn(To(phone_number=number))])
    phone = person.to.phone
    assert (person.fault is None) == bool(phone)
    assert phone == read_phone("" if number is None else str(number))
    assert phone == "" or (phone.isascii() and phone.isdecimal() and 3 <= len(phone) <= 20)
