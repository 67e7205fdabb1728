"""Client-made ids become small numbers that differ, in the days that matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.flow import DAY
from omnibound.services.refs import LOOKUP_DAYS, UNIQUE_DAYS, day_of, ref_hash

KNOWN = {"": -1_970_711_489_451_281_740, "own-1": 4_919_571_063_354_527_643, "Ä€": 4_701_645_967_407_387_054}
"""What stands in the stores of today: another hash would find none of it."""


@pytest.mark.parametrize("ref", KNOWN)
def test_a_hash_stays_what_it_is(ref: str) -> None:
    assert ref_hash(ref) == KNOWN[ref]


@given(st.text(max_size=50))
def test_a_hash_is_a_signed_number_of_64_bits(ref: str) -> None:
    assert -(2**63) <= ref_hash(ref) < 2**63


@given(st.sets(st.text(max_size=20), max_size=50))
def test_different_ids_have_different_hashes(refs: set[str]) -> None:
    assert len({ref_hash(ref) for ref in refs}) == len(refs)


@pytest.mark.parametrize(("at", "day"), [(0, 0), (DAY - 1, 0), (DAY, 1), (20_000 * DAY + 5, 20_000), (-1, -1)])
def test_days(at: int, day: int) -> None:
    assert day_of(at) == day


def test_an_id_can_be_looked_up_longer_than_it_must_differ() -> None:
    assert 0 < UNIQUE_DAYS <= LOOKUP_DAYS
