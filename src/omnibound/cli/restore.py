"""`omnibound restore`: from a backup to an installation that can be served from."""

import asyncio
import shutil
from pathlib import Path
from typing import Annotated

import typer

from omnibound.bootstrap import alone
from omnibound.cli.backups import DUMP, FILES, SQLITE, Contents, opened_backup
from omnibound.cli.options import ConfigFile, Data, Database, configured, told
from omnibound.config import Config
from omnibound.domain.errors import Invalid
from omnibound.store import dumping
from omnibound.store.copying import check_copy
from omnibound.store.opened import FILE, database_name, database_version, in_postgres, migrate_database

LOCK = "serve.lock"
RESTORING = ".restoring"


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def restore(
        source: Annotated[Path, typer.Option("--from", help="What `omnibound backup` made.")],
        config: ConfigFile = None, data: Data = None, database: Database = None,
    ) -> None:  # fmt: skip
        """Put a backup into an empty data folder (and an empty PostgreSQL database), checked and migrated."""
        settings = configured(config, data=data, database=database)
        with told(1), opened_backup(source) as (contents, folder):
            words = put_back(settings, contents, folder)
        typer.echo(words)


def put_back(config: Config, contents: Contents, folder: Path) -> str:
    """Restore; what was done, in words. Raises Invalid before anything is written, StoreError or OSError."""
    data = Path(config.data)
    _refuse_others(config, contents)
    with alone(data):
        _refuse_full(data)
        if contents.database == "sqlite":
            check_copy(folder / SQLITE)
        asyncio.run(_refuse_used(config, contents))
        if (folder / FILES).is_dir():
            shutil.copytree(folder / FILES, data, dirs_exist_ok=True)
        return _put_rows(config, contents, folder, data)


def _put_rows(config: Config, contents: Contents, folder: Path, data: Path) -> str:
    if contents.database == "none":
        return f"{data}: the files are back; no database was in the backup"
    if contents.database == "sqlite":
        # Last, and under another name before it is whole: nobody serves from half of it.
        half = data / f"{FILE}{RESTORING}"
        shutil.copyfile(folder / SQLITE, half)
        half.chmod(0o600)
        check_copy(half)
        half.rename(data / FILE)
    else:
        dumping.undump(config.database, folder / DUMP)
    start, end = asyncio.run(migrate_database(data, config.database))
    shape = f"at migration {end}" if start == end else f"brought from migration {start} to {end}"
    return f"{database_name(data, config.database)} is back, {shape}; serve from {data}"


def _refuse_others(config: Config, contents: Contents) -> None:
    """A backup goes back to the kind of database that it was made of."""
    postgres = in_postgres(config.database)
    if contents.database == "sqlite" and postgres:
        raise Invalid("the backup is of SQLite: restore it without --database, then `omnibound move` it", "database")
    if contents.database == "postgresql" and not postgres:
        raise Invalid("the backup is of PostgreSQL: name an empty database with --database", "database")


def _refuse_full(data: Path) -> None:
    others = sorted(path.name for path in data.iterdir() if path.name != LOCK)
    if others:
        raise Invalid(f"the data folder {data} is not empty ({others[0]}): nothing is overwritten", "data")


async def _refuse_used(config: Config, contents: Contents) -> None:
    """Raises Invalid where the database has tables, StoreError where it cannot be reached."""
    if contents.database == "postgresql" and (await database_version(Path(config.data), config.database))[0]:
        name = database_name(Path(config.data), config.database)
        raise Invalid(f"{name} is not empty: nothing is overwritten", "database")
