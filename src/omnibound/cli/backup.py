"""`omnibound backup`: a copy of everything, made while the server runs."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from omnibound import __version__
from omnibound.cli.backups import DUMP, FILES, FORMAT, SQLITE, Contents, Engine, list_pieces, new_backup, write_contents
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, fail, told
from omnibound.config import Config
from omnibound.domain.errors import Invalid
from omnibound.store import dumping
from omnibound.store.copying import copy_database
from omnibound.store.opened import FILE, in_postgres

LEFT = ("serve.lock", "speech", "voice-", FILE)
"""How names in the data folder begin that belong to running processes, can be made again, or are copied otherwise."""


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def backup(
        to: Annotated[Path, typer.Option(help="A new folder, or a new file ending in .tar, .tar.gz or .tgz.")],
        config: ConfigFile = None, data: Data = None, database: Database = None,
        files_only: Annotated[bool, typer.Option(help="Leave the database out: it is backed up elsewhere.")] = False,
        as_json: Json = False,
    ) -> None:  # fmt: skip
        """Copy the database and the data folder while the server runs; with PostgreSQL by its pg_dump."""
        settings = configured(config, data=data, database=database)
        if in_postgres(settings.database) and not files_only and not dumping.there(dumping.DUMP):
            fail(f"{_without_a_dump(settings)}; or leave it out here with --files-only", 1)
        with told(1):
            contents = back_up(settings, to, files_only)
        size = sum(piece.bytes for piece in contents.pieces)
        typer.echo(_json(to, contents, size) if as_json else _words(settings, to, contents, size))


def back_up(config: Config, to: Path, files_only: bool = False) -> Contents:
    """Make one; what is in it. Raises Invalid, StoreError or OSError: then there is nothing at `to`."""
    data = Path(config.data).resolve()
    if not data.is_dir():
        raise Invalid(f"there is no data folder {data}", "data")
    if to.resolve().is_relative_to(data):
        raise Invalid(f"{to} is within the data folder {data}: keep a backup elsewhere", "to")
    with new_backup(to) as staging:
        contents = _filled(config, data, staging, files_only)
        write_contents(staging, contents)
    return contents


def _filled(config: Config, data: Path, staging: Path, files_only: bool) -> Contents:
    begun = time.time_ns() // 1000
    kept = staging / FILES
    kept.mkdir(mode=0o700)
    # Before the database and once more after it: a file that a row names is in the backup, whenever it came or went.
    _copy_files(data, kept)
    kind: Engine = "none" if files_only else _copy_rows(config, data, staging)
    _copy_files(data, kept)
    pieces = list_pieces(staging)
    return Contents(format=FORMAT, omnibound=__version__, database=kind, begun_at=begun, pieces=pieces)


def _copy_rows(config: Config, data: Path, staging: Path) -> Engine:
    if in_postgres(config.database):
        dumping.dump(config.database, staging / DUMP)
        return "postgresql"
    copy_database(data / FILE, staging / SQLITE)
    return "sqlite"


def _copy_files(data: Path, kept: Path) -> None:
    for path in _files(data):
        target = kept / path.relative_to(data)
        if _changed(path, target):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copy_file(path, target)


def _changed(path: Path, target: Path) -> bool:
    try:
        now, then = path.stat(), target.stat()
    except FileNotFoundError:
        return True
    return (now.st_size, now.st_mtime_ns) != (then.st_size, then.st_mtime_ns)


def _files(data: Path) -> Iterator[Path]:
    for top in sorted(data.iterdir()):
        if not top.name.startswith(LEFT):
            yield from (path for path in (top, *sorted(top.rglob("*"))) if path.is_file() and not path.is_symlink())


def _copy_file(path: Path, target: Path) -> None:
    try:
        shutil.copy2(path, target)
    except FileNotFoundError:
        # It went between the look and the copy, and no row names it any more.
        target.unlink(missing_ok=True)


def _without_a_dump(config: Config) -> str:
    command = dumping.dump_command(config.database, "omnibound.pgdump")
    return (
        f"{dumping.DUMP} is not here (Debian: {dumping.PACKAGE}), so the database cannot be copied."
        f" Where it is, run: {command}"
    )


def _words(config: Config, to: Path, contents: Contents, size: int) -> str:
    done = f"{to}: {len(contents.pieces)} files, {size / 1e6:,.1f} MB; restore it with `omnibound restore --from {to}`"
    if contents.database != "none":
        return done
    return f"{done}\nThe database is NOT in it. {_elsewhere(config)}"


def _elsewhere(config: Config) -> str:
    if in_postgres(config.database):
        return f"Back it up with: {dumping.dump_command(config.database, 'omnibound.pgdump')}"
    return "Back it up without --files-only."


def _json(to: Path, contents: Contents, size: int) -> str:
    told_ = {"path": str(to), "database": contents.database, "files": len(contents.pieces), "bytes": size}
    return json.dumps({**told_, "begun_at": contents.begun_at})
