"""The command."""

import asyncio
import json
import os
import platform
from typing import Annotated

import typer

from omnibound.cli.bench.runs import ON_A_FILE, RUNS, Figure
from omnibound.cli.options import Json, configured, fail, told
from omnibound.store.opened import in_postgres, open_postgres


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def bench(
        names: Annotated[list[str] | None, typer.Argument(help="Which; all if none is named.")] = None,
        scale: Annotated[float, typer.Option(min=0.001, help="0.1 for a tenth of the messages.")] = 1.0,
        database: Annotated[str, typer.Option(help="An empty PostgreSQL database for one benchmark: its URL.")] = "",
        as_json: Json = False,
    ) -> None:
        """Measure this machine: real processes, counted at the simulated carrier and in the reports."""
        chosen = names or list(RUNS)
        unknown = [name for name in chosen if name not in RUNS]
        if unknown:
            fail(f"no benchmark {unknown[0]}; there are: {', '.join(RUNS)}")
        if database:
            _check(chosen, database)
        figures: list[Figure] = []
        if not as_json:
            typer.echo(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
        for name in chosen:
            found = asyncio.run(RUNS[name](scale, database))
            figures += found
            if not as_json:
                typer.echo("\n".join(map(_line, found)))
        if as_json:
            typer.echo(json.dumps([figure._asdict() for figure in figures]))


def _check(chosen: list[str], database: str) -> None:
    if len(chosen) != 1 or chosen[0] in ON_A_FILE:
        fail(f"--database is for one of: {', '.join(name for name in RUNS if name not in ON_A_FILE)}")
    if not in_postgres(configured(None, database=database).database):
        fail("--database is the URL of a PostgreSQL database")
    with told():
        if asyncio.run(_has_accounts(database)):
            fail("the database has accounts: a benchmark needs an empty one, and leaves it full")


async def _has_accounts(database: str) -> bool:
    store = await open_postgres(database)
    try:
        return bool(await store.accounts.all())
    finally:
        await store.close()


def _line(figure: Figure) -> str:
    mark = f"   mark {figure.mark}" if figure.mark else ""
    return f"{figure.what:62} {figure.value:12,.1f} {figure.unit}{mark}"
