"""The speech benchmark in small: every text is spoken by real workers, and the second time comes from the cache."""

import pytest

from omnibound.cli.bench.speech import speech

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_small_one() -> None:
    figures = {figure.what: figure.value for figure in await speech(6)}
    assert list(figures) == [
        "texts never said before",
        "texts never said before: server CPU, without the voice's",
        "texts never said before: how long they sound",
        "the same texts again",
    ]
    assert 5 < figures["texts never said before: how long they sound"] < 10
    # Nothing else is said of time: the machine may be busy.
    assert figures["the same texts again"] > figures["texts never said before"] > 0
