"""`omnibound campaign import` and `export`: people of a campaign from files and into files."""

import asyncio
import csv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import aiohttp
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from omnibound.cli.client import DEFAULT_URL, Key, Url, download
from omnibound.cli.options import fail, told

_LOOK_S = 0.5
_WORDS = "{task.fields[rows]} rows: {task.fields[added]} added, {task.fields[rejected]} rejected"

Id = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]


def import_table(
    campaign: Id,
    file: Annotated[Path, typer.Argument(help="CSV, or text between tabs, in UTF-8, with a head.")],
    api_key: Key,
    column: Annotated[
        list[str] | None, typer.Option(help="COLUMN=WHAT: what a column is, whose name does not say it; `-`: left out.")
    ] = None,
    rejected: Annotated[Path | None, typer.Option(help="Where to write the rows that were not taken, and why.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is wrong, and change nobody.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Add the people of a table to a campaign, and delete those with a D in the column Delete."""
    query = {"columns": ",".join(column or ()), "dry_run": str(dry_run).lower()}
    with told(1):
        done = asyncio.run(_imported(url, api_key, campaign, file, query))
        if rejected is not None:
            _write_rejected(rejected, file, done["rejected"])
    if rejected is None:
        for each in done["rejected"]:
            typer.echo(f"line {each['line']}: {_fault(each)}", err=True)
    could = "could be " if dry_run else ""
    typer.echo(f"{done['added']} {could}added, {done['deleted']} {could}deleted, {len(done['rejected'])} rejected")
    if done["rejected"]:
        raise typer.Exit(1)


async def _imported(url: str, key: str, campaign: str, file: Path, query: dict[str, str]) -> dict[str, Any]:
    path = f"{url.rstrip('/')}{_path(campaign)}/import"
    headers = {"Authorization": f"App {key}", "Content-Type": "text/csv"}
    patience = aiohttp.ClientTimeout(total=None, sock_connect=10)
    with file.open("rb") as table:
        try:
            async with aiohttp.ClientSession(headers=headers, timeout=patience) as session:
                looking = asyncio.create_task(_look(session, path))
                try:
                    async with session.post(path, data=table, params=query) as answer:
                        if answer.status >= 300:
                            fail(f"{file}: {answer.status} {await answer.text()}", 1)
                        return await answer.json()
                finally:
                    looking.cancel()
                    await asyncio.gather(looking, return_exceptions=True)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            fail(f"no server answers at {url}: {error}", 1)


async def _look(session: aiohttp.ClientSession, path: str) -> None:
    """Show how far it is, until it is cancelled."""
    with Progress(SpinnerColumn(), TextColumn(_WORDS), console=Console(stderr=True)) as progress:
        task = progress.add_task("", rows=0, added=0, rejected=0)
        while True:
            await asyncio.sleep(_LOOK_S)
            with suppress(aiohttp.ClientError):
                async with session.get(path) as answer:
                    if answer.status == 200:
                        far = await answer.json()
                        progress.update(task, **{name: far[name] for name in ("rows", "added", "rejected")})


def _fault(each: dict[str, Any]) -> str:
    who = f" ({each['external']})" if each["external"] else ""
    return f"{each['field']}: {each['fault']}{who}"


def _write_rejected(target: Path, source: Path, rejected: list[dict[str, Any]]) -> None:
    """The head and the rows as they are in the table, each led by its line and what is wrong with it."""
    faults = {each["line"]: _fault(each) for each in rejected}
    with source.open(encoding="utf-8-sig", newline="") as table, target.open("w", encoding="utf-8", newline="") as file:
        head = table.readline()
        between = "\t" if "\t" in head else max(",;", key=head.count)
        table.seek(0)
        writer = csv.writer(file, delimiter=between)
        for line, row in _rows(csv.reader(table, delimiter=between)):
            if line == 1:
                writer.writerow(["line", "fault", *row])
            elif line in faults:
                writer.writerow([line, faults[line], *row])


def _rows(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins."""
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def export(
    campaign: Id,
    file: Annotated[Path, typer.Argument(help="What to write: CSV, or with the ending .jsonl lines of JSON.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """Write all people of a campaign, and how they stand."""
    kind = "jsonl" if file.suffix == ".jsonl" else "csv"
    with told(1):
        size = asyncio.run(download(url, api_key, f"{_path(campaign)}/members.{kind}", file))
    typer.echo(f"{file}: {size} octets")


def _path(campaign: str) -> str:
    return f"/api/v1/campaigns/{quote(campaign, safe='')}"
