"""`omnibound campaign suppress`, `suppressed`, `unsuppress`: numbers that are never called."""

import asyncio
import csv
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from omnibound.cli.client import DEFAULT_URL, Key, Url, ask
from omnibound.cli.options import fail, told
from omnibound.cli.people_files import read_people

_PATH = "/api/v1/suppressions"
_AT_ONCE = 10_000
_COLUMNS = ("phone", "reason", "at")


def suppress(
    file: Annotated[Path, typer.Argument(help="CSV with a column for the number; other columns are passed over.")],
    api_key: Key,
    column: Annotated[str, typer.Option(help="The column of the number.")] = "phone",
    do_not_call: Annotated[
        bool, typer.Option("--do-not-call", help="They are of a do-not-call list: people do not want to be disturbed.")
    ] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Never call the numbers of a CSV file again, in no campaign; none is taken if a line is wrong."""
    with told(1):
        people, faults = read_people(file, column)
    for fault in faults:
        typer.echo(f"line {fault.line}: {fault.words}", err=True)
    if faults:
        fail(f"lines of {file} that cannot be taken: {len(faults)}; so nothing was changed", 1)
    for start in range(0, len(people), _AT_ONCE):
        phones = [row.phone for row in people[start : start + _AT_ONCE]]
        body = {"phones": phones, "reason": "do_not_disturb" if do_not_call else "blocked"}
        asyncio.run(ask(url, api_key, "POST", _PATH, body))
    typer.echo(f"{len(people)} suppressed")


def suppressed(
    file: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """Write the numbers that are never called as CSV."""
    found = asyncio.run(_all(url, api_key))
    with told(1), file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([_COLUMNS, *([each[name] for name in _COLUMNS] for each in found)])
    typer.echo(f"{file}: {len(found)} numbers")


async def _all(url: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := await _page(url, key, found[-1]["phone"] if found else ""):
        found += page
    return found


async def _page(url: str, key: str, after: str) -> list[dict[str, Any]]:
    return (await ask(url, key, "GET", _PATH, after=after, limit=str(_AT_ONCE)))["suppressions"]


def unsuppress(
    number: Annotated[str, typer.Argument(help="The number.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """A number may be called again."""
    asyncio.run(ask(url, api_key, "DELETE", f"{_PATH}/{quote(number, safe='')}"))
    typer.echo(f"{number}: may be called again")
