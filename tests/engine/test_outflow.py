"""How fast the queues empty: a rate over the last fifth of a second, and numbers that only grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.flow import SECOND
from omnibound.engine.numbers import Numbers
from omnibound.engine.outflow import SPAN, Outflow


class Clock:
    def __init__(self, now: int = 10 * SECOND) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def asked(*looks: tuple[int, int]) -> list[float]:
    """What is told at these looks: (microseconds later, how many have left since the start)."""
    clock = Clock()
    outflow = Outflow(clock)
    told: list[float] = []
    for later, total in looks:
        clock.now += later
        told.append(outflow.per_second(total))
    return told


@pytest.mark.parametrize(
    ("looks", "rates"),
    [
        ([(0, 100)], [0]),
        ([(SPAN - 1, 100)], [0]),
        ([(SPAN, 100)], [500]),
        ([(SECOND, 100)], [100]),
        ([(SPAN, 100), (1, 9_999), (SPAN - 2, 9_999)], [500, 500, 500]),
        ([(SPAN, 100), (SPAN, 100)], [500, 0]),
        ([(SPAN, 100), (SPAN, 300)], [500, 1_000]),
        ([(SPAN, 100), (SPAN // 2, 150), (SPAN // 2, 200)], [500, 500, 500]),
        ([(-SECOND, 100), (SECOND, 200), (SPAN, 300)], [0, 0, 1_500]),
    ],
)
def test_rates(looks: list[tuple[int, int]], rates: list[float]) -> None:
    assert asked(*looks) == rates


@given(st.integers(10, 100_000), st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_a_steady_stream_is_measured_as_it_is_however_often_one_looks(rate: int, steps: list[int]) -> None:
    looks: list[tuple[int, int]] = []
    at = 0
    for step in steps:
        later = step * SPAN // 10
        at += later
        looks.append((later, at * rate // SECOND))
    rates = asked(*looks)
    assert all(told == 0 or told == pytest.approx(rate, abs=SECOND / SPAN + 1) for told in rates)
    assert (rates[-1] > 0) == (at >= SPAN)


@given(st.lists(st.integers(-1_000, 1_000) | st.just(0), max_size=40), st.integers(0, 2_000))
def test_numbers_grow_whatever_the_clock_does(steps: list[int], existing: int) -> None:
    clock = Clock(1_000)
    numbers = Numbers(clock)
    numbers.above(existing)
    last = existing
    for step in steps:
        clock.now += step
        number = numbers()
        assert number == max(last + 1, clock.now)
        last = number


def test_what_exists_does_not_lower_the_next() -> None:
    numbers = Numbers(Clock(100))
    assert numbers() == 100
    numbers.above(50)
    assert numbers() == 101
    numbers.above(500)
    assert numbers() == 501
