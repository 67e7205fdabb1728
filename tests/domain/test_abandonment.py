"""Who answered and found nobody there: what counts, and the share to three decimals."""

import pytest

from omnibound.domain.abandonment import WINDOWS, Abandonment, abandonment
from omnibound.domain.flow import DAY
from omnibound.domain.status import Reason

R = Reason


@pytest.mark.parametrize(
    ("reasons", "answered", "connected", "abandoned", "percent"),
    [
        ({}, 0, 0, 0, 0.0),
        ({R.ANSWERED: 97, R.ABANDONED: 3}, 100, 97, 3, 3.0),
        ({R.ANSWERED: 2, R.ABANDONED: 1}, 3, 2, 1, 33.333),
        ({R.ANSWERED: 1, R.ABANDONED: 2}, 3, 1, 2, 66.667),
        ({R.ABANDONED: 1}, 1, 0, 1, 100.0),
        # Who hung up before anybody was there counts as answered, and is not abandoned.
        ({R.ANSWERED: 5, R.HUNG_UP: 3, R.LOST: 1, R.OPTED_OUT: 1, R.ABANDONED: 2}, 12, 6, 2, 16.667),
        # No person answered.
        ({R.BUSY: 9, R.NO_ANSWER: 9, R.MACHINE: 9, R.MACHINE_LEFT: 9, R.FAX: 9, R.MODEM: 9}, 0, 0, 0, 0.0),
        ({R.ANSWERED: 1_000_000, R.ABANDONED: 5}, 1_000_005, 1_000_000, 5, 0.0),
        ({R.ANSWERED: 99_995, R.ABANDONED: 5}, 100_000, 99_995, 5, 0.005),
    ],
)  # fmt: skip
def test_who_was_abandoned(
    reasons: dict[Reason, int], answered: int, connected: int, abandoned: int, percent: float
) -> None:
    found = abandonment(reasons, 1, 2)
    assert found == Abandonment(since=1, until=2, answered=answered, connected=connected, abandoned=abandoned)
    assert found.percent == percent


def test_how_far_back() -> None:
    assert WINDOWS == {"day": DAY, "month": 30 * DAY}
