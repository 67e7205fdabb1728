import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.base.throttle import UNLIMITED, Throttle
from tests.channels.kit import FakeClock

SECOND = 1_000_000

rates = st.floats(0.1, 10_000)
steps = st.lists(st.tuples(st.integers(0, 3 * SECOND), st.sampled_from([1.0, 0.95, 0.8])), max_size=60)


def test_without_a_rate_there_is_no_limit() -> None:
    throttle = Throttle(0, FakeClock())
    throttle.take(10**6)
    assert throttle.room() == throttle.room(0.8) == UNLIMITED


@given(rates, steps, st.floats(0, 100))
def test_never_more_than_burst_and_rate_allow(rate: float, moves: list[tuple[int, float]], burst: float) -> None:
    clock = FakeClock()
    throttle = Throttle(rate, clock, burst)
    began, taken = clock.now, 0
    for wait, share in moves:
        clock.now += wait
        room = throttle.room(share)
        throttle.take(room)
        taken += room
        assert taken <= throttle.burst + rate * (clock.now - began) / SECOND + 1e-6 * taken + 1e-6


@given(rates, st.sampled_from([0.95, 0.8, 0.5]))
def test_a_low_class_alone_uses_the_whole_rate(rate: float, share: float) -> None:
    clock = FakeClock()
    throttle = Throttle(rate, clock)
    began, taken = clock.now, 0
    for _ in range(50):
        clock.now = max(clock.now + 1, throttle.due(share))
        room = throttle.room(share)
        throttle.take(room)
        taken += room
    elapsed_s = (clock.now - began) / SECOND
    assert taken >= rate * elapsed_s - throttle.burst - 1


@given(st.floats(20, 10_000), st.sampled_from([0.95, 0.8, 0.5]))
def test_urgent_finds_tokens_that_low_classes_leave(rate: float, share: float) -> None:
    clock = FakeClock()
    throttle = Throttle(rate, clock, burst=rate)
    for _ in range(20):
        throttle.take(throttle.room(share))
        assert throttle.room(share) == 0
        assert throttle.room() >= int((1 - share) * throttle.burst * 0.999)
        clock.now += SECOND // 100


@given(rates, st.integers(0, 50), st.sampled_from([1.0, 0.95, 0.8]))
def test_due_is_when_there_is_room(rate: float, parts: int, share: float) -> None:
    clock = FakeClock()
    throttle = Throttle(rate, clock)
    throttle.take(parts)
    due = throttle.due(share)
    assert (due == clock.now) == (throttle.room(share) > 0) or rate > 1000
    clock.now = due + 1
    assert throttle.room(share) >= 1


def test_burst_is_a_tenth_of_a_second_and_a_part_at_least() -> None:
    clock = FakeClock()
    assert [Throttle(rate, clock).room() for rate in (1, 10, 50, 1000)] == [1, 1, 5, 100]
    assert Throttle(1, clock).room(0.8) == 1


def test_debt_is_worked_off() -> None:
    clock = FakeClock()
    throttle = Throttle(10, clock)
    throttle.take(4)
    assert throttle.room() == 0
    assert throttle.due() == clock.now + 400_000
    clock.now += 400_000
    assert throttle.room() == 1


def test_give_back_fills_to_the_brim_only() -> None:
    throttle = Throttle(100, FakeClock())
    throttle.take(10)
    assert throttle.room() == 0
    throttle.give_back(3)
    assert throttle.room() == 3
    throttle.give_back(30)
    assert throttle.room() == 10


def test_pause_and_the_longer_one_counts() -> None:
    clock = FakeClock()
    for rate in (0, 50):
        throttle = Throttle(rate, clock)
        until = clock.now + 5 * SECOND
        throttle.pause(until)
        throttle.pause(until - SECOND)
        assert throttle.room() == 0
        assert throttle.due() == until
        clock.now = until
        assert throttle.room() > 0
        throttle.pause(until + SECOND)
        throttle.resume()
        assert throttle.room() > 0


def test_clock_set_back_neither_gives_nor_stops() -> None:
    clock = FakeClock()
    throttle = Throttle(10, clock)
    throttle.take(1)
    clock.now -= 3600 * SECOND
    assert throttle.room() == 0
    clock.now += 100_000
    assert throttle.room() == 1


@pytest.mark.parametrize(("before", "after", "room"), [(0, 100, 1), (100, 50, 5), (100, 200, 10), (100, 0, UNLIMITED)])
def test_another_rate_gives_nothing_that_was_not_there(before: float, after: float, room: int) -> None:
    clock = FakeClock()
    throttle = Throttle(before, clock)
    throttle.limit(after)
    assert (throttle.rate, throttle.room()) == (after, room)


def test_a_debt_and_a_pause_outlast_another_rate() -> None:
    clock = FakeClock()
    throttle = Throttle(100, clock)
    throttle.take(60)
    throttle.pause(clock.now + SECOND // 10)
    throttle.limit(1000)
    assert (throttle.room(), throttle.due()) == (0, clock.now + SECOND // 10)
    clock.now += SECOND // 10
    assert throttle.room() == 50
