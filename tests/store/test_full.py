"""A disk that is full: nothing is lost of what was committed, what comes is refused, and with room all goes on."""

import asyncio
import logging
from pathlib import Path

import pytest

from omnibound.domain.changes import Changes, Ref
from omnibound.domain.errors import Unavailable
from omnibound.store.errors import Full
from omnibound.store.opened import OpenedStore, open_store
from tests.disks import fill, small_disk

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MANY = 2_000
SAID = ["the disk of the database is full: nothing new is taken", "the disk of the database has room again"]


def some(first: int) -> Changes:
    return Changes(refs=[Ref(1, 1, number, number) for number in range(first, first + MANY)])


async def kept(store: OpenedStore) -> set[int]:
    return await store.deliveries.refs_taken(1, [1], list(range(20 * MANY)))


async def test_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "omnibound.store")
    with small_disk(tmp_path / "disk", "4m"):
        store = open_store(tmp_path / "disk")
        await store.record(some(0))
        filler = fill(tmp_path / "disk")
        told = await asyncio.gather(*[store.record(some(n * MANY)) for n in range(1, 20)], return_exceptions=True)
        refused = [number for number, error in enumerate(told, 1) if error is not None]
        assert refused
        assert {type(told[number - 1]) for number in refused} == {Full}
        with pytest.raises(Unavailable, match="the disk of the database is full"):
            await store.settings.once("name", bytes(1_000_000))
        assert await store.answers(2.0)
        filler.unlink()
        await store.record(some(refused[0] * MANY))
        assert len(await kept(store)) == (20 - len(refused) + 1) * MANY
        await store.close()
        again = open_store(tmp_path / "disk")
        assert len(await kept(again)) == (20 - len(refused) + 1) * MANY
        await again.close()
    assert [record.getMessage() for record in caplog.records] == SAID
