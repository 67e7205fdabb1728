"""A stage for each test, on each database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from tests import postgres
from tests.acceptance.stage import Stage
from tests.postgres import postgres_server as postgres_server

Fresh = Callable[[], Awaitable[str]]
_numbers = count(1)


@pytest.fixture(params=postgres.ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """The database that the servers of a stage use."""
    return request.param


@pytest.fixture(scope="module")
def fresh(engine: str, request: pytest.FixtureRequest) -> Fresh:
    """Gives the URL of a new database each time; an empty one: in the servers' folders."""
    server = request.getfixturevalue("postgres_server") if engine == "postgres" else ""

    async def make() -> str:
        return await postgres.made(server, f"omnibound_stage_{next(_numbers)}") if server else ""

    return make


@pytest.fixture
async def stage(tmp_path: Path, fresh: Fresh) -> AsyncIterator[Stage]:
    """Nothing runs on it yet."""
    made = Stage(tmp_path, await fresh())
    try:
        yield made
    finally:
        await made.end()
