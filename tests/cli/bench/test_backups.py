"""The benchmark of backups in small: a real server answers while a real backup copies."""

import pytest

from omnibound.cli.bench.backups import backups

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(120)]


async def test_a_small_one() -> None:
    figures = {figure.what: figure.value for figure in await backups(2_000, 0.5)}
    # Nothing is said of time: the machine may be busy.
    assert list(figures) == [
        "backup of 2,000 deliveries", "100/s singly: answer p99 before it", "100/s singly: answer p99 meanwhile",
        "database, each delivery that has ended",
    ]  # fmt: skip
    assert all(value > 0 for value in figures.values())
