"""What is held in memory, and what is let go first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.changes import InFlight
from omnibound.domain.facts import Receipt
from omnibound.domain.flow import Flow, Step
from omnibound.domain.live import Live, Stage
from omnibound.domain.message import Addresses, Delivery, Message
from omnibound.domain.status import Reason, Status
from omnibound.engine import book as module
from omnibound.engine.book import Book, Entry, HandOver

MESSAGE = Message(id=1, account=1, flow=Flow(steps=(Step(channel="SMS"),)), content={}, created_at=0)


def entry(id_: int, stage: Stage = Stage.SENT) -> Entry:
    live = Live(id_, 1, 1, 0, stage, 0, 0, 1, 0, 0, 9)
    return Entry(live, Delivery(id=id_, message=1, account=1, to=Addresses(phone="1")), MESSAGE)


def flight(id_: str, delivery: int = 1) -> InFlight:
    return InFlight("c", id_, delivery, 1, 0, "c1", 99)


def flying(book: Book, held: Entry, *ids: str) -> None:
    held.keys = tuple(("c", id_) for id_ in ids)
    book.inflight.update({("c", id_): flight(id_, held.live.id) for id_ in ids})


def receipt(id_: str, carrier: str = "c") -> Receipt:
    return Receipt(carrier, id_, Status.DELIVERED, Reason.DELIVERED, "", 0)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book of ten entries, three unmatched receipts, two landed ones a generation."""
    monkeypatch.setattr(module, "ENTRIES_AT_MOST", 10)
    monkeypatch.setattr(module, "UNMATCHED_AT_MOST", 3)
    monkeypatch.setattr(module, "LANDED_AT_MOST", 2)


# -- entries -----------------------------------------------------------------------------------------------------


def test_who_is_dropped_or_forgotten_takes_its_keys_along() -> None:
    book, first, second, third = Book(), entry(1), entry(2), entry(3)
    book.add([first, second, third])
    for held, ids in ((first, "ab"), (second, "c"), (third, "d")):
        flying(book, held, *ids)
    book.drop(first)
    assert (book.entries, set(book.inflight)) == ({2: second, 3: third}, {("c", "c"), ("c", "d")})
    book.forget([3, 4])
    assert (book.entries, set(book.inflight)) == ({2: second}, {("c", "c")})
    book.drop(first)
    assert book.entries == {2: second}


@pytest.mark.usefixtures("small")
def test_a_book_that_is_not_full_lets_nobody_go() -> None:
    book = Book()
    book.add(entry(id_) for id_ in range(10))
    assert (book.evict(), len(book.entries)) == (0, 10)


@pytest.mark.usefixtures("small")
def test_only_those_that_wait_for_a_receipt_are_let_go() -> None:
    book, handed = Book(), entry(100)
    handed.handover = HandOver(1, 1)
    kept = [entry(101, Stage.WAITING), handed, entry(102, Stage.HELD)]
    gone = [entry(id_) for id_ in range(9)]
    book.add([*kept, *gone])
    flying(book, gone[0], "a")
    flying(book, handed, "b")
    assert book.evict() == 9
    assert book.entries == {each.live.id: each for each in kept}
    assert set(book.inflight) == {("c", "b")}


@pytest.mark.usefixtures("small")
def test_the_oldest_go_and_some_room_is_made_but_not_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LET_GO_BEYOND", 3)
    monkeypatch.setattr(module, "LET_GO_AT_ONCE", 8)
    book = Book()
    book.add(entry(id_) for id_ in range(24))
    assert book.evict() == 8
    assert list(book.entries) == list(range(8, 24))
    assert book.evict() == 8
    book.forget([16])
    book.add([entry(24), entry(25), entry(26), entry(27)])
    assert book.evict() == 4
    assert list(book.entries) == [*range(21, 28)]
    assert book.evict() == 0


# -- landed ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
def test_what_has_landed_is_known_for_two_generations() -> None:
    book = Book()
    for id_ in "abcde":
        book.inflight["c", id_] = flight(id_)
        book.land(("c", id_))
    assert book.inflight == {}
    assert [book.landed(("c", id_)) for id_ in "abcde"] == [None, None, *(flight(id_) for id_ in "cde")]


def test_what_never_flew_does_not_land() -> None:
    book = Book()
    book.land(("c", "a"))
    assert book.landed(("c", "a")) is None


# -- unmatched ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
def test_only_so_many_unmatched_are_kept() -> None:
    book = Book()
    for number, id_ in enumerate("aabcd"):
        book.keep_unmatched(number, receipt(id_))
    assert {id_: [number for number, _ in rows] for (_, id_), rows in book.unmatched.items()} == {
        "a": [0, 1], "b": [2], "c": [3],
    }  # fmt: skip


def test_one_that_is_heard_goes_and_its_fellows_stay() -> None:
    book = Book()
    for number, each in enumerate([receipt("a"), receipt("a"), receipt("a", "other")]):
        book.keep_unmatched(number, each)
    book.take_unmatched(0, receipt("a"))
    book.take_unmatched(7, receipt("a"))
    book.take_unmatched(7, receipt("nothing"))
    assert book.unmatched == {("c", "a"): [(1, receipt("a"))], ("other", "a"): [(2, receipt("a", "other"))]}
    book.take_unmatched(1, receipt("a"))
    assert set(book.unmatched) == {("other", "a")}


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.integers(0, 31))
def test_the_old_unmatched_are_forgotten_and_nothing_else(ids: list[str], before: int) -> None:
    book = Book()
    for number, id_ in enumerate(ids):
        book.keep_unmatched(number, receipt(id_))
    book.forget_unmatched(before)
    left = sorted(number for rows in book.unmatched.values() for number, _ in rows)
    assert left == list(range(min(before, len(ids)), len(ids)))
    assert all(rows and {each.provider_id for _, each in rows} == {id_} for (_, id_), rows in book.unmatched.items())
