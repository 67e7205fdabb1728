"""Public message ids: found without an index, and not to be forged."""

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.services.message_ids import MAX_ATTEMPT, MessageIds

IDS = MessageIds(b"0123456789abcdef")
numbers = st.integers(1, (1 << 63) - 1)


@given(ids=st.lists(numbers, min_size=1, max_size=20, unique=True))
def test_round_trip(ids: list[int]) -> None:
    texts = IDS.texts(ids)
    assert [IDS.id(text) for text in texts] == ids
    assert [IDS.id(text.upper()) for text in texts] == ids
    assert len(set(texts)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) for text in texts)
    assert texts == [IDS.text(id_) for id_ in ids]


@given(id_=numbers, place=st.integers(0, 35), by=st.integers(1, 15))
def test_a_changed_digit_is_refused(id_: int, place: int, by: int) -> None:
    text = IDS.text(id_)
    if text[place] != "-":
        changed = f"{int(text[place], 16) ^ by:x}"
        assert IDS.id(text[:place] + changed + text[place + 1 :]) is None


@given(text=st.text(max_size=40) | st.from_regex(r"[0-9a-f-]{36}", fullmatch=True) | st.uuids().map(str))
def test_what_we_have_not_made_is_refused(text: str) -> None:
    assert IDS.id(text) is None


@pytest.mark.parametrize(
    "text", ["", "x" * 36, "-" * 36, "3f2b8c1e-5d0a-4f6e-9b7c-2a1d4e8f60b50", "0" * 36, str(UUID(int=0))]
)
def test_no_id(text: str) -> None:
    assert IDS.id(text) is None


@given(id_=numbers)
def test_another_key_does_not_open_it(id_: int) -> None:
    assert MessageIds(b"another key 16 b").id(IDS.text(id_)) is None


def test_neighbours_do_not_look_alike() -> None:
    first, second = IDS.texts([1 << 60, (1 << 60) + 1])
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 20


attempt_numbers = st.integers(1, MAX_ATTEMPT)


@given(id_=numbers, number=attempt_numbers)
def test_attempts_round_trip_and_are_no_message_ids(id_: int, number: int) -> None:
    text = IDS.attempt_text(id_, number)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)
    assert (IDS.attempt(text), IDS.id(text)) == ((id_, number), None)
    assert IDS.attempt(IDS.text(id_)) is None
    assert MessageIds(b"another key 16 b").attempt(text) is None


@given(id_=numbers, number=attempt_numbers)
def test_an_attempt_has_one_spelling(id_: int, number: int) -> None:
    text = IDS.attempt_text(id_, number)
    for other in (text.upper(), text.replace("-", "") + "----", "-" + text[:8] + text[9:], text[:-1], f" {text[1:]}"):
        assert other == text or IDS.attempt(other) is None


@given(text=st.text(max_size=40) | st.from_regex(r"[0-9a-f-]{36}", fullmatch=True) | st.uuids().map(str))
def test_what_we_have_not_made_is_no_attempt(text: str) -> None:
    assert IDS.attempt(text) is None


@pytest.mark.parametrize("number", [-1, 0, MAX_ATTEMPT + 1])
def test_a_number_without_a_public_id(number: int) -> None:
    with pytest.raises(ValueError, match="no public id"):
        IDS.attempt_text(1, number)


def test_no_ids() -> None:
    assert IDS.texts([]) == []
