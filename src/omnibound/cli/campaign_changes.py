"""`omnibound campaign set` and `delete`: what is done with a campaign after it was made."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from omnibound.cli.client import DEFAULT_URL, Key, Url, ask
from omnibound.cli.options import fail, told

ALWAYS = "always"


def change(  # noqa: PLR0913, PLR0917 - an option each
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    api_key: Key,
    name: Annotated[str | None, typer.Option(help="For people.")] = None,
    caller: Annotated[str | None, typer.Option(help="The number that is shown.")] = None,
    trunk: Annotated[str | None, typer.Option(help="The connector that calls take; any if it is empty.")] = None,
    announcement: Annotated[str | None, typer.Option(help="The id of a recording to play.")] = None,
    text: Annotated[str | None, typer.Option(help="A text to say.")] = None,
    ssml: Annotated[str | None, typer.Option(help="SSML to say.")] = None,
    voice: Annotated[str | None, typer.Option(help="Who says it.")] = None,
    attempts: Annotated[int | None, typer.Option(help="Calls a person, at most.")] = None,
    pause: Annotated[float | None, typer.Option(help="Seconds between two calls.")] = None,
    hours: Annotated[str | None, typer.Option(help=f"As 09:00-17:00, in people's own time; or {ALWAYS}.")] = None,
    zone: Annotated[str | None, typer.Option(help="An IANA zone for the hours; by each number if empty.")] = None,
    priority: Annotated[int | None, typer.Option(help="Of those who are added later.")] = None,
    not_before: Annotated[str | None, typer.Option(help="Nobody is called before: 2026-11-21T10:00:00Z.")] = None,
    members: Annotated[Path | None, typer.Option("--from", help="JSON with these and other members.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Change a campaign; people who wait in it follow. What is not given stays."""
    said = {"announcement": announcement, "text": text, "ssml": ssml, "voice": voice}
    speech = {name: value for name, value in said.items() if value is not None}
    given = {
        "name": name, "caller": caller, "trunk": trunk, "attempts": attempts, "pause_s": pause, "zone": zone,
        "priority": priority, "not_before": not_before, "speech": speech or None,
        "hours": None if hours is None else read_hours(hours),
    }  # fmt: skip
    body = read_members(members) | {name: value for name, value in given.items() if value is not None}
    if not body:
        fail("nothing to change: give at least one option")
    made = asyncio.run(ask(url, api_key, "PATCH", _path(campaign), body))
    typer.echo(f"{made['id']}: changed")


def forget(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """Erase a finished campaign: its people, what they were told and what came of it."""
    asyncio.run(ask(url, api_key, "DELETE", _path(campaign)))
    typer.echo(f"{campaign}: deleted")


def read_hours(text: str) -> list[dict[str, str]]:
    """`09:00-17:00` as the API's hours; none for `always`. Ends the command for anything else."""
    begin, dash, end = text.partition("-")
    if text == ALWAYS:
        return []
    if not (begin and dash and end):
        fail(f"hours are written as 09:00-17:00, or {ALWAYS}: {text!r}")
    return [{"begin": begin.strip(), "end": end.strip()}]


def read_members(file: Path | None) -> dict[str, Any]:
    """The members of a campaign in a JSON file; none without one. Ends the command for what is no object."""
    if file is None:
        return {}
    try:
        with told(1):
            found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        fail(f"{file} is no JSON: {error}", 1)
    if not isinstance(found, dict):
        fail(f"{file} must hold a JSON object", 1)
    return found  # pyright: ignore[reportUnknownVariableType] - checked by the server


def _path(campaign: str) -> str:
    return f"/api/v1/campaigns/{quote(campaign, safe='')}"
