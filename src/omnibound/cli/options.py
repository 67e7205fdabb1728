"""Options that several commands share."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from omnibound.config import Config, read_config
from omnibound.domain.errors import Refused
from omnibound.store.errors import StoreError

ConfigFile = Annotated[Path | None, typer.Option("--config", help="The configuration file (TOML).")]
Data = Annotated[str | None, typer.Option("--data", help="Folder of the database and of made keys.")]
Database = Annotated[
    str | None,
    typer.Option("--database", help="Where the database is: sqlite, or postgresql://user:password@host/name."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def configured(path: Path | None, **flags: Any) -> Config:
    """The configuration, or a word on what is wrong with it and exit status 2."""
    try:
        return read_config(path, flags)
    except Refused as error:
        fail(str(error))


@contextmanager
def told(status: int = 2) -> Generator[None]:
    """What a person can mend ends the command with a sentence and this status instead of a traceback."""
    try:
        yield
    except (Refused, StoreError, OSError) as error:
        fail(str(error), status)


def fail(words: str, status: int = 2) -> NoReturn:
    """Say what is wrong and end."""
    typer.echo(f"omnibound: {words}", err=True)
    raise typer.Exit(status)
