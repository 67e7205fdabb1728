"""Portions of purses."""

import pytest

from omnibound.domain.balance import Allowance, day_of, portion


@pytest.mark.parametrize(
    ("left", "need", "taken"),
    [(1_600, 1, 100), (1_600, 500, 500), (10, 500, 10), (10, 3, 3), (0, 3, 0), (-5, 3, 0), (1_600, 0, 100)],
)
def test_a_portion_is_what_is_needed_or_a_sixteenth(left: int, need: int, taken: int) -> None:
    assert portion(left, need) == taken


def test_what_bounds() -> None:
    one = Allowance(account=1)
    assert not one.bounds
    bounded = (
        Allowance(account=1, countries=("PL",)), Allowance(account=1, daily_cap=1), Allowance(account=1, prepaid=True),
    )  # fmt: skip
    assert all(each.bounds for each in bounded)
    assert day_of(86_400_000_000 * 3 + 5) == 3
