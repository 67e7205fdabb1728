"""Whose a message is: numbers are compared by their digits, keywords by their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.number import Number, entry_for, keyword_key, number_key


def entry(id_: int, keyword: str = "") -> Number:
    return Number(id=id_, account=id_, channel="SMS", number="7070", keyword=keyword_key(keyword), created_at=1)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("48600100200", "48600100200"),
        ("+48 600-100.200", "48600100200"),
        ("0048 (600) 100/200", "48600100200"),
        ("7070", "7070"),
        (" Shop ", "shop"),
        ("SHOP 24", "shop 24"),
        ("", ""),
        (" + ", ""),
    ],
)
def test_numbers_are_compared_by_their_digits(written: str, key: str) -> None:
    assert number_key(written) == key


ENTRIES = [entry(1), entry(2, "Win"), entry(3, "win  a CAR"), entry(4, "stop")]


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("hello", 1),
        ("", 1),
        ("win", 2),
        (" WIN, please", 2),
        ("winner", 1),
        ("win a\ncar now", 3),
        ("Win a card", 2),
        ("please stop", 1),
        ("StOp!", 4),
    ],
)
def test_the_longest_keyword_wins(text: str, owner: int) -> None:
    found = entry_for(ENTRIES, text)
    assert found is not None
    assert found.id == owner


def test_without_a_keyword_of_its_own_a_message_is_nobody_s() -> None:
    assert entry_for([entry(2, "win")], "hello") is None
    assert entry_for([], "hello") is None


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert keyword_key(keyword_key(text)) == keyword_key(text)
    found = entry_for([entry(2, text)], text)
    assert found is not None
