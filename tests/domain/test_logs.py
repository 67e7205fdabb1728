"""By what the log finds deliveries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.account import Account
from omnibound.domain.flow import Flow, Step
from omnibound.domain.live import Stage
from omnibound.domain.logs import (
    EVERYTHING,
    Entry,
    LogFilter,
    Shelf,
    Standing,
    addresses_of,
    entry_of,
    instant_of,
    row_of,
    subject_of,
    subject_of_bulk,
)
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.status import Reason

LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1
CAME, SENT, ENDED = 10, 20, 30
STEPS = (Step(channel="PUSH", sender="app"), Step(channel="SMS", sender="Shop"))
PUSH = {"PUSH": Content(text="pushed")}
CARL = Account(id=7, name="carl", username="carl", currency="CHF", voice_codes="100xx")
MESSAGE = Message(id=1, account=7, flow=Flow(steps=STEPS), content=PUSH, created_at=CAME, bulk="b")
TO = Addresses(phone="4179", email="Ann@Shop.example", push="Reg", more={"LINE": "Line"})


def standing(step: int = 0, sent_at: int = 0, done_at: int = 0, to: Addresses = TO) -> Standing:
    delivery = Delivery(id=2, message=1, account=7, to=to)
    if done_at:
        return Standing(delivery, None, step, sent_at, 1, reason=Reason.DELIVERED, done_at=done_at)
    return Standing(delivery, Stage.WAITING, step, sent_at, 0)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (standing(), CAME),
        (standing(sent_at=SENT), SENT),
        (standing(sent_at=SENT, done_at=ENDED), SENT),
        (standing(done_at=ENDED), ENDED),
    ],
)
def test_the_instant_of_a_row(given: Standing, found: int) -> None:
    assert instant_of(given, MESSAGE) == found


def test_an_entry() -> None:
    addresses = ("4179", "ann@shop.example", "reg", "line")
    subjects = {EVERYTHING, subject_of_bulk("b"), *map(subject_of, addresses)}
    assert entry_of(standing(1, SENT), MESSAGE) == Entry(2, 7, Shelf("SMS", "Shop", None), SENT, subjects)


def test_a_row_of_a_step_without_a_text_and_an_address() -> None:
    row = row_of(standing(1, done_at=ENDED, to=Addresses()), MESSAGE, "id", CARL)
    assert (row.text, row.to, row.shelf, row.currency) == ("", "", Shelf("SMS", "Shop", Reason.DELIVERED), "CHF")
    assert row.voice_codes == "100xx"
    assert row_of(standing(), MESSAGE, "id", CARL).to == "Reg"


@given(st.from_regex(r"[0-9]{3,20}", fullmatch=True), st.text(max_size=20), st.text(max_size=20))
def test_subjects_fit_their_column_and_keep_apart(number: str, text: str, bulk: str) -> None:
    assert LOWEST <= subject_of(number) <= HIGHEST
    assert LOWEST <= subject_of(text) <= HIGHEST
    assert LOWEST <= subject_of_bulk(bulk) < EVERYTHING
    assert EVERYTHING not in (subject_of(number), subject_of(text))
    assert subject_of(text) == subject_of(text.lower())


@pytest.mark.parametrize(
    ("to", "found"),
    [(Addresses(), []), (Addresses(phone="41"), ["41"]), (TO, ["4179", "ann@shop.example", "reg", "line"])],
)
def test_all_addresses(to: Addresses, found: list[str]) -> None:
    assert addresses_of(to) == found


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (LogFilter(), [EVERYTHING]),
        (LogFilter(to="41"), [42]),
        (LogFilter(to="41", bulks=("b",)), [42]),
        (LogFilter(bulks=("b", "b")), [subject_of_bulk("b")]),
        (LogFilter(bulks=("b", "c")), sorted({subject_of_bulk("b"), subject_of_bulk("c")})),
    ],
)
def test_where_to_look(wish: LogFilter, found: list[int]) -> None:
    assert wish.subjects() == found
