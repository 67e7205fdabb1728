"""`omnibound campaign`: campaigns of a running server, as a client would."""

import asyncio
import csv
import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import aiohttp
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from omnibound.cli.client import DEFAULT_URL, Key, Url, ask
from omnibound.cli.options import fail, told

_PATH = "/api/v1/campaigns"
_AT_ONCE = 10_000
_LOOK_S = 1.0
_COUNTED = ("answered", "machine", "busy", "no_answer", "failed", "stopped")

Id = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Campaigns of calls.", no_args_is_help=True)
    app.add_typer(group, name="campaign")
    group.command("add")(add_one)
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("call")(call)
    group.command("results")(results)
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


def add_one(  # noqa: PLR0913, PLR0917 - an option each
    name: Annotated[str, typer.Argument(help="For people.")],
    api_key: Key,
    id_: Annotated[str, typer.Option("--id", help="What requests name it by; made if not given.")] = "",
    caller: Annotated[str, typer.Option(help="The number that is shown.")] = "",
    announcement: Annotated[str, typer.Option(help="The id of a recording to play.")] = "",
    text: Annotated[str, typer.Option(help="A text to say.")] = "",
    attempts: Annotated[int, typer.Option(help="Calls a person, at most.")] = 3,
    pause: Annotated[float, typer.Option(help="Seconds between two calls.")] = 600,
    hours: Annotated[str, typer.Option(help="When people may be called, in their own time: 09:00-17:00.")] = "",
    url: Url = DEFAULT_URL,
) -> None:
    """Make a campaign; it calls nobody until it is started."""
    begin, _, end = hours.partition("-")
    body = {
        "id": id_, "name": name, "caller": caller, "attempts": attempts, "pause_s": pause,
        "speech": {"announcement": announcement, "text": text},
        "hours": [{"begin": begin, "end": end}] if hours else [],
    }  # fmt: skip
    typer.echo(asyncio.run(ask(url, api_key, "POST", _PATH, body))["id"])


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
    """How far a campaign is: a bar, and how many were answered, busy and so on."""
    made = asyncio.run(ask(url, api_key, "GET", _path(campaign)))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(f"{made['id']} ({made['state']})", total=None)
        counts = asyncio.run(_watch(url, api_key, campaign, follow, progress, task))
    typer.echo(json.dumps(counts, indent=2))


async def _watch(url: str, key: str, campaign: str, follow: bool, progress: Progress, task: Any) -> dict[str, Any]:
    while True:
        counts: dict[str, Any] = await ask(url, key, "GET", f"{_path(campaign)}/counts")
        done = sum(counts[name] for name in _COUNTED)
        progress.update(task, completed=done, total=done + counts["waiting"])
        if not (follow and counts["waiting"]):
            return counts
        await asyncio.sleep(_LOOK_S)


def call(
    campaign: Id,
    file: Annotated[Path, typer.Argument(help="CSV with a column `phone`; the other columns are for templates.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """Add the people of a CSV file to a campaign, 10,000 at a time, each of these all or none."""
    with told(1):
        people = _read(file)
    for start in range(0, len(people), _AT_ONCE):
        body = {"requests": people[start : start + _AT_ONCE]}
        asyncio.run(ask(url, api_key, "POST", f"{_path(campaign)}/requests", body))
    typer.echo(f"{len(people)} added")


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            found = list(csv.DictReader(opened))
    except (UnicodeDecodeError, csv.Error) as error:
        fail(f"{file} is no CSV in UTF-8: {error}", 1)
    wrong = next((number for number, row in enumerate(found, 2) if not row.get("phone") or None in row), None)
    if wrong is not None:
        fail(f"{file}, line {wrong}: every line needs a `phone`, and no more columns than the first line", 1)
    return [
        {"phone": row["phone"], "custom": {name: value for name, value in row.items() if name != "phone"}}
        for row in found
    ]


def results(
    campaign: Id,
    file: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """Write what came of each request as CSV."""
    with told(1):
        size = asyncio.run(_download(url, api_key, f"{_path(campaign)}/results", file))
    typer.echo(f"{file}: {size} octets")


async def _download(url: str, key: str, path: str, file: Path) -> int:
    try:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"App {key}"}) as session,
            session.get(url.rstrip("/") + path) as answer,
        ):
            if answer.status >= 300:
                fail(f"GET {path}: {answer.status} {await answer.text()}", 1)
            with file.open("wb") as opened:
                async for part in answer.content.iter_any():
                    opened.write(part)
                return opened.tell()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        fail(f"no server answers at {url}: {error}", 1)


def _path(campaign: str) -> str:
    return f"{_PATH}/{quote(campaign, safe='')}"
