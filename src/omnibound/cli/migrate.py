"""`omnibound migrate`: bring a database to the shape that this version knows."""

import asyncio
from pathlib import Path

import typer

from omnibound.cli.options import ConfigFile, Data, Database, configured, told
from omnibound.store.opened import database_name, migrate_database


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("migrate")
    def migrate_(data: Data = None, database: Database = None, config: ConfigFile = None) -> None:
        """Bring the database to the newest shape; `serve` does the same at its start."""
        settings = configured(config, data=data, database=database)
        with told(1):
            start, end = asyncio.run(migrate_database(Path(settings.data), settings.database))
        done = f"already at migration {end}" if start == end else f"from migration {start} to {end}"
        typer.echo(f"{database_name(Path(settings.data), settings.database)}: {done}")
