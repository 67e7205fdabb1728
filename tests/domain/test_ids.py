"""Ids: growing, unique, and readable as an instant."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.ids import EPOCH_MS, LAST_ID, Mint, first_id_at, minted_at

NOW = (EPOCH_MS + 1_000_000) * 1000
MS = 1000


def test_layout() -> None:
    """41 bits of milliseconds, 6 of node, 8 of sequence, 8 of shard."""
    assert Mint(5).take(2, NOW) == [
        (1_000_000 << 22) | (5 << 16) | (0 << 8) | 1,
        (1_000_000 << 22) | (5 << 16) | (1 << 8) | 1,
    ]


def test_ids_fit_into_63_bits_until_the_last_day() -> None:
    last_ms = (EPOCH_MS + (1 << 41) - 1) * 1000
    assert Mint(63).take(256, last_ms)[-1] < 1 << 63


@pytest.mark.parametrize("node", [-1, 64, 1000])
def test_no_such_node(node: int) -> None:
    with pytest.raises(ValueError, match=f"a node slot is 0 to 63, not {node}"):
        Mint(node)


def test_one_call_one_shard_and_the_next_call_the_next() -> None:
    mint = Mint(0)
    shards = [{id_ & 255 for id_ in mint.take(3, NOW)} for _ in range(257)]
    assert shards == [{n % 256} for n in range(1, 258)]


def test_many_ids_borrow_from_the_following_milliseconds() -> None:
    ids = Mint(0).take(600, NOW)
    assert [minted_at(id_) for id_ in (ids[0], ids[255], ids[256], ids[511], ids[512], ids[599])] == [
        NOW, NOW, NOW + MS, NOW + MS, NOW + 2 * MS, NOW + 2 * MS,
    ]  # fmt: skip


def test_what_was_borrowed_is_not_given_again() -> None:
    mint = Mint(0)
    first, second, third = mint.take(300, NOW), mint.take(300, NOW + MS), mint.take(1, NOW + 9 * MS)
    assert first + second + third == sorted({*first, *second, *third})
    assert minted_at(third[0]) == NOW + 9 * MS


def test_a_clock_that_goes_back_or_stands_before_the_epoch() -> None:
    mint = Mint(0)
    ids = [*mint.take(1, NOW), *mint.take(1, NOW - 5_000 * MS), *mint.take(1, 0)]
    assert ids == sorted(set(ids))
    assert Mint(0).take(1, 0)[0] > 0


def test_nothing_asked_nothing_given() -> None:
    assert Mint(0).take(0, NOW) == []


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(-3, 5)), max_size=30))
def test_ids_grow_over_calls_and_are_unique(calls: list[tuple[int, int]]) -> None:
    mint, now, ids = Mint(9), NOW, list[int]()
    for count, ms in calls:
        now += ms * MS
        taken = mint.take(count, now)
        assert len(taken) == count
        ids += taken
    assert all(first < second for first, second in pairwise(ids))


@given(st.lists(st.integers(0, 63), min_size=2, max_size=6, unique=True), st.integers(1, 600))
def test_nodes_never_mint_the_same(nodes: list[int], count: int) -> None:
    ids = [id_ for node in nodes for id_ in Mint(node).take(count, NOW)]
    assert len(set(ids)) == len(ids)


@given(st.integers(0, 10**9), st.integers(0, 63), st.integers(1, 256))
def test_the_range_of_an_instant(ms: int, node: int, count: int) -> None:
    at = (EPOCH_MS + ms) * 1000
    ids = Mint(node).take(count, at)
    assert {minted_at(id_) for id_ in ids} == {at}
    assert first_id_at(at) <= ids[0] <= ids[-1] < first_id_at(at + MS)


def test_before_the_epoch_all_ids_are_later() -> None:
    assert first_id_at(0) == 0


def test_after_the_last_millisecond_all_ids_are_earlier() -> None:
    last = EPOCH_MS + (1 << 41) - 1
    assert (first_id_at(last * 1000), first_id_at((last + 1) * 1000)) == (((1 << 41) - 1) << 22, LAST_ID)
