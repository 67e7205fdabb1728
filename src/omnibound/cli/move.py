"""`omnibound move`: an installation grows out of SQLite."""

from pathlib import Path
from typing import Annotated

import typer

from omnibound.bootstrap import alone
from omnibound.cli.options import ConfigFile, Data, configured, fail, told
from omnibound.store.moving import MOVED, move
from omnibound.store.opened import FILE, database_name, in_postgres


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("move")
    def move_(
        to: Annotated[str, typer.Option(help="The empty PostgreSQL database: postgresql://user:password@host/name.")],
        data: Data = None,
        config: ConfigFile = None,
    ) -> None:
        """Move everything from SQLite in the data folder to PostgreSQL, all or nothing. Stop the server first."""
        folder = Path(configured(config, data=data).data)
        if not in_postgres(configured(config, database=to).database):
            fail("--to is the URL of a PostgreSQL database")
        with told(1), alone(folder):
            rows = move(folder / FILE, to, lambda name, count: typer.echo(f"{count:>12,} {name}"))
        how = f"{rows:>12,} rows moved" if rows else "All rows had been moved before"
        typer.echo(f"{how} to {database_name(folder, to)}; the old file is now {FILE}{MOVED}.")
        typer.echo('Serve from there: database = "postgresql://..." in the configuration, or --database.')
