"""PostgreSQL's own programs: no password is among their words; a dump goes into an empty database, and is whole."""

import os
from pathlib import Path

import pytest

from omnibound.store import dumping
from omnibound.store.dumping import dump, dump_command, open_url, undump
from omnibound.store.errors import StoreError
from omnibound.store.opened import open_postgres
from omnibound.store.postgres_shape import schema_version
from omnibound.store.queries import migrations
from tests import postgres
from tests.postgres import programs

NEWEST = migrations("postgres")[-1][0]


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("postgresql://me:se%40cret@db/omni", "postgresql://me@db/omni", "se@cret"),
        ("postgresql://me@db:5433/omni?sslmode=require", "postgresql://me@db:5433/omni?sslmode=require", ""),
        ("postgresql://me:s@/omni?host=/run/pg", "postgresql://me@/omni?host=/run/pg", "s"),
        ("postgresql://db/omni?user=me&password=s%20s", "postgresql://db/omni?user=me", "s s"),
        ("postgresql:///omni", "postgresql:///omni", ""),
    ],
)
def test_no_password_is_in_words(url: str, shown: str, password: str) -> None:
    assert open_url(url) == (shown, password)
    assert dump_command(url, "x.dump") == (
        f"pg_dump --format=custom --no-owner --no-privileges --file=x.dump --dbname='{shown}'"
    )


def test_a_program_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not dumping.there("pg_dump")
    with pytest.raises(StoreError, match=r"pg_dump is missing \(Debian: postgresql-client\)"):
        dump("postgresql:///none", tmp_path / "dump")


def test_the_password_goes_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$PGPASSWORD" "$@" > {tmp_path}/seen\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    dump("postgresql://me:secret@db/omni", tmp_path / "made")
    password, *words = (tmp_path / "seen").read_text().split()
    assert password == "secret"
    assert words == [
        "--format=custom", "--no-owner", "--no-privileges", "--dbname=postgresql://me@db/omni",
        f"--file={tmp_path}/made",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.anyio
async def test_there_and_back(postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", programs() + os.pathsep + os.environ["PATH"])
    source = await postgres.made(postgres_server, f"dumped_{os.getpid()}")
    target = await postgres.made(postgres_server, f"undumped_{os.getpid()}")
    store = await open_postgres(source)
    await store.close()
    dump(source, tmp_path / "dump")
    undump(target, tmp_path / "dump")
    assert await schema_version(target) == NEWEST
    assert await postgres.counts(target) == await postgres.counts(source)
    with pytest.raises(StoreError, match="already exists"):
        undump(target, tmp_path / "dump")
    with pytest.raises(StoreError, match=r"pg_dump could not: .*does not exist"):
        dump(source.replace(f"dumped_{os.getpid()}", "nowhere"), tmp_path / "other")
