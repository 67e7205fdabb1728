"""`omnibound bench --database`: one benchmark on an empty PostgreSQL database, and no other."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from omnibound.bootstrap import add_account
from omnibound.cli.main import app
from omnibound.config import Config
from tests import postgres
from tests.postgres import postgres_server as postgres_server

WORDS = {
    ("bulk", "single"): "--database is for one of: bulk,",
    ("logs",): "--database is for one of: bulk,",
    ("single",): "the database has accounts",
}


@pytest.fixture
def url(postgres_server: str) -> str:
    return postgres.make(postgres_server, "omnibound_bench")


@pytest.mark.parametrize("names", list(WORDS), ids=" ".join)
def test_what_it_refuses(url: str, names: tuple[str, ...]) -> None:
    asyncio.run(add_account(Config(database=url), "somebody"))
    before = asyncio.run(postgres.counts(url))
    result = CliRunner().invoke(app, ["bench", *names, "--database", url])
    assert (result.exit_code, WORDS[names] in result.output) == (2, True)
    assert asyncio.run(postgres.counts(url)) == before


def test_it_is_measured_there(url: str) -> None:
    result = CliRunner().invoke(app, ["bench", "single", "--scale", "0.001", "--json", "--database", url])
    assert (result.exit_code, len(json.loads(result.output))) == (0, 4)
    counts = asyncio.run(postgres.counts(url))
    assert (counts["accounts"], counts["deliveries"]) == (1, 2_040)
