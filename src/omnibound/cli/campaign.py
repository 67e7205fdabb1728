"""`omnibound campaign`: campaigns of a running server, as a client would."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from omnibound.cli.campaign_changes import change, copy, forget
from omnibound.cli.campaign_files import export, import_table
from omnibound.cli.campaign_options import CHANGED, MADE
from omnibound.cli.client import DEFAULT_URL, Key, Url, ask, download
from omnibound.cli.given import command
from omnibound.cli.options import fail, told
from omnibound.cli.people_files import Fault, Row, read_people
from omnibound.cli.suppression import suppress, suppressed, unsuppress
from omnibound.cli.why import why

_PATH = "/api/v1/campaigns"
_AT_ONCE = 10_000
_LOOK_S = 1.0
_COUNTED = ("answered", "machine", "busy", "no_answer", "failed", "stopped")

Id = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Campaigns of calls.", no_args_is_help=True)
    app.add_typer(group, name="campaign")
    named = {"name": Annotated[str, typer.Argument(help="For people.")]}
    group.command("add", help="Make a campaign; it calls nobody until it is started.")(command(add_one, named, MADE))
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("abandoned")(abandoned)
    group.command("call")(call)
    group.command("import")(import_table)
    group.command("export")(export)
    group.command("results")(results)
    group.command("why")(why)
    group.command("release")(release)
    group.command("copy")(copy)
    group.command("set", help="Change a campaign; people who wait in it follow. What is not given stays.")(
        command(change, {"campaign": Id}, CHANGED)
    )
    group.command("delete")(forget)
    group.command("suppress")(suppress)
    group.command("suppressed")(suppressed)
    group.command("unsuppress")(unsuppress)
    for wish, words in (
        ("start", "Call the people of a campaign."),
        ("pause", "Call nobody of a campaign until it is started again."),
        ("finish", "Cancel what is open in a campaign; it takes nothing more."),
    ):
        _add_wish(group, wish, words)


def _add_wish(group: typer.Typer, wish: str, words: str) -> None:
    @group.command(wish, help=words)
    def say(campaign: Id, api_key: Key, url: Url = DEFAULT_URL) -> None:
        made = asyncio.run(ask(url, api_key, "POST", f"{_path(campaign)}/{wish}"))
        typer.echo(f"{made['id']}: {made['state']}")


def add_one(url: str, key: str, body: dict[str, Any], name: str) -> None:
    """What `add` does."""
    typer.echo(asyncio.run(ask(url, key, "POST", _PATH, {**body, "name": name}))["id"])


def list_all(api_key: Key, url: Url = DEFAULT_URL) -> None:
    """The campaigns of the account."""
    for each in asyncio.run(_all(url, api_key)):
        typer.echo(f"{each['id']}\t{each['state']}\t{each['name']}")


async def _all(url: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := (await ask(url, key, "GET", _PATH, after=found[-1]["id"] if found else ""))["campaigns"]:
        found += page
    return found


def show(
    campaign: Id,
    api_key: Key,
    follow: Annotated[bool, typer.Option("--follow", help="Stay until nobody waits any more.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """How far a campaign is: a bar, how many were answered, busy and so on, and why others wait."""
    made = asyncio.run(ask(url, api_key, "GET", _path(campaign)))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(f"{made['id']} ({made['state']})", total=None)
        counts = asyncio.run(_watch(url, api_key, campaign, follow, progress, task))
    why = asyncio.run(ask(url, api_key, "GET", f"{_path(campaign)}/waiting"))
    typer.echo(json.dumps({**counts, "waiting_for": why["waiting"]}, indent=2))


async def _watch(url: str, key: str, campaign: str, follow: bool, progress: Progress, task: Any) -> dict[str, Any]:
    while True:
        counts: dict[str, Any] = await ask(url, key, "GET", f"{_path(campaign)}/counts")
        done = sum(counts[name] for name in _COUNTED)
        progress.update(task, completed=done, total=done + counts["waiting"])
        # Who is excluded waits for another filter, not for a call.
        if not (follow and counts["waiting"] > counts["progress"]["filtered"]):
            return counts
        await asyncio.sleep(_LOOK_S)


def abandoned(campaign: Id, api_key: Key, url: Url = DEFAULT_URL) -> None:
    """How many who answered found nobody there, in 24 hours and in 30 days."""
    typer.echo(json.dumps(asyncio.run(ask(url, api_key, "GET", f"{_path(campaign)}/abandonment")), indent=2))


def call(
    campaign: Id,
    file: Annotated[Path, typer.Argument(help="CSV with a column for the number; the others are for templates.")],
    api_key: Key,
    column: Annotated[str, typer.Option(help="The column of the number.")] = "phone",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is wrong, and add nobody.")] = False,
    skip: Annotated[bool, typer.Option("--skip-wrong", help="Leave out the lines that are wrong.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Add the people of a CSV file to a campaign: all are looked at first, and none is added if one is wrong."""
    with told(1):
        people, faults = read_people(file, column)
    faults += asyncio.run(_looked_at(url, api_key, campaign, people))
    for fault in sorted(faults):
        typer.echo(f"line {fault.line}: {fault.words}", err=True)
    if faults and not (skip or dry_run):
        words = "so nobody was added (--skip-wrong adds the others)"
        fail(f"lines of {file} that cannot be taken: {len(faults)}; {words}", 1)
    wrong = {fault.line for fault in faults}
    right = [row for row in people if row.line not in wrong]
    if not dry_run:
        asyncio.run(_added(url, api_key, campaign, right))
    typer.echo(f"{len(right)} {'could be added' if dry_run else 'added'}, {len(wrong)} wrong")
    if dry_run and wrong:
        raise typer.Exit(1)


async def _looked_at(url: str, key: str, campaign: str, people: list[Row]) -> list[Fault]:
    """What the server would refuse."""
    found: list[Fault] = []
    for some in _chunks(people):
        body = {"requests": [row.request() for row in some]}
        checked = await ask(url, key, "POST", f"{_path(campaign)}/requests/check", body)
        found += [_fault(some, each) for each in checked["faults"]]
    return found


def _fault(some: list[Row], told: dict[str, Any]) -> Fault:
    return Fault(some[int(told["place"])].line, f"{told['field']}: {told['detail']}")


async def _added(url: str, key: str, campaign: str, people: list[Row]) -> None:
    with Progress(TextColumn("adding"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(people))
        for some in _chunks(people):
            body = {"requests": [row.request() for row in some]}
            await ask(url, key, "POST", f"{_path(campaign)}/requests", body)
            progress.advance(task, len(some))


def _chunks(people: list[Row]) -> list[list[Row]]:
    return [people[start : start + _AT_ONCE] for start in range(0, len(people), _AT_ONCE)]


def release(
    campaign: Id,
    api_key: Key,
    again: Annotated[bool, typer.Option("--again", help="Call them at once, not in their next round.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Go on with those whose call was lost after its answer, and who wait since."""
    told = asyncio.run(ask(url, api_key, "POST", f"{_path(campaign)}/release", again=str(again).lower()))
    typer.echo(f"{told['released']} released")


def results(
    campaign: Id,
    file: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """Write what came of each request as CSV."""
    with told(1):
        size = asyncio.run(download(url, api_key, f"{_path(campaign)}/results", file))
    typer.echo(f"{file}: {size} octets")


def _path(campaign: str) -> str:
    return f"{_PATH}/{quote(campaign, safe='')}"
