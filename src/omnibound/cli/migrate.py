"""`omnibound migrate`: bring a database to the shape that this version knows."""

from pathlib import Path

import typer

from omnibound.cli.options import ConfigFile, Data, Database, configured, told
from omnibound.store.opened import FILE
from omnibound.store.sqlite import migrate


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("migrate")
    def migrate_(data: Data = None, database: Database = None, config: ConfigFile = None) -> None:
        """Bring the database to the newest shape; `serve` does the same at its start."""
        settings = configured(config, data=data, database=database)
        path = Path(settings.data) / FILE
        with told(1):
            start, end = migrate(path)
        done = f"already at migration {end}" if start == end else f"from migration {start} to {end}"
        typer.echo(f"{path}: {done}")
