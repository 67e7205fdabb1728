"""A real SQLite store in a fresh folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnibound.store.opened import OpenedStore, open_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[OpenedStore]:
    opened = open_store(tmp_path)
    yield opened
    await opened.close()
