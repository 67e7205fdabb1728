"""Ranges, counted in lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.watch.histogram import FAST, ROWS, SLOW, Histogram


def test_buckets() -> None:
    histogram = Histogram((1, 10), unit=1_000)
    histogram.take([500, 1_000, 1_001, 20_000])
    assert histogram.buckets() == [("1", 2), ("10", 3), ("+Inf", 4)]
    assert (histogram.count, histogram.sum) == (4, 22.501)


def test_one_may_stand_for_many() -> None:
    histogram = Histogram((1, 10))
    histogram.take([5, 0.5], 20)
    assert histogram.buckets() == [("1", 20), ("10", 40), ("+Inf", 40)]
    assert histogram.sum == 110


@given(st.lists(st.lists(st.floats(0, 100))))
def test_lists_make_no_difference(lists: list[list[float]]) -> None:
    parts, whole = Histogram(FAST), Histogram(FAST)
    for values in lists:
        parts.take(values)
    whole.take([value for values in lists for value in values])
    assert parts.buckets() == whole.buckets()
    assert parts.sum == pytest.approx(whole.sum)


@pytest.mark.parametrize("bounds", [FAST, SLOW, ROWS])
def test_bounds_grow(bounds: tuple[float, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))
