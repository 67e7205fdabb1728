"""Resampling: what telephones carry passes, what they cannot does not fold back; pieces are as good as the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.voice.media.resample import Resampler, resample

RATES = [6_000, 11_025, 16_000, 22_050, 44_056, 44_100, 48_000, 96_000]


def tone(rate: int, hertz: float, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate).astype(np.float32)


def loudness_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples[800:-800]))) / np.sqrt(0.5) + 1e-9))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hertz", [300, 1_000, 3_200])
def test_what_passes(rate: int, hertz: float) -> None:
    if hertz > 0.42 * rate:
        hertz = 0.4 * rate
    made = resample(tone(rate, hertz), rate, 8_000)
    assert len(made) == 8_000
    assert loudness_db(made - tone(8_000, hertz)) < -60


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 10_000])
@pytest.mark.parametrize("hertz", [4_200, 5_000])
def test_what_does_not_fold_back(rate: int, hertz: float) -> None:
    assert loudness_db(resample(tone(rate, hertz), rate, 8_000)) < -60


@given(
    st.sampled_from([6_000, 7_999, 8_000, 11_025, 44_100, 192_000]),
    st.lists(st.integers(0, 3_000), min_size=1, max_size=6),
)
def test_pieces_are_as_good_as_the_whole(rate: int, sizes: list[int]) -> None:
    whole = np.random.default_rng(1).uniform(-1, 1, sum(sizes)).astype(np.float32)
    resampler = Resampler(rate, 8_000)
    pieces = [resampler.feed(piece) for piece in np.split(whole, np.cumsum(sizes)[:-1])]
    made = np.concatenate([*pieces, resampler.finish()])
    assert len(made) == len(resample(whole, rate, 8_000))
    assert abs(len(made) - len(whole) * 8_000 / rate) <= 1 + len(whole) * 8_000 / rate * 0.0003
    np.testing.assert_allclose(made, resample(whole, rate, 8_000), atol=1e-4)


def test_the_same_rate_changes_nothing() -> None:
    sound = tone(8_000, 3_900)
    np.testing.assert_array_equal(resample(sound, 8_000, 8_000), sound)
