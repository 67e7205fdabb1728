"""Who wants no mail from whom: links and bounces that cannot be made up, and addresses that are not written to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.changes import Changes
from omnibound.domain.errors import NotFound
from omnibound.domain.flow import Flow, Step
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.status import Reason
from omnibound.ports import Store
from omnibound.ports.campaigns import Suppression
from omnibound.ports.mail import Back, Unwanted
from omnibound.services.mail_addresses import Leaving, MailAddresses
from omnibound.services.message_ids import MAX_ATTEMPT, MessageIds

pytestmark = pytest.mark.anyio

IDS = MessageIds(b"0123456789abcdef")
OTHER = MessageIds(b"fedcba9876543210")
NOW = 1_700_000_000_000_000
numbers = st.integers(1, (1 << 63) - 1)


@pytest.fixture
def mail(store: Store) -> MailAddresses:
    return MailAddresses(store, IDS, lambda: NOW)


async def list_of(store: Store, account: int = 1) -> list[Suppression]:
    return await store.campaigns.suppressions(account, "EMAIL", "", 100)


def of_nobody(ids: MessageIds) -> MailAddresses:
    """For what needs no store."""
    return MailAddresses(None, ids, lambda: NOW)  # type: ignore[arg-type]


@given(account=numbers, address=st.emails() | st.text(max_size=200))
def test_links_tell_who_leaves_whom(account: int, address: str) -> None:
    address = address.encode("utf-8", "ignore").decode()
    id_ = of_nobody(IDS).leaving_id(account, address)
    assert of_nobody(IDS).left(id_) == Leaving(account, address)
    assert all(letter.isalnum() or letter in "-_" for letter in id_)
    with pytest.raises(NotFound):
        of_nobody(OTHER).left(id_)


@given(text=st.text(max_size=100) | st.from_regex(r"[A-Za-z0-9_-]{4,120}", fullmatch=True))
def test_links_cannot_be_made_up(text: str) -> None:
    with pytest.raises(NotFound):
        of_nobody(IDS).left(text)


@given(place=st.integers(0, 100))
def test_a_changed_link_is_refused(place: int) -> None:
    id_ = of_nobody(IDS).leaving_id(7, "ann@mail.example")
    place %= len(id_) - 1
    changed = id_[:place] + ("A" if id_[place] != "A" else "B") + id_[place + 1 :]
    with pytest.raises(NotFound):
        of_nobody(IDS).left(changed)


@given(delivery=numbers, number=st.integers(1, MAX_ATTEMPT))
def test_bounces_name_an_attempt_and_nothing_else_does(delivery: int, number: int) -> None:
    mail = of_nobody(IDS)
    id_ = mail.bounce_id(delivery, number)
    assert mail.bounced(id_) == mail.bounced(id_.upper()) == (delivery, number)
    assert (IDS.id(id_), IDS.attempt(id_)) == (None, None)
    assert mail.bounced(IDS.attempt_text(delivery, number)) is None
    assert mail.bounced(IDS.text(delivery)) is None
    assert of_nobody(OTHER).bounced(id_) is None


@pytest.mark.parametrize("number", [0, -1, MAX_ATTEMPT + 1])
def test_attempts_without_an_id(number: int) -> None:
    with pytest.raises(ValueError, match="no public id"):
        IDS.bounce_text(1, number)


async def test_who_left_is_not_written_to(store: Store, mail: MailAddresses) -> None:
    await mail.leave(mail.leaving_id(1, "Ann@Mail.Example"))
    await mail.leave(mail.leaving_id(1, "ann@mail.example"))
    assert await list_of(store) == [Suppression("ann@mail.example", Reason.OPTED_OUT, NOW)]
    asked = ["ANN@mail.example", "ann@mail.example", "bob@mail.example"]
    assert await mail.suppressed(1, asked) == dict.fromkeys(asked[:2], Reason.OPTED_OUT)
    assert await mail.suppressed(2, asked) == {}
    assert await mail.suppressed(1, []) == {}


async def test_the_first_reason_stays(store: Store, mail: MailAddresses) -> None:
    await mail.suppress([Unwanted(1, "a@żaba.example", Reason.UNKNOWN_SUBSCRIBER, 5)])
    await mail.suppress([Unwanted(1, "A@xn--aba-22a.example", Reason.UNWANTED, 6)])
    assert await list_of(store) == [Suppression("a@xn--aba-22a.example", Reason.UNKNOWN_SUBSCRIBER, 5)]


async def test_what_came_back_is_of_a_delivery(store: Store, mail: MailAddresses) -> None:
    flow = Flow(steps=(Step(channel="EMAIL", sender=""),))
    message = Message(id=1, account=3, flow=flow, content={"EMAIL": Content(text="x")}, created_at=1)
    people = [
        Delivery(id=10, message=1, account=3, to=Addresses(email="Ann@mail.example")),
        Delivery(id=11, message=1, account=3, to=Addresses(phone="48123")),
    ]
    await store.record(Changes(messages=[message], deliveries=people))
    await mail.suppress_back([Back(10, Reason.UNWANTED, 8), Back(11, Reason.UNWANTED, 8), Back(99, Reason.UNWANTED, 8)])
    assert await list_of(store, 3) == [Suppression("ann@mail.example", Reason.UNWANTED, 8)]
    assert await store.deliveries.known(10) == people[0]
    assert await store.deliveries.known(99) is None
