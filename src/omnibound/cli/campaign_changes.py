"""`omnibound campaign set`, `copy` and `delete`: what is done with a campaign after it was made."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

import typer

from omnibound.cli.client import DEFAULT_URL, Key, Url, ask
from omnibound.cli.options import fail


def change(url: str, key: str, body: dict[str, Any], campaign: str) -> None:
    """What `set` does."""
    if not body:
        fail("nothing to change: give at least one option")
    made = asyncio.run(ask(url, key, "PATCH", _path(campaign), body))
    typer.echo(f"{made['id']}: changed")


def copy(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    api_key: Key,
    name: Annotated[str, typer.Option(help="Of the new one, for people.")],
    id_: Annotated[str, typer.Option("--id", help="Of the new one; made if not given.")] = "",
    url: Url = DEFAULT_URL,
) -> None:
    """Make a campaign with all that another one has, but its people."""
    body = {"name": name, "id": id_}
    typer.echo(asyncio.run(ask(url, api_key, "POST", f"{_path(campaign)}/copy", body))["id"])


def forget(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """Erase a finished campaign: its people, what they were told and what came of it."""
    asyncio.run(ask(url, api_key, "DELETE", _path(campaign)))
    typer.echo(f"{campaign}: deleted")


def _path(campaign: str) -> str:
    return f"/api/v1/campaigns/{quote(campaign, safe='')}"
