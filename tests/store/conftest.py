"""A real store, empty, in each database that it can be in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from omnibound.store.opened import OpenedStore, open_postgres, open_store
from tests import postgres
from tests.postgres import postgres_database as postgres_database
from tests.postgres import postgres_server as postgres_server

Again = Callable[[], Awaitable[OpenedStore]]


@pytest.fixture(params=postgres.ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The database that the store is in."""
    return request.param


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest) -> str:
    """Where it is; empty: in a folder."""
    return request.getfixturevalue("postgres_database") if engine == "postgres" else ""


@pytest.fixture
async def again(url: str, tmp_path: Path) -> AsyncIterator[Again]:
    """Opens the same database once more."""
    if url:
        await postgres.emptied(url)
    async with AsyncExitStack() as stack:

        async def open_it() -> OpenedStore:
            opened = await open_postgres(url) if url else open_store(tmp_path)
            stack.push_async_callback(opened.close)
            return opened

        yield open_it


@pytest.fixture
async def store(again: Again) -> OpenedStore:
    return await again()
