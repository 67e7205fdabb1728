"""Reception: sequences that wrap, lose, double, overtake and start anew; jitter and reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.rtp import Block, Reception


def heard(*sequences: int) -> tuple[list[bool], tuple[int, int, int, int]]:
    """What is taken of these, and (received, lost, duplicates, late)."""
    reception = Reception(1, sequences[0])
    taken = [reception.heard(sequence) for sequence in sequences]
    return taken, (reception.received, reception.lost, reception.duplicates, reception.late)


T, F = True, False


@pytest.mark.parametrize(
    ("sequences", "taken", "counts"),
    [
        ((7, 8, 9), [T, T, T], (3, 0, 0, 0)),
        ((65_534, 65_535, 0, 1), [T, T, T, T], (4, 0, 0, 0)),
        ((1, 2, 5), [T, T, T], (3, 2, 0, 0)),
        ((1, 3, 2), [T, T, T], (3, 0, 0, 1)),
        ((1, 2, 2, 2, 3), [T, T, F, F, T], (3, 0, 2, 0)),
        ((1, 3, 2, 2), [T, T, T, F], (3, 0, 1, 1)),
        ((5, 4, 6), [T, T, T], (3, 0, 0, 1)),
        ((0, 65_535, 1), [T, T, T], (3, 0, 0, 1)),
        ((1, 100, 20), [T, T, F], (2, 98, 0, 0)),
        ((1, 2, 30_000, 3), [T, T, F, T], (3, 0, 0, 0)),
        ((1, 2, 30_000, 30_001, 30_002), [T, T, F, T, T], (4, 0, 0, 0)),
        ((1, 2, 4, 30_000, 30_001, 30_003), [T, T, T, F, T, T], (5, 2, 0, 0)),
    ],
    ids=lambda value: ",".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_sequences(sequences: tuple[int, ...], taken: list[bool], counts: tuple[int, int, int, int]) -> None:
    assert heard(*sequences) == (taken, counts)


@given(st.integers(0, 65_535), st.lists(st.sampled_from(["send", "lose", "double"]), min_size=1, max_size=300))
def test_what_is_lost_and_doubled_is_counted(first: int, fates: list[str]) -> None:
    fates = ["send", *fates, "send"]
    reception = Reception(1, first)
    for place, fate in enumerate(fates):
        for _ in range({"send": 1, "lose": 0, "double": 2}[fate]):
            reception.heard((first + place) & 0xFFFF)
    assert (reception.expected, reception.lost, reception.duplicates) == (
        len(fates), fates.count("lose"), fates.count("double"),
    )  # fmt: skip


@given(st.integers(0, 65_535), st.permutations(range(30)))
def test_order_does_not_matter(first: int, order: list[int]) -> None:
    reception = Reception(1, (first + order[0]) & 0xFFFF)
    taken = [reception.heard((first + place) & 0xFFFF) for place in order]
    assert all(taken)
    assert (reception.received, reception.lost, reception.duplicates) == (30, 0, 0)


@given(st.lists(st.integers(0, 65_535), min_size=1, max_size=100))
def test_no_figure_is_ever_impossible(sequences: list[int]) -> None:
    reception = Reception(1, sequences[0])
    for sequence in sequences:
        reception.heard(sequence)
        block = reception.block()
        assert reception.received <= reception.expected
        assert 0 <= block.fraction <= 255
        assert block.lost >= 0


def test_jitter_by_hand() -> None:
    """RFC 3550, A.8: a sixteenth of each difference of transit times."""
    reception = Reception(1, 0)
    for timestamp, arrival in [(0, 0), (160, 160), (320, 352), (480, 480)]:
        reception.timed(timestamp, arrival)
    assert reception.jitter == pytest.approx(32 / 16 + (32 - 32 / 16) / 16)


def test_jitter_over_the_end_of_the_timestamps() -> None:
    reception = Reception(1, 0)
    reception.timed(0xFFFFFFFF - 159, 1_000)
    reception.timed(0, 1_160)
    assert reception.jitter == 0


def test_reports_are_of_the_time_since_the_last() -> None:
    reception = Reception(9, 0)
    for sequence in (0, 1, 2, 7):
        reception.heard(sequence)
    assert reception.block(5, 6) == Block(ssrc=9, fraction=128, lost=4, highest=7, last_report=5, delay=6)
    for sequence in range(8, 16):
        reception.heard(sequence)
    assert reception.block() == Block(ssrc=9, fraction=0, lost=4, highest=15)


@given(
    st.lists(
        st.tuples(st.one_of(st.integers(0, 200), st.integers(0, 65_535)), st.integers(0, 0xFFFFFFFF)), max_size=150
    ),
    st.integers(65_500, 65_535),
)
def test_the_short_way_counts_as_the_long_one(packets: list[tuple[int, int]], first: int) -> None:
    short, long = Reception(1, first), Reception(1, first)
    # Most come in their order, more than the window has; then whatever may come.
    numbers = [((first + at) & 0xFFFF, 160 * at) for at in range(100)] + packets
    for arrival, (sequence, timestamp) in enumerate(numbers):
        if taken := long.heard(sequence):
            long.timed(timestamp, 163 * arrival)
        assert short.sounded(sequence, timestamp, 163 * arrival) is taken
        assert short.jitter == long.jitter
    assert (short.received, short.lost, short.duplicates, short.late, short.block()) == (
        long.received, long.lost, long.duplicates, long.late, long.block(),
    )  # fmt: skip
