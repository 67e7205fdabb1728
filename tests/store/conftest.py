"""A real store, empty."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from omnibound.store.opened import OpenedStore, open_store

Again = Callable[[], Awaitable[OpenedStore]]


@pytest.fixture
async def again(tmp_path: Path) -> AsyncIterator[Again]:
    """Opens the same database once more."""
    async with AsyncExitStack() as stack:

        async def open_it() -> OpenedStore:
            opened = open_store(tmp_path)
            stack.push_async_callback(opened.close)
            return opened

        yield open_it


@pytest.fixture
async def store(again: Again) -> OpenedStore:
    return await again()
